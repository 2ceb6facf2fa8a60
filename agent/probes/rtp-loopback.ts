import { randomInt } from "node:crypto";
import { Type, type Static } from "typebox";
import { mediaCodecNames, mediaCodecs } from "../../protocol/rtp/media-codec.ts";
import type { Probe } from "../../protocol/probe.ts";
import type { DigestAccount } from "../../protocol/sip/digest.ts";
import { printHostPort } from "../../protocol/sip/uri.ts";
import type { AgentIo } from "../io/io.ts";
import { mirrorUser } from "../mirror/mirror-authorization.ts";
import { readPassword } from "../io/host/read-password.ts";
import { observerOf } from "../../protocol/observe.ts";
import { observeBestEffort, runBesideBestEffort } from "./rtp-loopback/best-effort.ts";
import { observeMedia, observeNoMedia } from "./rtp-loopback/observe-media.ts";
import { runStreams } from "./rtp-loopback/run-streams.ts";
import { samplePorts } from "./rtp-loopback/sample-ports.ts";
import { showMedia } from "./rtp-loopback/show-media.ts";
import { tryParseHostPort } from "./sip-options/host-port.ts";

const RtpLoopbackSettings = Type.Object(
  {
    codec: Type.Enum([...mediaCodecNames], { default: "pcmu", description: "what the stream is made of" }),
    srtp: Type.Boolean({
      default: false,
      description: "offer media under SRTP alone (SDES keys; use --transport tls)",
    }),
    loopback: Type.Enum(["packets", "media"], {
      default: "packets",
      description: "what a mirror is asked for: `packets` tell each way apart, `media` are decoded there",
    }),
    dscp: Type.Integer({ minimum: 0, maximum: 63, default: 46, description: "mark of our RTP" }),
    compareBestEffort: Type.Boolean({
      default: false,
      description:
        "as many calls again without marking, at the same time: is the mark worth anything while the line is full",
    }),
    ports: Type.Optional(
      Type.String({
        pattern: "^\\d{4,5}-\\d{4,5}$",
        description: "a call from each of some local ports of this RTP range, such as 10000-20000",
      }),
    ),
    sample: Type.Integer({
      minimum: 2,
      maximum: 50,
      default: 10,
      description: "ports of that range to try: both ends, and others at random",
    }),
    seconds: Type.Number({ minimum: 1, maximum: 55, default: 5, description: "seconds of media" }),
    packetTime: Type.Integer({
      minimum: 20,
      maximum: 60,
      default: 20,
      description: "ms of audio per packet",
    }),
    streams: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 200,
        description:
          "calls at once; without: 50 to an `offhook mirror`, and one to everything else, whose trunk must not be flooded",
      }),
    ),
    dtmf: Type.Optional(
      Type.String({
        pattern: "^[0-9A-D*#]{1,16}$",
        description: "keys to press while audio runs, such as 1234 (RFC 4733)",
      }),
    ),
    extension: Type.String({
      minLength: 1,
      maxLength: 128,
      default: "mirror",
      description: "whom to call: `mirror`, or the number of a PBX's echo",
    }),
    authUser: Type.String({
      minLength: 1,
      maxLength: 128,
      default: mirrorUser,
      description: "user of the digest login",
    }),
    passwordFrom: Type.Optional(
      Type.String({
        maxLength: 400,
        pattern: "^(?:env|file):.+$",
        description: "where the mirror's token, or the password of that login, is: env:NAME or file:PATH",
      }),
    ),
    transport: Type.Enum(["udp", "tcp", "tls"], { default: "udp", description: "how SIP travels" }),
    ringTime: Type.Number({
      minimum: 1,
      maximum: 60,
      default: 10,
      description: "seconds that the call may ring",
    }),
  },
  { additionalProperties: false },
);
type RtpLoopbackSettings = Static<typeof RtpLoopbackSettings>;

/**
 * What does the network do to audio? Calls a mirror (RFC 6849) or any echo, sends audio at an even pace, and tells loss,
 * order, jitter and delay of each way, with an E-model score that states its basis. Without media there is no score.
 */
export const rtpLoopback: Probe<typeof RtpLoopbackSettings, AgentIo> = {
  name: "rtp-loopback",
  verb: "rtp",
  about: "send audio to a mirror or an echo and measure loss, jitter, delay and MOS of each way",
  target: "HOST[:PORT]",
  example: "offhook diag rtp mirror.example:5070 --seconds 10 --password-from file:mirror.token",
  settings: RtpLoopbackSettings,
  async run(target, settings, io, signal) {
    const place = tryParseHostPort(target, settings.transport === "tls" ? 5061 : 5060);
    const name = place === undefined ? target : printHostPort(place.host, place.port);
    const observe = observerOf("rtp-loopback", `rtp:${name}`, io.clock.now());
    const unreachable = (evidence: string) =>
      observe("rtp.fwd.sent", null, { outcome: "unreachable", evidence });
    if (place === undefined) return [unreachable(`${target} is not HOST or HOST:PORT`)];
    const address = await firstAddress(place.host, io);
    if (address instanceof Error) {
      const code = address.code ?? "ENOTFOUND";
      return [observe("dns.error", code, { evidence: address.message }), unreachable(address.message)];
    }
    const account = await accountOf(settings);
    if (account instanceof Error)
      return [observe("rtp.fwd.sent", null, { outcome: "denied", evidence: account.message })];
    const { codec, transport, extension } = settings;
    const { frame } = mediaCodecs[codec];
    const ports =
      settings.ports === undefined ? undefined : samplePorts(settings.ports, settings.sample, randomInt);
    const parts = {
      ...place,
      ...settings,
      address,
      account,
      ports,
      packetTime: Math.max(frame, settings.packetTime - (settings.packetTime % frame)),
      // Two calls side by side are as many as nobody's trunk minds.
      streams: ports?.length ?? settings.streams ?? (settings.compareBestEffort ? 1 : undefined),
      keys: settings.dtmf ?? "",
      patience: settings.ringTime * 1000,
    };
    io.say(`calling ${extension} at ${name}`);
    const { marked: result, bestEffort } = settings.compareBestEffort
      ? await runBesideBestEffort(parts, io, signal)
      : { marked: await runStreams(parts, io, signal), bestEffort: undefined };
    if (result.ok)
      return [
        ...observeMedia(result, parts, observe),
        ...(bestEffort === undefined ? [] : observeBestEffort(bestEffort, parts, observe)),
      ];
    return observeNoMedia(
      result,
      transport,
      observerOf("rtp-loopback", `sip:${name}/${transport}`, io.clock.now()),
      observe,
    );
  },
  show: showMedia,
};

async function firstAddress(host: string, io: AgentIo): Promise<string | NodeJS.ErrnoException> {
  try {
    return (await io.resolve(host))[0] ?? new Error(`${host} has no address`);
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

async function accountOf(settings: RtpLoopbackSettings): Promise<DigestAccount | undefined | Error> {
  if (settings.passwordFrom === undefined) return undefined;
  try {
    return { user: settings.authUser, password: await readPassword(settings.passwordFrom) };
  } catch (error) {
    return error as Error;
  }
}
