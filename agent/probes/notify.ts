import { randomBytes } from "node:crypto";
import { Type } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import { observerOf } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import { checkSyncRequest } from "../../protocol/sip/check-sync.ts";
import { encodeSip } from "../../protocol/sip/encode-sip.ts";
import { quickTimers } from "../../protocol/sip/transaction-timers.ts";
import { escapeUser, printHostPort } from "../../protocol/sip/uri.ts";
import { runSipTransaction } from "../io/sip/sip-transaction.ts";
import { showNotify } from "./notify/show-notify.ts";
import { accountSettings } from "./sip-agent/account-settings.ts";
import { askWithLogin } from "./sip-agent/ask-with-login.ts";
import { Login } from "./sip-agent/login.ts";
import { observeLogin, observeUntriedLogin } from "./sip-agent/observe-login.ts";
import { openPlace, type PlaceIo } from "./sip-agent/open-place.ts";
import { readAccount } from "./sip-agent/read-account.ts";
import { tryParseHostPort } from "./sip-options/host-port.ts";
import { observeAsked } from "./sip-options/observe-options.ts";

const NotifySettings = Type.Object(
  {
    event: Type.String({
      maxLength: 100,
      pattern: "^[!-~][ -~]*$",
      default: "check-sync",
      description: "the word that the phone obeys, where --vendor does not tell it",
    }),
    user: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: "who sends it, as an account of the PBX" }),
    ),
    ...accountSettings,
  },
  { additionalProperties: false },
);

/**
 * Asks one phone to fetch its config again, or to restart: by its PBX (USER@HOST), or straight (ADDRESS). It changes what a
 * phone does, so a person alone runs it: it is on no schedule.
 */
export const notify: Probe<typeof NotifySettings, PlaceIo> = {
  name: "notify",
  verb: "notify",
  about:
    "ask one phone by SIP NOTIFY to fetch its config again, in its vendor's form, and explain the answer",
  target: "[USER@]HOST[:PORT]",
  example: "offhook diag notify 192.0.2.7 --vendor yealink",
  settings: NotifySettings,
  async run(target, settings, io, signal) {
    const { transport, event } = settings;
    const at = target.lastIndexOf("@");
    const callee = at === -1 ? undefined : target.slice(0, at);
    const place = tryParseHostPort(target.slice(at + 1), transport === "tls" ? 5061 : 5060);
    const name = place === undefined ? target : printHostPort(place.host, place.port);
    const way = callee === undefined ? "notify" : `notify/${callee}`;
    const observe = observerOf("notify", `sip:${name}/${transport}/${way}`, io.clock.now());
    const about = [
      observe("sip.transport", transport),
      observe("sip.method", "NOTIFY"),
      observe("sip.event", event),
    ];
    const failed = (evidence: string, outcome: "unreachable" | "denied"): Observation[] => [
      ...about,
      observe("sip.code", null, { outcome, evidence }),
    ];
    if (place === undefined || callee === "")
      return failed(`${target} is not HOST or USER@HOST`, "unreachable");
    const user = settings.user ?? callee ?? "offhook";
    const account = await readAccount({ ...settings, user });
    if (account instanceof Error) return failed(account.message, "denied");
    const domain = settings.domain ?? place.host;
    const { giveUp: timeout } = quickTimers;
    const opened = await openPlace({ ...place, transport, domain, timeout }, io, observe, signal);
    if (!opened.ok) return [...about, ...opened.observations];
    await using channel = opened.channel;
    const first = checkSyncRequest(
      {
        ...partsOf(callee, { user, domain, name }),
        event,
        transport,
        local: channel.local,
        userAgent: "Offhook (SIP probe)",
      },
      randomBytes,
    );
    const options = { timers: quickTimers, clock: io.clock };
    const login = await askWithLogin(first, new Login(account), (request) =>
      runSipTransaction(channel, request, options, signal),
    );
    const asked = { ...login, size: encodeSip(login.request).length, login };
    return [
      ...about,
      ...observeAsked([asked], { transport, note: "" }, observe),
      ...observeLogin(login, { user, domain, account }, observe),
      ...observeUntriedLogin(login, { account }, observe),
    ];
  },
  show: showNotify,
};

/** Straight to a phone the address itself is asked; through a PBX its user is, as one of its users. */
function partsOf(
  callee: string | undefined,
  { user, domain, name }: { readonly user: string; readonly domain: string; readonly name: string },
) {
  if (callee === undefined) return { uri: `sip:${name}` };
  const host = printHostPort(domain, undefined);
  return { uri: `sip:${escapeUser(callee)}@${host}`, domain: host, user: escapeUser(user) };
}
