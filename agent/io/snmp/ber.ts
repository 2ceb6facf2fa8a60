import { mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { arcLimit, maxArcs, type Arcs } from "./oid.ts";

// BER as SNMP uses it (RFC 3417 section 8). Every length must fit its container exactly. Reading throws `Malformed`,
// which `decodeWith` turns into a Mismatch: nothing else may let it out.

/** Integers and counters, Counter64, octets (IpAddress and Opaque too), an OID as dotted text. */
export type SnmpValue = number | bigint | Uint8Array | string;

export const tags = { integer: 0x02, octets: 0x04, oid: 0x06, sequence: 0x30 } as const;

export interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** Thrown while reading, and turned into a Mismatch at the door of each decoder. */
export class Malformed extends Error {
  readonly place: number;
  readonly expected: string;
  readonly found: string;
  constructor(place: number, expected: string, found: string) {
    super(expected);
    this.place = place;
    this.expected = expected;
    this.found = found;
  }
}

export const hex = (octet: number | undefined) =>
  octet === undefined ? "the end" : `0x${octet.toString(16).padStart(2, "0")}`;

function readLength(bytes: Uint8Array, at: number): { length: number; next: number } {
  const first = bytes[at];
  if (first === undefined) throw new Malformed(at, "a length", "the end");
  if (first < 0x80) return { length: first, next: at + 1 };
  const octets = first - 0x80;
  // 0x80 is the indefinite form, which SNMP forbids (RFC 3417 section 8); over 4 octets no datagram can need.
  if (octets === 0 || octets > 4) throw new Malformed(at, "a length in 1–4 octets", hex(first));
  let length = 0;
  for (let i = 1; i <= octets; i++) {
    const octet = bytes[at + i];
    if (octet === undefined) throw new Malformed(at + i, "the rest of a length", "the end");
    length = length * 256 + octet;
  }
  return { length, next: at + 1 + octets };
}

export function readElement(bytes: Uint8Array, at: number, limit: number): Element {
  const tag = bytes[at];
  if (tag === undefined || at >= limit) throw new Malformed(at, "an element", "the end");
  const short = bytes[at + 1] ?? 0x80;
  // Nearly every length is in one octet: this is the hot path of every walk.
  const { length, next } = short < 0x80 ? { length: short, next: at + 2 } : readLength(bytes, at + 1);
  if (next + length > limit) throw new Malformed(at, `at most ${limit - next} octets`, `${length}`);
  return { tag, start: next, end: next + length };
}

export function expectElement(
  bytes: Uint8Array,
  at: number,
  limit: number,
  tag: number,
  what: string,
): Element {
  const element = readElement(bytes, at, limit);
  if (element.tag !== tag) throw new Malformed(at, `${what} (${hex(tag)})`, hex(element.tag));
  return element;
}

/** Octets that a number surely holds: 48 bits. */
const plainOctets = 6;

/** Two's complement; undefined when empty or beyond what a number holds exactly. */
function signed(bytes: Uint8Array, start: number, end: number): number | undefined {
  const first = bytes[start];
  if (first === undefined || start >= end || end - start > 8) return undefined;
  const lead = first >= 0x80 ? first - 256 : first;
  if (end - start <= plainOctets) {
    let value = lead;
    for (let at = start + 1; at < end; at++) value = value * 256 + (bytes[at] ?? 0);
    return value;
  }
  let value = BigInt(lead);
  for (let at = start + 1; at < end; at++) value = value * 256n + BigInt(bytes[at] ?? 0);
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : undefined;
}

/** Whether these can be so many octets, with a zero in front of a high bit. */
function fits(bytes: Uint8Array, start: number, end: number, octets: number): boolean {
  const length = end - start;
  if (length === 0 || length > octets + 1) return false;
  return length <= octets || bytes[start] === 0;
}

function sumOf(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 256 + (bytes[at] ?? 0);
  return value;
}

/** Unsigned: some agents forget the zero octet in front of a high bit, so the bit never means minus here. */
function unsigned64(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  if (!fits(bytes, start, end, 8)) return undefined;
  const low = Math.max(start, end - 4);
  const high = sumOf(bytes, start, low);
  const rest = BigInt(sumOf(bytes, low, end));
  return high === 0 ? rest : BigInt(high) * 0x1_0000_0000n + rest;
}

function unsigned32(bytes: Uint8Array, start: number, end: number): number | undefined {
  return fits(bytes, start, end, 4) ? sumOf(bytes, start, end) : undefined;
}

/** A copy: what is kept must not hold the whole datagram. */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  for (let at = start; at < end; at++) copy[at - start] = bytes[at] ?? 0;
  return copy;
}

/** Arcs of the octets from `start` up to `end`. */
export function readArcs(bytes: Uint8Array, start = 0, end = bytes.length): Arcs | undefined {
  const numbers: number[] = [];
  let arc = 0;
  for (let at = start; at < end; at++) {
    const octet = bytes[at] ?? 0;
    arc = arc * 128 + (octet & 0x7f);
    if (octet >= 0x80) {
      if (arc >= arcLimit || at === end - 1) return undefined;
      continue;
    }
    if (arc >= arcLimit + (numbers.length === 0 ? 80 : 0) || numbers.length > maxArcs) return undefined;
    // The first number carries two arcs (X.690 section 8.19.4).
    if (numbers.length === 0) {
      const top = Math.min(2, Math.floor(arc / 40));
      numbers.push(top, arc - 40 * top);
    } else numbers.push(arc);
    arc = 0;
  }
  return numbers.length === 0 || numbers.length > maxArcs ? undefined : numbers;
}

/** The value of this tag in the octets from `start` up to `end`. */
export function readValue(bytes: Uint8Array, tag: number, start: number, end: number): SnmpValue | undefined {
  switch (tag) {
    case tags.integer:
      return signed(bytes, start, end);
    case tags.octets:
    case 0x44: // Opaque
      return copyOf(bytes, start, end);
    case tags.oid:
      return readArcs(bytes, start, end)?.join(".");
    case 0x40: // IpAddress
      return end - start === 4 ? copyOf(bytes, start, end) : undefined;
    case 0x41: // Counter32
    case 0x42: // Gauge32
    case 0x43: // TimeTicks
      return unsigned32(bytes, start, end);
    case 0x46: // Counter64
      return unsigned64(bytes, start, end);
    default: // null, exceptions, and types that have no place in a column
      return undefined;
  }
}

export function readNumber(bytes: Uint8Array, at: number, limit: number, what: string) {
  const { start, end } = expectElement(bytes, at, limit, tags.integer, what);
  const value = signed(bytes, start, end);
  if (value === undefined) throw new Malformed(at, `${what} of 1–8 octets`, `${end - start} octets`);
  return { value, next: end };
}

/** Runs a reader; what is malformed becomes a Mismatch. */
export function decodeWith<T>(read: () => T): Decoded<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (error instanceof Malformed) return mismatch(`byte ${error.place}`, error.expected, error.found);
    throw error;
  }
}
