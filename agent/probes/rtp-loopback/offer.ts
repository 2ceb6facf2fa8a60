import { compareMaps } from "../../../protocol/sdp/compare-maps.ts";
import { decodeDscpAttribute, dscpAttribute } from "../../../protocol/sdp/dscp.ts";
import { loopbackOf } from "../../../protocol/sdp/loopback.ts";
import {
  attributes,
  connectionAddress,
  decodeSdp,
  encodeSdp,
  rtpMaps,
  type SdpLine,
  type SdpMedia,
} from "../../../protocol/sdp/session.ts";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import type { MediaCodec } from "../../../protocol/rtp/media-codec.ts";
import { decodeCryptoAttribute, encodeCryptoAttribute } from "../../../protocol/srtp/crypto-attribute.ts";
import type { SrtpMaster } from "../../../protocol/srtp/suite.ts";
import { sourceName } from "./source-name.ts";

const encapPayloadType = 112;
const eventPayloadType = 101;

export type WantedLoopback = "packets" | "media";

export interface OfferParts {
  readonly address: string;
  readonly port: number;
  readonly codec: MediaCodec;
  readonly packetTime: number;
  readonly ssrc: number;
  readonly sessionId: number;
  readonly loopback: WantedLoopback;
  /** What our packets are marked with, and a mirror's are to be. */
  readonly dscp: number;
  /** Of SRTP, in the order of wish; none: no SRTP. The far end takes one of them. */
  readonly masters: readonly SrtpMaster[];
}

/** One audio stream with loopback as its wish (RFC 6849 5); who does not know that sees a normal call. */
export function writeOffer(parts: OfferParts): string {
  const { address, port, codec, packetTime, ssrc, sessionId, masters } = parts;
  const family = address.includes(":") ? "IP6" : "IP4";
  const packets = parts.loopback === "packets";
  const line = (type: string, value: string): SdpLine => ({ type, value });
  const formats = [codec.payloadType, eventPayloadType, ...(packets ? [encapPayloadType] : [])];
  return encodeSdp({
    lines: [
      line("v", "0"),
      line("o", `- ${sessionId} 1 IN ${family} ${address}`),
      line("s", "-"),
      line("c", `IN ${family} ${address}`),
      line("t", "0 0"),
    ],
    media: [
      {
        kind: "audio",
        port,
        profile: masters.length > 0 ? "RTP/SAVP" : "RTP/AVP",
        formats: formats.map(String),
        lines: [
          line("a", `rtpmap:${codec.payloadType} ${codec.rtpmap}`),
          ...(codec.fmtp === undefined ? [] : [line("a", `fmtp:${codec.payloadType} ${codec.fmtp}`)]),
          line("a", `rtpmap:${eventPayloadType} telephone-event/${codec.clock}`),
          line("a", `fmtp:${eventPayloadType} 0-15`),
          ...(packets ? [line("a", `rtpmap:${encapPayloadType} encaprtp/${codec.clock}`)] : []),
          line("a", `ptime:${packetTime}`),
          line("a", `ssrc:${ssrc} cname:${sourceName}`),
          line("a", "rtcp-mux"),
          line("a", dscpAttribute(parts.dscp)),
          ...masters.map((master, i) => line("a", `crypto:${encodeCryptoAttribute(i + 1, master)}`)),
          line("a", `loopback:${packets ? "rtp-pkt-loopback" : "rtp-media-loopback"}`),
          line("a", "loopback-source"),
          line("a", "sendrecv"),
        ],
      },
    ],
  });
}

