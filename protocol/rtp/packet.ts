import { decoded, mismatch, type Decoded } from "../decoded.ts";

// RFC 3550 section 5.1
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   |V=2|P|X|  CC   |M|     PT      |           sequence            |
//   |                           timestamp                           |
//   |                             SSRC                              |
//   |                      CSRC, CC times                           |
//   |   profile of the extension    |  its length in 32-bit words   |   when X is set (5.3.1)
//   |                          extension                            |
//   |                           payload                             |
//   |                                   padding     | padding count |   when P is set

export interface RtpExtension {
  /** 16 bits that the profile defines; 0xbede is RFC 8285's one-byte form. */
  readonly profile: number;
  /** A multiple of four octets. */
  readonly data: Uint8Array;
}

export interface RtpPacket {
  readonly marker: boolean;
  /** 0–127. */
  readonly payloadType: number;
  /** 16 bits. */
  readonly sequence: number;
  /** 32 bits, unsigned, in units of the payload's clock. */
  readonly timestamp: number;
  /** 32 bits, unsigned. */
  readonly ssrc: number;
  /** At most 15. */
  readonly csrc: readonly number[];
  readonly extension?: RtpExtension;
  readonly payload: Uint8Array;
  /** Octets of padding, its count octet included; 0: no padding. */
  readonly padding: number;
}

const fixedHeader = 12;

/** Reads one RTP packet (RFC 3550 5.1). The payload and extension are views into `bytes`. */
export function decodeRtp(bytes: Uint8Array): Decoded<RtpPacket> {
  if (bytes.length < fixedHeader) return mismatch("length", "12 octets or more", String(bytes.length));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = view.getUint8(0);
  if (first >> 6 !== 2) return mismatch("byte 0", "version 2", `version ${first >> 6}`);
  const csrcEnd = fixedHeader + 4 * (first & 0x0f);
  if (csrcEnd > bytes.length) return tooShort("byte 12", csrcEnd, bytes.length);
  const extension = (first & 0x10) === 0 ? decoded(undefined) : decodeExtension(view, csrcEnd);
  if (!extension.ok) return extension;
  const payloadStart = csrcEnd + (extension.value === undefined ? 0 : 4 + extension.value.data.length);
  const padding = (first & 0x20) === 0 ? 0 : view.getUint8(bytes.length - 1);
  const room = bytes.length - payloadStart;
  if ((first & 0x20) !== 0 && (padding === 0 || padding > room)) {
    return mismatch(`byte ${bytes.length - 1}`, `a padding count from 1 to ${room}`, String(padding));
  }
  return decoded({
    marker: (view.getUint8(1) & 0x80) !== 0,
    payloadType: view.getUint8(1) & 0x7f,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    csrc: words(view, fixedHeader, csrcEnd),
    ...(extension.value === undefined ? {} : { extension: extension.value }),
    payload: bytes.subarray(payloadStart, bytes.length - padding),
    padding,
  });
}

function decodeExtension(view: DataView, at: number): Decoded<RtpExtension> {
  if (at + 4 > view.byteLength) return tooShort(`byte ${at}`, at + 4, view.byteLength);
  const end = at + 4 + 4 * view.getUint16(at + 2);
  if (end > view.byteLength) return tooShort(`byte ${at + 2}`, end, view.byteLength);
  const data = new Uint8Array(view.buffer, view.byteOffset + at + 4, end - at - 4);
  return decoded({ profile: view.getUint16(at), data });
}

function tooShort(place: string, needed: number, length: number) {
  return mismatch(place, `a packet of ${needed} octets or more`, `${length} octets`);
}

function words(view: DataView, from: number, to: number): number[] {
  const found: number[] = [];
  for (let at = from; at < to; at += 4) found.push(view.getUint32(at));
  return found;
}

/** What a sender chooses when it needs neither CSRC, extension nor padding. */
export type PlainRtp = Omit<RtpPacket, "csrc" | "padding" | "extension"> &
  Partial<Pick<RtpPacket, "csrc" | "padding" | "extension">>;

/**
 * Writes one RTP packet; numbers are taken modulo their field's width, so that counters may run on.
 *
 * @throws RangeError for more than 15 CSRC, an extension that is not whole words, or padding above 255: our bugs.
 */
export function encodeRtp(packet: PlainRtp): Uint8Array {
  const csrc = packet.csrc ?? [];
  const padding = packet.padding ?? 0;
  const extension = packet.extension;
  if (csrc.length > 15) throw new RangeError(`${csrc.length} CSRC, max 15`);
  if (padding < 0 || padding > 255) throw new RangeError(`padding is ${padding}, max 255`);
  if (extension !== undefined && extension.data.length % 4 !== 0) {
    throw new RangeError(`extension is ${extension.data.length} octets, not whole 32-bit words`);
  }
  const extensionAt = fixedHeader + 4 * csrc.length;
  const payloadAt = extensionAt + (extension === undefined ? 0 : 4 + extension.data.length);
  const bytes = new Uint8Array(payloadAt + packet.payload.length + padding);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 0x80 | (padding > 0 ? 0x20 : 0) | (extension === undefined ? 0 : 0x10) | csrc.length);
  view.setUint8(1, (packet.marker ? 0x80 : 0) | (packet.payloadType & 0x7f));
  view.setUint16(2, packet.sequence);
  view.setUint32(4, packet.timestamp);
  view.setUint32(8, packet.ssrc);
  for (const [index, source] of csrc.entries()) view.setUint32(fixedHeader + 4 * index, source);
  if (extension !== undefined) {
    view.setUint16(extensionAt, extension.profile);
    view.setUint16(extensionAt + 2, extension.data.length / 4);
    bytes.set(extension.data, extensionAt + 4);
  }
  bytes.set(packet.payload, payloadAt);
  if (padding > 0) view.setUint8(bytes.length - 1, padding);
  return bytes;
}
