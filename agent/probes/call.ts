import { Type, type Static } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import { observerOf } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import type { SipHeader } from "../../protocol/sip/message.ts";
import { quickTimers } from "../../protocol/sip/transaction-timers.ts";
import { printHostPort } from "../../protocol/sip/uri.ts";
import { askMatrix } from "./call/ask-matrix.ts";
import { observeCall } from "./call/observe-call.ts";
import { observeMatrix } from "./call/observe-matrix.ts";
import { runCall } from "./call/run-call.ts";
import { showCall } from "./call/show-call.ts";
import { readAccount } from "./sip-agent/read-account.ts";
import { offeredCodecs } from "./sip-agent/offer.ts";
import { openPlace, type PlaceIo } from "./sip-agent/open-place.ts";
import { observeLeaks } from "./sip-options/observe-leaks.ts";
import { splitUserAt } from "./sip-options/host-port.ts";
import { accountSettings } from "./sip-agent/account-settings.ts";
import { signCall } from "../stir/sign-call.ts";

const CallSettings = Type.Object(
  {
    user: Type.String({ minLength: 1, maxLength: 128, default: "offhook", description: "who calls" }),
    ...accountSettings,
    codecs: Type.Array(Type.Enum(offeredCodecs), {
      minItems: 1,
      maxItems: 5,
      default: ["g722", "pcmu", "pcma"],
      description: "codecs to offer, best first",
    }),
    seconds: Type.Number({ minimum: 0.1, maximum: 120, default: 2, description: "seconds of media" }),
    ringTime: Type.Number({
      minimum: 1,
      maximum: 120,
      default: 20,
      description: "seconds that the call may ring",
    }),
    matrix: Type.Boolean({
      default: false,
      description:
        "also offer each codec, and each kind of media protection, in a call of its own that is cancelled as it rings",
    }),
    timer: Type.Integer({
      minimum: 0,
      maximum: 3600,
      default: 0,
      description:
        "session interval to ask for in seconds, 90 or more; the call is held until it was refreshed",
    }),
    refresher: Type.Enum(["uac", "uas"], {
      default: "uac",
      description: "who shall refresh: uac is the probe, uas the server",
    }),
    srtp: Type.Boolean({
      default: false,
      description: "offer media under SRTP alone (SDES keys; use --transport tls)",
    }),
    identityKeyFrom: Type.Optional(
      Type.String({
        maxLength: 400,
        pattern: "^(?:env|file):.+$",
        description: "sign the caller's number (STIR/SHAKEN) with this key, PEM: env:NAME or file:PATH",
      }),
    ),
    identityUrl: Type.Optional(
      Type.String({
        maxLength: 400,
        pattern: "^https://[^>\\s]+$",
        description: "where the certificate of that key is",
      }),
    ),
    withholdAck: Type.Boolean({
      default: false,
      description:
        "never acknowledge the answer, to see what the server does; only at a test number of your own server",
    }),
  },
  { additionalProperties: false },
);

async function identityOf(
  called: string,
  { user: caller, identityKeyFrom: keyFrom, identityUrl: certificateUrl }: Static<typeof CallSettings>,
  { clock }: PlaceIo,
): Promise<SipHeader | Error | undefined> {
  if (keyFrom === undefined && certificateUrl === undefined) return undefined;
  if (keyFrom === undefined || certificateUrl === undefined)
    return new Error("a signature takes both the key and the certificate's URL");
  return signCall({ caller, called, keyFrom, certificateUrl, at: clock.now() });
}

/** One real call to a test number: how fast it is set up, what was negotiated, whether media flows, and how it ends. */
export const call: Probe<typeof CallSettings, PlaceIo> = {
  name: "call",
  verb: "call",
  about: "place one test call: set-up times, codecs, media, session timer, ACK, and how it ends",
  target: "NUMBER@HOST[:PORT]",
  example: "offhook diag call 600@pbx.example --user 1001 --password-from file:1001.password --matrix",
  settings: CallSettings,
  async run(target, settings, io, signal) {
    const { transport } = settings;
    const { user: number, place } = splitUserAt(target, transport === "tls" ? 5061 : 5060);
    const name = place === undefined ? target : printHostPort(place.host, place.port);
    const observe = observerOf("call", `sip:${name}/${transport}/call/${number}`, io.clock.now());
    const about = [observe("sip.transport", transport), observe("sip.method", "INVITE")];
    const failed = (evidence: string, outcome: "unreachable" | "denied"): Observation[] => [
      ...about,
      observe("sip.code", null, { outcome, evidence }),
    ];
    if (place === undefined || number === "") return failed(`${target} is not NUMBER@HOST`, "unreachable");
    const account = await readAccount(settings);
    if (account instanceof Error) return failed(account.message, "denied");
    const identity = await identityOf(number, settings, io);
    if (identity instanceof Error) return failed(identity.message, "denied");
    const domain = settings.domain ?? place.host;
    const timers = quickTimers;
    const opened = await openPlace(
      { ...place, transport, domain, timeout: timers.giveUp },
      io,
      observe,
      signal,
    );
    if (!opened.ok) return [...about, ...opened.observations];
    await using channel = opened.channel;
    const parts = {
      ...settings,
      ...place,
      domain,
      number,
      account,
      ...(identity === undefined ? {} : { identity }),
      timers,
      patience: settings.ringTime * 1000,
    };
    io.say(`calling ${number} at ${name}`);
    const run = await runCall(channel, parts, io, signal);
    const { end, provisional } = run.rung;
    const said = [...provisional, ...(end.kind === "final" ? [end.response] : [])];
    const observations = [
      ...about,
      ...observeCall(run, parts, observe),
      ...observeLeaks(said, opened.address, observe),
    ];
    if (!settings.matrix) return observations;
    return [...observations, ...observeMatrix(await askMatrix(channel, parts, io, signal), observe)];
  },
  show: showCall,
};
