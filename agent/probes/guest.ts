import { Type } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import { observerOf } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import { quickTimers } from "../../protocol/sip/transaction-timers.ts";
import { printHostPort } from "../../protocol/sip/uri.ts";
import { askAsGuest } from "./guest/ask-as-guest.ts";
import { observeGuest } from "./guest/observe-guest.ts";
import { showGuest } from "./guest/show-guest.ts";
import { openPlace, type PlaceIo } from "./sip-agent/open-place.ts";
import { tryParseHostPort } from "./sip-options/host-port.ts";

const GuestSettings = Type.Object(
  {
    number: Type.String({
      minLength: 1,
      maxLength: 64,
      pattern: "^[0-9]+$",
      default: "0000000000",
      description: "a number that is never routed",
    }),
    knownUser: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        description: "a user that exists, to compare with one that does not",
      }),
    ),
    domain: Type.Optional(
      Type.String({ maxLength: 253, description: "SIP domain, where it is not the host" }),
    ),
    transport: Type.Enum(["udp", "tcp", "tls"], { default: "udp", description: "how SIP travels" }),
  },
  { additionalProperties: false },
);

/**
 * May strangers call, and can users be found out? One INVITE without a login to a number that is never routed, cancelled at
 * its first provisional answer, and one REGISTER each for a known and an unknown user; no password is tried.
 */
export const guest: Probe<typeof GuestSettings, PlaceIo> = {
  name: "guest",
  verb: "guest",
  about: "may strangers call without a login, and can users be found out; for servers of your own",
  target: "HOST[:PORT]",
  example: "offhook diag guest pbx.example --known-user 1001",
  settings: GuestSettings,
  async run(target, settings, io, signal) {
    const { transport } = settings;
    const place = tryParseHostPort(target, transport === "tls" ? 5061 : 5060);
    const name = place === undefined ? target : printHostPort(place.host, place.port);
    const observe = observerOf("guest", `sip:${name}/${transport}/guest`, io.clock.now());
    const about: Observation[] = [observe("sip.transport", transport), observe("sip.method", "INVITE")];
    if (place === undefined) {
      const evidence = `${target} is not HOST or HOST:PORT`;
      return [...about, observe("sip.code", null, { outcome: "unreachable", evidence })];
    }
    const domain = settings.domain ?? place.host;
    const timeout = quickTimers.giveUp;
    const opened = await openPlace({ ...place, transport, domain, timeout }, io, observe, signal);
    if (!opened.ok) return [...about, ...opened.observations];
    await using channel = opened.channel;
    const run = await askAsGuest(channel, { ...settings, ...place, domain }, io, signal);
    return [...about, ...observeGuest(run, transport, observe)];
  },
  show: showGuest,
};
