import { decodeDscpAttribute, dscpAttribute } from "../../protocol/sdp/dscp.ts";
import { loopbackOf } from "../../protocol/sdp/loopback.ts";
import {
  attributes,
  connectionAddress,
  decodeSdp,
  directionOf,
  encodeSdp,
  rtpMaps,
  type RtpMap,
  type SdpLine,
  type SdpMedia,
} from "../../protocol/sdp/session.ts";
import { mismatchSentence } from "../../protocol/decoded.ts";
import type { RatedCodec } from "../../protocol/rtp/e-model.ts";
import { mediaCodecNames, mediaCodecs } from "../../protocol/rtp/media-codec.ts";
import type { G711Law } from "../../protocol/rtp/g711.ts";
import { decodeCryptoAttribute, encodeCryptoAttribute } from "../../protocol/srtp/crypto-attribute.ts";
import type { SrtpMaster, SrtpSuite } from "../../protocol/srtp/suite.ts";
import type { MirrorTerms } from "./mirror-session.ts";

/** What an offer comes to. */
export type OfferReading =
  | {
      readonly ok: true;
      readonly terms: MirrorTerms;
      readonly media: SdpMedia;
      /** The place of `media` among the offer's media, all others being refused. */
      readonly all: readonly SdpMedia[];
      /** The media formats of the answer, first one in use. */
      readonly formats: readonly RtpMap[];
      /** RTCP comes to the port of RTP (RFC 5761). */
      readonly mux: boolean;
      /** What the source wants our packets marked with. */
      readonly dscp?: number;
      /** Of the a=crypto line that was taken. */
      readonly cryptoTag?: number;
      /** Where the source says that it listens. */
      readonly listens: { readonly address: string | undefined; readonly port: number };
    }
  | { readonly ok: false; readonly why: string };

const profiles = new Set(["RTP/AVP", "RTP/AVPF", "RTP/SAVP", "RTP/SAVPF"]);

/**
 * Reads the offer of an INVITE: loopback of RFC 6849, or a normal call that gets a plain echo. `newMaster` makes the mirror's
 * own key when the media are to be protected.
 */
export function readOffer(body: string, newMaster: (suite: SrtpSuite) => SrtpMaster): OfferReading {
  const session = decodeSdp(body);
  if (!session.ok) return { ok: false, why: `SDP ${mismatchSentence(session.why)}` };
  const media = session.value.media.find(
    ({ kind, port, profile }) => kind === "audio" && port > 0 && profiles.has(profile),
  );
  if (media === undefined) return { ok: false, why: "no audio over RTP/AVP or RTP/SAVP is offered" };
  if (directionOf(session.value, media) !== "sendrecv") {
    return { ok: false, why: `direction ${directionOf(session.value, media)} cannot be mirrored` };
  }
  const agreed = agree(media);
  if (!agreed.ok) return agreed;
  const crypto = media.profile.startsWith("RTP/SAVP") ? agreeOnKeys(media, newMaster) : undefined;
  if (crypto?.ok === false) return crypto;
  const dscp = decodeDscpAttribute(media);
  const ssrc = /^(\d{1,10}) /u.exec(attributes(media.lines, "ssrc")[0] ?? "")?.[1];
  return {
    ok: true,
    terms: {
      ...agreed.terms,
      ...(ssrc === undefined ? {} : { sourceSsrc: Number(ssrc) }),
      ...(crypto === undefined ? {} : { protection: crypto.protection }),
    },
    media,
    all: session.value.media,
    formats: agreed.formats,
    mux: attributes(media.lines, "rtcp-mux").length > 0,
    ...(dscp === undefined ? {} : { dscp }),
    ...(crypto === undefined ? {} : { cryptoTag: crypto.tag }),
    listens: { address: connectionAddress(session.value, media), port: media.port },
  };
}

type Keys =
  | {
      readonly ok: true;
      readonly tag: number;
      readonly protection: NonNullable<MirrorTerms["protection"]>;
    }
  | { readonly ok: false; readonly why: string };

/** The first line that we speak; the answer repeats its tag and has a key of its own (RFC 4568 5.1.2). */
function agreeOnKeys(media: SdpMedia, newMaster: (suite: SrtpSuite) => SrtpMaster): Keys {
  const read = attributes(media.lines, "crypto").map((value) => decodeCryptoAttribute(value));
  const taken = read.find((each) => each.ok && each.value.parameters.length === 0);
  if (taken?.ok !== true)
    return { ok: false, why: "no a=crypto with AES_CM_128_HMAC_SHA1_80 or _32 is offered" };
  const { tag, master } = taken.value;
  return { ok: true, tag, protection: { source: master, ours: newMaster(master.suite) } };
}

type Agreement =
  | { readonly ok: true; readonly terms: MirrorTerms; readonly formats: readonly RtpMap[] }
  | { readonly ok: false; readonly why: string };

