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
      /** Where the source says that it listens. */
      readonly listens: { readonly address: string | undefined; readonly port: number };
    }
  | { readonly ok: false; readonly why: string };

/** Reads the offer of an INVITE: packet loopback by encaprtp, or a normal call that gets a plain echo. */
export function readOffer(body: string): OfferReading {
  const session = decodeSdp(body);
  if (!session.ok) return { ok: false, why: `SDP ${mismatchSentence(session.why)}` };
  const media = session.value.media.find(
    ({ kind, port, profile }) => kind === "audio" && port > 0 && profile === "RTP/AVP",
  );
  if (media === undefined) return { ok: false, why: "no audio over RTP/AVP is offered" };
  if (directionOf(session.value, media) !== "sendrecv") {
    return { ok: false, why: `direction ${directionOf(session.value, media)} cannot be mirrored` };
  }
  const agreed = agree(media);
  if (!agreed.ok) return agreed;
  const ssrc = /^(\d{1,10}) /u.exec(attributes(media.lines, "ssrc")[0] ?? "")?.[1];
  return {
    ok: true,
    terms: { ...agreed.terms, ...(ssrc === undefined ? {} : { sourceSsrc: Number(ssrc) }) },
    media,
    all: session.value.media,
    formats: agreed.formats,
    listens: { address: connectionAddress(session.value, media), port: media.port },
  };
}

type Agreement =
  | { readonly ok: true; readonly terms: MirrorTerms; readonly formats: readonly RtpMap[] }
  | { readonly ok: false; readonly why: string };

// Formats that no media stream consists of: they ride along with one, or wrap one.
const companions = new Set(["telephone-event", "cn", "encaprtp", "rtploopback"]);

function agree(media: SdpMedia): Agreement {
  const maps = rtpMaps(media);
  const [first] = maps.filter((map) => !companions.has(map.encoding.toLowerCase()));
  if (first === undefined) return { ok: false, why: "no audio format that we know is offered" };
  const accepted = new Set([first.payloadType]);
  const loopback = loopbackOf(media);
  if (loopback === undefined) {
    const terms = { mode: "echo", payloadType: first.payloadType, accepted, clock: first.clock } as const;
    return { ok: true, terms, formats: [first] };
  }
  if (loopback.role !== "source") return { ok: false, why: "only a=loopback-source can be mirrored" };
  if (!loopback.types.includes("rtp-pkt-loopback")) {
    return { ok: false, why: "only rtp-pkt-loopback is done here" };
  }
  const wrap = maps.find(
    (map) => map.encoding.toLowerCase() === "encaprtp" && map.clock === first.clock && map.payloadType >= 96,
  );
  if (wrap === undefined) return { ok: false, why: `encaprtp/${first.clock} with a dynamic type is needed` };
  const { payloadType } = wrap;
  const terms = { mode: "encaprtp", payloadType, accepted, clock: first.clock } as const;
  return { ok: true, terms, formats: [wrap, first] };
}

export interface AnswerParts {
  readonly address: string;
  readonly port: number;
  readonly sessionId: number;
  readonly ssrc: number;
}

/** The answer to an offer that readOffer() took (RFC 3264: as many media as offered, the others with port 0). */
export function writeAnswer(offer: Extract<OfferReading, { ok: true }>, parts: AnswerParts): string {
  const family = parts.address.includes(":") ? "IP6" : "IP4";
  const line = (type: string, value: string): SdpLine => ({ type, value });
  const loopback =
    offer.terms.mode === "encaprtp"
      ? [line("a", "loopback:rtp-pkt-loopback"), line("a", "loopback-mirror")]
      : [];
  const ours: SdpMedia = {
    kind: "audio",
    port: parts.port,
    profile: offer.media.profile,
    formats: offer.formats.map((format) => String(format.payloadType)),
    lines: [
      ...offer.formats.map((format) =>
        line("a", `rtpmap:${format.payloadType} ${format.encoding}/${format.clock}`),
      ),
      line("a", `ssrc:${parts.ssrc} cname:offhook-mirror`),
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