/** Where to send, and what will come back. */
export interface FarEnd {
  readonly mode: "encaprtp" | "echo";
  readonly address: string;
  readonly port: number;
  /** Of the packets that come back. */
  readonly payloadType: number;
  /** The far end takes a part in RFC 6849: it is there to be measured with. */
  readonly mirror: boolean;
  /** Where its RTCP is; the port of RTP with rtcp-mux. */
  readonly rtcpPort: number;
  /** What it marks its packets with, where it said so. */
  readonly dscp?: number;
  /** Of telephone-event (RFC 4733), where it was agreed on. */
  readonly eventType: number | undefined;
  /** What the answer calls otherwise than the offer does; empty: they agree. */
  readonly mapsDiffer: readonly string[];
  /** Keys of both ways, when SRTP was agreed on. */
  readonly protection?: { readonly ours: SrtpMaster; readonly theirs: SrtpMaster };
}

/** Reads the answer to writeOffer(). No loopback role in it is no error: the call then has to be an echo. */
export function readAnswer(
  body: string,
  offer: Pick<OfferParts, "codec" | "masters"> & { readonly text: string },
): Decoded<FarEnd> {
  const session = decodeSdp(body);
  if (!session.ok) return session;
  const media = session.value.media[0];
  if (media === undefined || media.port === 0) {
    return mismatch("m= line 1", "an audio stream", media === undefined ? "none" : "port 0, refused");
  }
  const address = connectionAddress(session.value, media);
  if (address === undefined) return mismatch("c= line", "an address", "none that can be read");
  const keys = readKeys(media, offer.masters);
  if (!keys.ok) return keys;
  const { port } = media;
  const maps = rtpMaps(media);
  const wrap = maps.find((map) => map.encoding.toLowerCase() === "encaprtp");
  const mirror = loopbackOf(media)?.role === "mirror";
  const [name] = offer.codec.rtpmap.split("/");
  const format = maps.find((map) => map.encoding.toLowerCase() === name?.toLowerCase());
  // An event's clock has to be that of the audio whose timestamps it shares (RFC 4733 2.1).
  const event = maps.find(
    ({ encoding, clock }) => encoding.toLowerCase() === "telephone-event" && clock === offer.codec.clock,
  );
  const offered = decodeSdp(offer.text);
  const ours = offered.ok ? offered.value.media[0] : undefined;
  const dscp = decodeDscpAttribute(media);
  const common = {
    address,
    port,
    mirror,
    rtcpPort: rtcpPortOf(media),
    eventType: event?.payloadType,
    mapsDiffer: ours === undefined ? [] : compareMaps(ours, media),
    ...(dscp === undefined ? {} : { dscp }),
    ...keys.value,
  };
  if (mirror && wrap !== undefined)
    return decoded({ ...common, mode: "encaprtp", payloadType: wrap.payloadType });
  if (format === undefined) return mismatch("m= line 1", offer.codec.rtpmap, media.formats.join(" "));
  return decoded({ ...common, mode: "echo", payloadType: format.payloadType });
}

/** The answer repeats the tag that it took of ours, with a key of its own (RFC 4568 5.1.3). */
function readKeys(media: SdpMedia, masters: readonly SrtpMaster[]): Decoded<Pick<FarEnd, "protection">> {
  const secured = media.profile.startsWith("RTP/SAVP");
  if (!secured && masters.length === 0) return decoded({});
  if (secured !== masters.length > 0)
    return mismatch("m= line 1", masters.length > 0 ? "RTP/SAVP" : "RTP/AVP", media.profile);
  const read = decodeCryptoAttribute(attributes(media.lines, "crypto")[0] ?? "");
  if (!read.ok) return mismatch(`a=crypto, ${read.why.place}`, read.why.expected, read.why.found);
  const ours = masters[read.value.tag - 1];
  if (ours === undefined || ours.suite !== read.value.master.suite)
    return mismatch("a=crypto", "one of the tags offered, with its suite", `tag ${read.value.tag}`);
  return decoded({ protection: { ours, theirs: read.value.master } });
}

function rtcpPortOf(media: SdpMedia): number {
  if (attributes(media.lines, "rtcp-mux").length > 0) return media.port;
  const written = Number(/^\d{1,5}/u.exec(attributes(media.lines, "rtcp")[0] ?? "")?.[0]);
  return written > 0 && written <= 65535 ? written : media.port + 1;
}