// Formats that no media stream consists of: they ride along with one, or wrap one.
const companions = new Set(["telephone-event", "cn", "encaprtp", "rtploopback"]);
const wrappers = ["encaprtp", "rtploopback"] as const;

function agree(media: SdpMedia): Agreement {
  const maps = rtpMaps(media);
  const [first] = maps.filter((map) => !companions.has(map.encoding.toLowerCase()));
  if (first === undefined) return { ok: false, why: "no audio format that we know is offered" };
  const { payloadType, clock } = first;
  const event = maps.find((map) => map.encoding.toLowerCase() === "telephone-event" && map.clock === clock);
  const accepted = new Set([payloadType, ...(event === undefined ? [] : [event.payloadType])]);
  const events = event === undefined ? [] : [event];
  const plain = {
    rated: ratedOf(first),
    payloadType,
    accepted,
    clock,
    ...(event === undefined ? {} : { eventType: event.payloadType }),
  };
  const loopback = loopbackOf(media);
  if (loopback === undefined)
    return { ok: true, terms: { ...plain, mode: "echo" }, formats: [first, ...events] };
  if (loopback.role !== "source") return { ok: false, why: "only a=loopback-source can be mirrored" };
  // Exactly one type, the first one wished that can be done (RFC 6849 5.2).
  const reasons: string[] = [];
  for (const type of loopback.types) {
    if (type === "rtp-media-loopback") {
      const law = lawOf(first);
      if (law !== undefined)
        return { ok: true, terms: { ...plain, mode: "media", law }, formats: [first, ...events] };
      reasons.push(`${first.encoding} cannot be decoded here`);
      continue;
    }
    const wrap = maps.find(
      (map) =>
        wrappers.some((name) => name === map.encoding.toLowerCase()) &&
        map.clock === clock &&
        map.payloadType >= 96,
    );
    const mode = wrappers.find((name) => name === wrap?.encoding.toLowerCase());
    if (wrap !== undefined && mode !== undefined) {
      const terms = { ...plain, mode, payloadType: wrap.payloadType };
      return { ok: true, terms, formats: [wrap, first, ...events] };
    }
    reasons.push(`encaprtp/${clock} or rtploopback/${clock} with a dynamic type is needed`);
  }
  return { ok: false, why: reasons.join("; ") || "no type of loopback that we know is offered" };
}

function ratedOf({ encoding }: RtpMap): RatedCodec | undefined {
  const name = mediaCodecNames.find((each) => each === encoding.toLowerCase());
  return name === undefined ? undefined : mediaCodecs[name].rated;
}

function lawOf({ encoding }: RtpMap): G711Law | undefined {
  const name = encoding.toLowerCase();
  return name === "pcmu" || name === "pcma" ? name : undefined;
}

export interface AnswerParts {
  readonly address: string;
  readonly port: number;
  readonly sessionId: number;
  readonly ssrc: number;
  /** What our packets are marked with, where that was asked for and could be done. */
  readonly dscp?: number;
}

/** The answer to an offer that readOffer() took (RFC 3264: as many media as offered, the others with port 0). */
export function writeAnswer(offer: Extract<OfferReading, { ok: true }>, parts: AnswerParts): string {
  const family = parts.address.includes(":") ? "IP6" : "IP4";
  const line = (type: string, value: string): SdpLine => ({ type, value });
  const { mode, protection } = offer.terms;
  const type = mode === "media" ? "rtp-media-loopback" : "rtp-pkt-loopback";
  const loopback = mode === "echo" ? [] : [line("a", `loopback:${type}`), line("a", "loopback-mirror")];
  const crypto =
    protection === undefined || offer.cryptoTag === undefined
      ? []
      : [line("a", `crypto:${encodeCryptoAttribute(offer.cryptoTag, protection.ours)}`)];
  const ours: SdpMedia = {
    kind: "audio",
    port: parts.port,
    profile: offer.media.profile,
    formats: offer.formats.map((format) => String(format.payloadType)),
    lines: [
      ...offer.formats.map((format) =>
        line("a", `rtpmap:${format.payloadType} ${format.encoding}/${format.clock}${channels(format)}`),
      ),
      line("a", `ssrc:${parts.ssrc} cname:offhook-mirror`),
      ...(parts.dscp === undefined ? [] : [line("a", dscpAttribute(parts.dscp))]),
      ...(offer.mux ? [line("a", "rtcp-mux")] : []),
      ...crypto,
      ...loopback,
      line("a", "sendrecv"),
    ],
  };
  return encodeSdp({
    lines: [
      line("v", "0"),
      line("o", `- ${parts.sessionId} 1 IN ${family} ${parts.address}`),
      line("s", "-"),
      line("c", `IN ${family} ${parts.address}`),
      line("t", "0 0"),
    ],
    media: offer.all.map((media) => (media === offer.media ? ours : { ...media, port: 0, lines: [] })),
  });
}

function channels(format: RtpMap): string {
  return format.channels === 1 ? "" : `/${format.channels}`;
}
