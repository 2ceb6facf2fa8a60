import { decoded, mismatch, type Decoded } from "../decoded.ts";
import { longestRecord, type Piece } from "./piece.ts";

// draft-ietf-opsawg-pcap section 4: magic, version, two unused words, snap length, link type; then per packet
// seconds, fraction, octets kept, octets on the wire.

export interface PcapForm {
  readonly littleEndian: boolean;
  /** Of the fraction, in milliseconds: 1e-3 (microseconds) or 1e-6 (nanoseconds). */
  readonly unit: number;
  readonly linkType: number;
}

const magics: ReadonlyMap<number, { readonly littleEndian: boolean; readonly unit: number }> = new Map([
  [0xa1b2c3d4, { littleEndian: true, unit: 1e-3 }],
  [0xd4c3b2a1, { littleEndian: false, unit: 1e-3 }],
  [0xa1b23c4d, { littleEndian: true, unit: 1e-6 }],
  [0x4d3cb2a1, { littleEndian: false, unit: 1e-6 }],
]);

/** The file header; undefined while it is not all there. */
export function readPcapHeader(octets: Buffer, at: number): Decoded<PcapForm> | undefined {
  const magic = octets.readUInt32LE(at);
  const form = magics.get(magic);
  if (form === undefined)
    return mismatch("magic", "that of pcap or pcapng", `0x${magic.toString(16).padStart(8, "0")}`);
  if (octets.length - at < 24) return undefined;
  // The upper bits hold the length of a frame check sequence (FCS), where one was kept.
  const linkType = word(octets, at + 20, form.littleEndian) & 0x0fff_ffff;
  return decoded({ ...form, linkType });
}

function word(octets: Buffer, at: number, littleEndian: boolean): number {
  return littleEndian ? octets.readUInt32LE(at) : octets.readUInt32BE(at);
}

export function readPcapRecord(form: PcapForm, octets: Buffer, at: number, next: () => number): Piece {
  if (octets.length - at < 16) return { kind: "wait" };
  const { littleEndian, unit, linkType } = form;
  const kept = word(octets, at + 8, littleEndian);
  if (kept > longestRecord)
    return {
      kind: "broken",
      ...mismatch("record", `a packet of at most ${longestRecord} octets`, `${kept}`),
    };
  const end = at + 16 + kept;
  if (octets.length < end) return { kind: "wait" };
  const seconds = word(octets, at, littleEndian);
  const packet = {
    number: next(),
    at: seconds * 1000 + word(octets, at + 4, littleEndian) * unit,
    linkType,
    data: octets.subarray(at + 16, end),
    length: word(octets, at + 12, littleEndian),
  };
  return { kind: "used", length: 16 + kept, packet };
}
