import { Type } from "typebox";
import { tryParseMacAddress } from "../../protocol/mac-address.ts";
import type { Observation } from "../../protocol/observation.ts";
import { observerOf } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import { quickTimers } from "../../protocol/sip/transaction-timers.ts";
import { printHostPort } from "../../protocol/sip/uri.ts";
import { askRegistered } from "./registered/ask-registered.ts";
import { observeRegistered } from "./registered/observe-registered.ts";
import { showRegistered } from "./registered/show-registered.ts";
import { accountSettings } from "./sip-agent/account-settings.ts";
import { askOnce } from "./sip-agent/ask-once.ts";
import { openPlace, type PlaceIo } from "./sip-agent/open-place.ts";
import { readAccount } from "./sip-agent/read-account.ts";
import { splitUserAt, tryParseHostPort } from "./sip-options/host-port.ts";

const RegisteredSettings = Type.Object(
  {
    phone: Type.Optional(
      Type.String({
        maxLength: 17,
        description: "MAC of the phone that uses the account, so that what is found is told of it",
      }),
    ),
    phoneAddress: Type.Optional(
      Type.String({
        maxLength: 100,
        description: "address of the phone itself, ADDRESS[:PORT]: it is asked too, with OPTIONS",
      }),
    ),
    ...accountSettings,
  },
  { additionalProperties: false },
);

/**
 * Is a phone registered at its SIP server? Says yes or no only where something proves it: the registrar's own list (with the
 * account's password), its reg event (RFC 3680), or an answer that cannot come from the server alone. Changes nothing.
 */
export const registered: Probe<typeof RegisteredSettings, PlaceIo> = {
  name: "registered",
  verb: "registered",
  about:
    "is a phone registered at its SIP server: asked of the registrar, of its reg event, and through it of the phone",
  target: "USER@HOST[:PORT]",
  example: "offhook diag registered 1001@pbx.example --password-from file:1001.password --phone 805ec0010007",
  settings: RegisteredSettings,
  async run(target, settings, io, signal) {
    const { transport } = settings;
    const { user, place } = splitUserAt(target, transport === "tls" ? 5061 : 5060);
    const name = place === undefined ? target : printHostPort(place.host, place.port);
    const now = io.clock.now();
    const observe = observerOf("registered", `sip:${name}/${transport}/registered/${user}`, now);
    const mac = tryParseMacAddress(settings.phone ?? "");
    const ofPhone = observerOf("registered", `phone:${mac ?? `${user}@${place?.host ?? name}`}`, now);
    const failed = (evidence: string, outcome: "unreachable" | "denied"): Observation[] => [
      observe("sip.code", null, { outcome, evidence }),
    ];
    if (place === undefined || user === "") return failed(`${target} is not USER@HOST`, "unreachable");
    if (settings.phone !== undefined && mac === undefined)
      return failed(`${settings.phone} is not a MAC address`, "unreachable");
    const account = await readAccount({ ...settings, user });
    if (account instanceof Error) return failed(account.message, "denied");
    const domain = settings.domain ?? place.host;
    const timers = quickTimers;
    const own = await askPhone(settings.phoneAddress, io, signal);
    const alive =
      own === undefined ? [] : [ofPhone("phone.answers", own.answers, { evidence: own.evidence })];
    const opened = await openPlace(
      { ...place, transport, domain, timeout: timers.giveUp },
      io,
      observe,
      signal,
    );
    if (!opened.ok) return [...opened.observations, ...alive];
    await using channel = opened.channel;
    const parts = { ...place, user, domain, account, timers, clock: io.clock };
    const asked = await askRegistered(channel, parts, io, signal);
    return [...observeRegistered(asked, { observe, ofPhone, user, domain, account, transport }), ...alive];
  },
  show: showRegistered,
};

interface OwnAnswer {
  readonly answers: boolean;
  readonly evidence: string;
}

/** The phone itself, at its address; it need not answer strangers, so silence alone proves little. */
async function askPhone(
  text: string | undefined,
  io: PlaceIo,
  signal: AbortSignal,
): Promise<OwnAnswer | undefined> {
  const place = tryParseHostPort(text ?? "", 5060);
  if (text === undefined || place === undefined) return undefined;
  const { host: address, port } = place;
  const target = { host: address, address, port, transport: "udp", serverName: address } as const;
  const { word, said } = await askOnce(target, quickTimers, io, signal);
  return { answers: word === "answers", evidence: `OPTIONS to ${printHostPort(address, port)}: ${said}` };
}
