import { Type } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import { observerOf } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import { timersOf } from "../../protocol/sip/transaction-timers.ts";
import { printHostPort } from "../../protocol/sip/uri.ts";
import { observeRegistration } from "./registration/observe-registration.ts";
import { runRegistration } from "./registration/run-registration.ts";
import { showRegistration } from "./registration/show-registration.ts";
import { readAccount } from "./sip-agent/read-account.ts";
import { openPlace, type PlaceIo } from "./sip-agent/open-place.ts";
import { tryParseHostPort } from "./sip-options/host-port.ts";
import { accountSettings } from "./sip-agent/account-settings.ts";
import { observeSilence, otherAddressSetting } from "./sip-agent/observe-silence.ts";

const RegistrationSettings = Type.Object(
  {
    user: Type.String({
      minLength: 1,
      maxLength: 128,
      default: "offhook",
      description: "user of the account: the part before the @",
    }),
    ...accountSettings,
    mode: Type.Enum(["quick", "rfc"], {
      default: "quick",
      description: "quick gives up after 3 s, rfc after 32 s",
    }),
    expires: Type.Integer({
      minimum: 10,
      maximum: 86_400,
      default: 300,
      description: "seconds of registration to ask for; it is taken back at once",
    }),
    beside: Type.Boolean({
      default: false,
      description:
        "register also where a phone is logged in on this account; calls may reach the probe meanwhile",
    }),
    ...otherAddressSetting,
    second: Type.Boolean({
      default: false,
      description: "register a second device too, and see whether the server keeps both",
    }),
  },
  { additionalProperties: false },
);

/**
 * Does the login of an account work? Asks who is logged in (a REGISTER without Contact changes nothing), then registers,
 * refreshes and takes it back; where a phone is logged in already, it leaves it at asking unless told otherwise.
 */
export const registration: Probe<typeof RegistrationSettings, PlaceIo> = {
  name: "registration",
  verb: "registration",
  about: "log an account in at a SIP server, refresh and remove it, and explain a refused login",
  target: "HOST[:PORT]",
  example: "offhook diag registration pbx.example --user 1001 --password-from file:1001.password",
  settings: RegistrationSettings,
  async run(target, settings, io, signal) {
    const { transport, user } = settings;
    const place = tryParseHostPort(target, transport === "tls" ? 5061 : 5060);
    const name = place === undefined ? target : printHostPort(place.host, place.port);
    const observe = observerOf("registration", `sip:${name}/${transport}/register/${user}`, io.clock.now());
    const about = [observe("sip.transport", transport), observe("sip.method", "REGISTER")];
    const failed = (evidence: string, outcome: "unreachable" | "denied"): Observation[] => [
      ...about,
      observe("sip.code", null, { outcome, evidence }),
    ];
    if (place === undefined) return failed(`${target} is not HOST or HOST:PORT`, "unreachable");
    const account = await readAccount(settings);
    if (account instanceof Error) return failed(account.message, "denied");
    const domain = settings.domain ?? place.host;
    const timers = timersOf(settings.mode);
    const opened = await openPlace(
      { ...place, transport, domain, timeout: timers.giveUp },
      io,
      observe,
      signal,
    );
    const { otherAddress } = settings;
    const silence = (observations: readonly Observation[], address: string) => {
      const at = { ...place, address, transport, domain, timers, otherAddress };
      return observeSilence(observations, at, observe, io, signal);
    };
    if (!opened.ok) {
      const { observations, address } = opened;
      const beside = address === undefined ? [] : await silence(observations, address);
      return [...about, ...observations, ...beside];
    }
    await using channel = opened.channel;
    const parts = { ...settings, ...place, domain, account, timers, clock: io.clock };
    const run = await runRegistration(channel, parts, io, signal);
    const observations = observeRegistration(run, parts, observe);
    return [...about, ...observations, ...(await silence(observations, opened.address))];
  },
  show: showRegistration,
};
