import { loopbackOf } from "../../../protocol/sdp/loopback.ts";
import {
  connectionAddress,
  decodeSdp,
  encodeSdp,
  rtpMaps,
  type SdpLine,
} from "../../../protocol/sdp/session.ts";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { g711Clock, g711PayloadType, type G711Law } from "../../../protocol/rtp/g711.ts";

const encapPayloadType = 112;

export interface OfferParts {
  readonly address: string;
  readonly port: number;
  readonly codec: G711Law;
  readonly packetTime: number;
  readonly ssrc: number;
  readonly sessionId: number;
}

/** One audio stream with packet loopback as its wish (RFC 6849 5); who does not know that sees a normal call. */
export function writeOffer(parts: OfferParts): string {
  const { address, port, codec, packetTime, ssrc, sessionId } = parts;
  const family = address.includes(":") ? "IP6" : "IP4";
  const payloadType = g711PayloadType[codec];
  const line = (type: string, value: string): SdpLine => ({ type, value });
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
        profile: "RTP/AVP",
        formats: [String(payloadType), String(encapPayloadType)],
        lines: [
          line("a", `rtpmap:${payloadType} ${codec.toUpperCase()}/${g711Clock}`),
          line("a", `rtpmap:${encapPayloadType} encaprtp/${g711Clock}`),
          line("a", `ptime:${packetTime}`),
          line("a", `ssrc:${ssrc} cname:offhook`),
          line("a", "loopback:rtp-pkt-loopback"),
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
}

/** Reads the answer to writeOffer(). No loopback role in it is no error: the call then has to be an echo. */
export function readAnswer(body: string, codec: G711Law): Decoded<FarEnd> {
  const session = decodeSdp(body);
  if (!session.ok) return session;
  const media = session.value.media[0];
  if (media === undefined || media.port === 0) {
    return mismatch("m= line 1", "an audio stream", media === undefined ? "none" : "port 0, refused");
  }
  const address = connectionAddress(session.value, media);
  if (address === undefined) return mismatch("c= line", "an address", "none that can be read");
  const { port } = media;
  const maps = rtpMaps(media);
  const wrap = maps.find((map) => map.encoding.toLowerCase() === "encaprtp");
  if (loopbackOf(media)?.role === "mirror" && wrap !== undefined) {
    return decoded({ mode: "encaprtp", address, port, payloadType: wrap.payloadType });
  }
  const payloadType = g711PayloadType[codec];
  if (!maps.some((map) => map.payloadType === payloadType)) {
    return mismatch("m= line 1", `${codec.toUpperCase()} (${payloadType})`, media.formats.join(" "));
  }
  return decoded({ mode: "echo", address, port, payloadType });
}
