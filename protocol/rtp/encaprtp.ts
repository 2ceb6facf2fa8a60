import { decoded, mismatch, type Decoded } from "../decoded.ts";

// RFC 6849 section 7.1: the payload of an encaprtp packet
//
//   |           receive timestamp of the packet sent back           |
//   | F |P|X|  CC   |M|     PT      |      its sequence number      |
//   |                         its timestamp                         |
//   |                           its SSRC                            |
//   |                  CSRC, extension, payload …                   |
//
// F stands where the version stood: 00 first fragment, 11 middle, 01 last, 10 whole, so that a whole packet reads as RTP.

export type Fragment = "whole" | "first" | "middle" | "last";

export interface EncapRtp {
  /** When the mirror got the inner packet, in the inner packet's clock, from an offset of the mirror's own; 32 bits. */
  readonly receiveTimestamp: number;
  readonly fragment: Fragment;
  /** The inner packet (or its fragment) with its version back in place: what decodeRtp() reads. */
  readonly inner: Uint8Array;
}

const fragments = ["first", "last", "whole", "middle"] as const;
const rtpHeader = 12;

/** What encaprtp adds to the packet it brings back: the outer RTP header and the receive timestamp. */
export const encapRtpOverhead = rtpHeader + 4;

export function decodeEncapRtp(payload: Uint8Array): Decoded<EncapRtp> {
  if (payload.length < encapRtpOverhead) {
    return mismatch("length", `${encapRtpOverhead} octets or more`, String(payload.length));
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const inner = payload.slice(4);
  const first = view.getUint8(4);
  inner[0] = 0x80 | (first & 0x3f);
  const fragment = fragments[first >> 6] ?? "whole";
  return decoded({ receiveTimestamp: view.getUint32(0), fragment, inner });
}

export function encodeEncapRtp(encap: EncapRtp): Uint8Array {
  const payload = new Uint8Array(4 + encap.inner.length);
  new DataView(payload.buffer).setUint32(0, encap.receiveTimestamp);
  payload.set(encap.inner, 4);
  payload[4] = (fragments.indexOf(encap.fragment) << 6) | ((encap.inner[0] ?? 0) & 0x3f);
  return payload;
}
