import { crc32 } from "node:zlib";

// One report in a spool file:
//
//   0  4  magic "OHR1"
//   4  8  seq
//  12  8  sealedAt, ms, IEEE 754 double
//  20  4  length of the payload
//  24  4  CRC-32 of octets 0–23
//  28  4  CRC-32 of the payload
//  32     payload: zstd of UTF-8 JSON
//
// All numbers big endian. The header has a checksum of its own, so that a damaged length is not taken for a torn end.

const magic = Buffer.from("OHR1", "latin1");
export const headerBytes = 32;
/** A report is at most 8 MiB unpacked; a longer payload is a damaged length. */
const longest = 16 * 1024 * 1024;

/** Where a report lies in its file. */
export interface FramePlace {
  readonly seq: number;
  readonly sealedAt: number;
  /** Of the frame, and its whole length. */
  readonly offset: number;
  readonly length: number;
}

export function encodeFrame(seq: number, sealedAt: number, payload: Uint8Array): Buffer {
  const frame = Buffer.alloc(headerBytes + payload.length);
  magic.copy(frame);
  frame.writeBigUInt64BE(BigInt(seq), 4);
  frame.writeDoubleBE(sealedAt, 12);
  frame.writeUInt32BE(payload.length, 20);
  frame.writeUInt32BE(crc32(frame.subarray(0, 24)), 24);
  frame.writeUInt32BE(crc32(payload), 28);
  frame.set(payload, headerBytes);
  return frame;
}

/** The payload of one frame that was read back; undefined when it is damaged. */
export function payloadOf(frame: Uint8Array): Uint8Array | undefined {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const header = headerAt(bytes, 0);
  if (header === undefined || header.length !== bytes.length) return undefined;
  const payload = bytes.subarray(headerBytes);
  return crc32(payload) === bytes.readUInt32BE(28) ? payload : undefined;
}

export interface SpoolFile {
  readonly frames: readonly FramePlace[];
  /** Stretches that are no frames; `headers` counts the whole headers in them. */
  readonly damage: readonly { readonly offset: number; readonly length: number; readonly headers: number }[];
}

/**
 * Every whole frame of a file, and what lies between them. A frame that the end of the file cuts short was never
 * acknowledged to anyone: a write that did not finish, and no damage.
 */
export function readFrames(file: Uint8Array): SpoolFile {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const frames: FramePlace[] = [];
  const damage: { offset: number; length: number; headers: number }[] = [];
  let at = 0;
  while (at < bytes.length) {
    const whole = wholeFrameAt(bytes, at);
    if (whole !== undefined) {
      frames.push(whole);
      at += whole.length;
      continue;
    }
    const next = nextWholeFrame(bytes, at + 1);
    if (next === undefined && isTorn(bytes, at)) break;
    const end = next ?? bytes.length;
    damage.push({ offset: at, length: end - at, headers: headersIn(bytes, at, end) });
    at = end;
  }
  return { frames, damage };
}

function headerAt(bytes: Buffer, at: number): FramePlace | undefined {
  if (bytes.length - at < headerBytes || bytes.compare(magic, 0, 4, at, at + 4) !== 0) return undefined;
  if (crc32(bytes.subarray(at, at + 24)) !== bytes.readUInt32BE(at + 24)) return undefined;
  const seq = Number(bytes.readBigUInt64BE(at + 4));
  const payload = bytes.readUInt32BE(at + 20);
  if (!Number.isSafeInteger(seq) || seq < 1 || payload > longest) return undefined;
  return { seq, sealedAt: bytes.readDoubleBE(at + 12), offset: at, length: headerBytes + payload };
}

function wholeFrameAt(bytes: Buffer, at: number): FramePlace | undefined {
  const header = headerAt(bytes, at);
  if (header === undefined || at + header.length > bytes.length) return undefined;
  const payload = bytes.subarray(at + headerBytes, at + header.length);
  return crc32(payload) === bytes.readUInt32BE(at + 28) ? header : undefined;
}

function nextWholeFrame(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(magic, from); at >= 0; at = bytes.indexOf(magic, at + 1))
    if (wholeFrameAt(bytes, at) !== undefined) return at;
  return undefined;
}

function isTorn(bytes: Buffer, at: number): boolean {
  const rest = bytes.length - at;
  if (rest < headerBytes) return bytes.compare(magic, 0, Math.min(4, rest), at, at + Math.min(4, rest)) === 0;
  const header = headerAt(bytes, at);
  return header !== undefined && at + header.length > bytes.length;
}

function headersIn(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(magic, from); at >= 0 && at < to; at = bytes.indexOf(magic, at + 1))
    if (headerAt(bytes, at) !== undefined) count += 1;
  return count;
}
