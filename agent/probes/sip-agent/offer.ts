import { encodeSdp, type SdpLine } from "../../../protocol/sdp/session.ts";

export type OfferedCodec = "g722" | "pcmu" | "pcma" | "g729" | "opus";
export const offeredCodecs: readonly OfferedCodec[] = ["g722", "pcmu", "pcma", "g729", "opus"];
export const profiles = ["RTP/AVP", "RTP/SAVP", "RTP/AVPF", "RTP/SAVPF"] as const;
export type Profile = (typeof profiles)[number];

// G.722's clock is 8000 in SDP by an old mistake (RFC 3551 4.5.2); Opus is always two channels at 48000 (RFC 7587).
const maps: Readonly<Record<OfferedCodec, { readonly payloadType: number; readonly map: string }>> = {
  g722: { payloadType: 9, map: "G722/8000" },
  pcmu: { payloadType: 0, map: "PCMU/8000" },
  pcma: { payloadType: 8, map: "PCMA/8000" },
  g729: { payloadType: 18, map: "G729/8000" },
  opus: { payloadType: 107, map: "opus/48000/2" },
};

export interface CallOffer {
  readonly address: string;
  readonly port: number;
  /** In the order of preference. */
  readonly codecs: readonly OfferedCodec[];
  readonly profile: Profile;
  readonly sessionId: number;
  /** Of RTP/SAVP: the base64 of key and salt (RFC 4568). */
  readonly key?: string;
}

/** One audio stream with these codecs; the same text again, with the same version, is a session refresh (RFC 3264 8). */
export function callOffer({ address, port, codecs, profile, sessionId, key }: CallOffer): string {
  const family = address.includes(":") ? "IP6" : "IP4";
  const line = (type: string, value: string): SdpLine => ({ type, value });
  const crypto = key === undefined ? [] : [line("a", `crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}`)];
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
        profile,
        formats: [...codecs.map((codec) => String(maps[codec].payloadType)), "101"],
        lines: [
          ...codecs.map((codec) => line("a", `rtpmap:${maps[codec].payloadType} ${maps[codec].map}`)),
          ...(codecs.includes("g729") ? [line("a", "fmtp:18 annexb=no")] : []),
          line("a", "rtpmap:101 telephone-event/8000"),
          line("a", "fmtp:101 0-15"),
          line("a", "ptime:20"),
          line("a", "sendrecv"),
          ...crypto,
        ],
      },
    ],
  });
}
