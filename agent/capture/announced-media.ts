import {
  decodeSdp,
  rtpMaps,
  attributes,
  connectionAddress,
  directionOf,
  type Direction,
  type RtpMap,
  type SdpMedia,
  type SdpSession,
} from "../../protocol/sdp/session.ts";

/** How the media of a session are kept from being overheard. */
export type MediaProtection = "none" | "sdes" | "dtls";

/** One audio stream that a session description announces: where its sender wants to hear. */
export interface AnnouncedMedia {
  readonly address: string;
  /** 0: refused. */
  readonly port: number;
  readonly rtcpPort: number;
  readonly profile: string;
  readonly maps: readonly RtpMap[];
  readonly direction: Direction;
  readonly protection: MediaProtection;
}

/** What a message's SDP announces for audio; empty where it cannot be read. */
export function announcedMedia(text: string): AnnouncedMedia[] {
  const session = decodeSdp(text);
  if (!session.ok) return [];
  return session.value.media
    .filter(({ kind }) => kind === "audio")
    .map((media) => announced(session.value, media));
}

function announced(session: SdpSession, media: SdpMedia): AnnouncedMedia {
  const rtcp = Number(/^\d{1,5}/.exec(attributes(media.lines, "rtcp")[0] ?? "")?.[0]);
  const mux = attributes(media.lines, "rtcp-mux").length > 0;
  return {
    address: connectionAddress(session, media) ?? "",
    port: media.port,
    rtcpPort: Number.isNaN(rtcp) ? media.port + (mux ? 0 : 1) : rtcp,
    profile: media.profile,
    maps: rtpMaps(media),
    direction: directionOf(session, media),
    protection: protectionOf(session, media),
  };
}

/** RFC 4568 has the key in the SDP, RFC 5763 a fingerprint; RTP/SAVP alone means a key that came another way. */
function protectionOf(session: SdpSession, media: SdpMedia): MediaProtection {
  const lines = [...session.lines, ...media.lines];
  if (attributes(lines, "fingerprint").length > 0 && media.profile.includes("TLS")) return "dtls";
  if (attributes(lines, "crypto").length > 0 || media.profile.includes("SAVP")) return "sdes";
  return "none";
}

/** Audio codecs by name, without those that carry no speech. */
export function codecNames(media: AnnouncedMedia): string[] {
  return media.maps
    .filter(({ encoding }) => !isEvent(encoding) && encoding.toUpperCase() !== "CN")
    .map(({ encoding }) => encoding);
}

export const isEvent = (encoding: string) => encoding.toLowerCase() === "telephone-event";
