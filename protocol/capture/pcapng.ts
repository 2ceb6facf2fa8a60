import { mismatch } from "../decoded.ts";
import type { CapturedPacket } from "./captured-packet.ts";
import { longestRecord, type Piece } from "./piece.ts";

// draft-ietf-opsawg-pcapng: blocks of type, length, body, length. A section header (4.1) says the octet order and
// begins the list of interfaces (4.2) anew; packets are in enhanced (4.3), simple (4.4) and the old packet blocks.

interface CaptureInterface {
  readonly linkType: number;
  /** Of the time stamp, in milliseconds. */
  readonly unit: number;
  /** Seconds to add to each time stamp (if_tsoffset). */
  readonly offset: number;
}

/** Grows while its section is read. */
export interface PcapngSection {
  littleEndian: boolean;
  interfaces: CaptureInterface[];
}

const block = { section: 0x0a0d0d0a, interface: 1, oldPacket: 2, simple: 3, enhanced: 6 } as const;

class Words {
  readonly octets: Buffer;
  readonly littleEndian: boolean;

  constructor(octets: Buffer, littleEndian: boolean) {
    this.octets = octets;
    this.littleEndian = littleEndian;
  }

  u16(at: number): number {
    return this.littleEndian ? this.octets.readUInt16LE(at) : this.octets.readUInt16BE(at);
  }

  u32(at: number): number {
    return this.littleEndian ? this.octets.readUInt32LE(at) : this.octets.readUInt32BE(at);
  }
}

export function readPcapngBlock(
  section: PcapngSection,
  octets: Buffer,
  at: number,
  next: () => number,
): Piece {
  if (octets.length - at < 12) return { kind: "wait" };
  if (octets.readUInt32LE(at) === block.section) {
    const magic = octets.readUInt32LE(at + 8);
    if (magic !== 0x1a2b3c4d && magic !== 0x4d3c2b1a)
      return {
        kind: "broken",
        ...mismatch("section header", "a byte-order magic", `0x${magic.toString(16)}`),
      };
    section.littleEndian = magic === 0x1a2b3c4d;
    section.interfaces = [];
  }
  const words = new Words(octets, section.littleEndian);
  const length = words.u32(at + 4);
  if (length < 12 || length % 4 !== 0 || length > longestRecord)
    return { kind: "broken", ...mismatch("block", "a length from 12, in fours", String(length)) };
  if (octets.length - at < length) return { kind: "wait" };
  const body = { words, start: at + 8, end: at + length - 4 };
  const type = words.u32(at);
  if (type === block.interface && length >= 20) section.interfaces.push(readInterface(body));
  const packet = readPacket(section, type, body, next);
  return { kind: "used", length, ...(packet === undefined ? {} : { packet }) };
}

interface Body {
  readonly words: Words;
  readonly start: number;
  readonly end: number;
}

function readPacket(
  section: PcapngSection,
  type: number,
  body: Body,
  next: () => number,
): CapturedPacket | undefined {
  if (type === block.enhanced) return readEnhanced(section, body, (at) => body.words.u32(at), next);
  if (type === block.oldPacket) return readEnhanced(section, body, (at) => body.words.u16(at), next);
  if (type === block.simple) return readSimple(section, body, next);
  return undefined;
}

/** Enhanced packets and old ones differ in the size of the interface's number alone: the rest stands where it stood. */
function readEnhanced(
  { interfaces }: PcapngSection,
  { words, start, end }: Body,
  interfaceNumber: (at: number) => number,
  next: () => number,
): CapturedPacket | undefined {
  if (end - start < 20) return undefined;
  const from = interfaces[interfaceNumber(start)];
  const kept = words.u32(start + 12);
  if (from === undefined || kept > end - start - 20) return undefined;
  const stamp = words.u32(start + 4) * 2 ** 32 + words.u32(start + 8);
  return {
    number: next(),
    at: stamp * from.unit + from.offset * 1000,
    linkType: from.linkType,
    data: words.octets.subarray(start + 20, start + 20 + kept),
    length: words.u32(start + 16),
  };
}

/** A simple packet has no time: it is told as 1970. */
function readSimple(
  { interfaces }: PcapngSection,
  { words, start, end }: Body,
  next: () => number,
): CapturedPacket | undefined {
  const from = interfaces[0];
  if (from === undefined || end - start < 4) return undefined;
  const length = words.u32(start);
  const kept = Math.min(length, end - start - 4);
  const data = words.octets.subarray(start + 4, start + 4 + kept);
  return { number: next(), at: 0, linkType: from.linkType, data, length };
}

const option = { end: 0, timeResolution: 9, timeOffset: 14 } as const;

function readInterface({ words, start, end }: Body): CaptureInterface {
  let unit = 1e-3;
  let offset = 0;
  for (let at = start + 8; at + 4 <= end;) {
    const code = words.u16(at);
    const length = words.u16(at + 2);
    if (code === option.end || at + 4 + length > end) break;
    if (code === option.timeResolution && length >= 1) unit = timeUnit(words.octets.readUInt8(at + 4));
    if (code === option.timeOffset && length >= 8)
      offset = signed(
        words.u32(words.littleEndian ? at + 8 : at + 4),
        words.u32(words.littleEndian ? at + 4 : at + 8),
      );
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return { linkType: words.u16(start), unit, offset };
}

/** if_tsresol: a negative power of ten, or of two where the highest bit is set. */
function timeUnit(resolution: number): number {
  const power = resolution & 0x7f;
  return 1000 * ((resolution & 0x80) === 0 ? 10 ** -power : 2 ** -power);
}

function signed(high: number, low: number): number {
  return (high | 0) * 2 ** 32 + low;
}
