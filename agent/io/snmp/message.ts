import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { arcLimit, maxArcs, type Arcs } from "./oid.ts";

// Reads one SNMP v1/v2c message (RFC 1157 section 4, RFC 3416 section 3):
//
//   30 len  02 version  04 community  A0–A8 len
//             02 request-id  02 error-status  02 error-index
//             30 len  { 30 len  06 name  <value> } …
//
// Written apart from snmp-native's `parse`, which takes truncated messages for whole ones and loses OIDs and
// integers whose lengths are in long form. Here every length must fit its container exactly.

/** Integers and counters, Counter64, octets (IpAddress and Opaque too), an OID as dotted text. */
export type SnmpValue = number | bigint | Uint8Array | string;

export interface Varbind {
  /** Undefined: a name that breaks RFC 2578 (arc of 2^32 and more, over 128 arcs, cut off). */
  readonly oid: Arcs | undefined;
  /** Undefined: none (null, an exception) or one that cannot be read (unknown type, impossible length). */
  readonly value: SnmpValue | undefined;
  /** noSuchObject, noSuchInstance or endOfMibView. */
  readonly exception: boolean;
}

export interface SnmpMessage {
  readonly version: number;
  readonly community: Uint8Array;
  /** 0 get, 1 get-next, 2 response, 3 set, 4 v1 trap, 5 get-bulk … */
  readonly type: number;
  readonly requestId: number;
  readonly errorStatus: number;
  readonly errorIndex: number;
  readonly varbinds: readonly Varbind[];
}

const tags = { integer: 0x02, octets: 0x04, oid: 0x06, sequence: 0x30 } as const;

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** Thrown inside this file alone, and turned into a Mismatch at its door. */
class Malformed extends Error {
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

const hex = (octet: number | undefined) =>
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

function readElement(bytes: Uint8Array, at: number, limit: number): Element {
  const tag = bytes[at];
  if (tag === undefined || at >= limit) throw new Malformed(at, "an element", "the end");
  const { length, next } = readLength(bytes, at + 1);
  if (next + length > limit) throw new Malformed(at, `at most ${limit - next} octets`, `${length}`);
  return { tag, start: next, end: next + length };
}

function expectElement(bytes: Uint8Array, at: number, limit: number, tag: number, what: string): Element {
  const element = readElement(bytes, at, limit);
  if (element.tag !== tag) throw new Malformed(at, `${what} (${hex(tag)})`, hex(element.tag));
  return element;
}

/** Two's complement; undefined when empty or beyond what a number holds exactly. */
function signed(bytes: Uint8Array): number | undefined {
  const first = bytes[0];
  if (first === undefined || bytes.length > 8) return undefined;
  let value = BigInt(first >= 0x80 ? first - 256 : first);
  for (const octet of bytes.subarray(1)) value = value * 256n + BigInt(octet);
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : undefined;
}

/** Unsigned: some agents forget the zero octet in front of a high bit, so the bit never means minus here. */
function unsigned(bytes: Uint8Array, octets: number): bigint | undefined {
  if (bytes.length === 0 || bytes.length > octets + 1) return undefined;
  if (bytes.length === octets + 1 && bytes[0] !== 0) return undefined;
  let value = 0n;
  for (const octet of bytes) value = value * 256n + BigInt(octet);
  return value;
}

function unsigned32(bytes: Uint8Array): number | undefined {
  const value = unsigned(bytes, 4);
  return value === undefined ? undefined : Number(value);
}

function readArcs(bytes: Uint8Array): Arcs | undefined {
  const numbers: number[] = [];
  let arc = 0;
  for (const [i, octet] of bytes.entries()) {
    arc = arc * 128 + (octet & 0x7f);
    if (octet >= 0x80) {
      if (arc >= arcLimit || i === bytes.length - 1) return undefined;
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

function readValue(bytes: Uint8Array, { tag, start, end }: Element): SnmpValue | undefined {
  const content = bytes.subarray(start, end);
  switch (tag) {
    case tags.integer:
      return signed(content);
    case tags.octets:
    case 0x44: // Opaque
      return Uint8Array.from(content);
    case tags.oid:
      return readArcs(content)?.join(".");
    case 0x40: // IpAddress
      return content.length === 4 ? Uint8Array.from(content) : undefined;
    case 0x41: // Counter32
    case 0x42: // Gauge32
    case 0x43: // TimeTicks
      return unsigned32(content);
    case 0x46: // Counter64
      return unsigned(content, 8);
    default: // null, exceptions, and types that have no place in a column
      return undefined;
  }
}

function readVarbind(bytes: Uint8Array, at: number, limit: number): { varbind: Varbind; next: number } {
  const pair = expectElement(bytes, at, limit, tags.sequence, "a varbind");
  const name = expectElement(bytes, pair.start, pair.end, tags.oid, "a name");
  const value = readElement(bytes, name.end, pair.end);
  if (value.end !== pair.end) throw new Malformed(value.end, "the end of the varbind", hex(bytes[value.end]));
  const exception = value.tag >= 0x80 && value.tag <= 0x82;
  const oid = readArcs(bytes.subarray(name.start, name.end));
  return { varbind: { oid, value: readValue(bytes, value), exception }, next: pair.end };
}

function readNumber(bytes: Uint8Array, at: number, limit: number, what: string) {
  const element = expectElement(bytes, at, limit, tags.integer, what);
  const value = signed(bytes.subarray(element.start, element.end));
  if (value === undefined)
    throw new Malformed(at, `${what} of 1–8 octets`, `${element.end - element.start} octets`);
  return { value, next: element.end };
}

function readMessage(bytes: Uint8Array): SnmpMessage {
  // Octets after the message are let be: some agents pad their datagrams.
  const message = expectElement(bytes, 0, bytes.length, tags.sequence, "a message");
  const version = readNumber(bytes, message.start, message.end, "a version");
  const community = expectElement(bytes, version.next, message.end, tags.octets, "a community");
  const pdu = readElement(bytes, community.end, message.end);
  if (pdu.tag < 0xa0 || pdu.tag > 0xa8) throw new Malformed(community.end, "a PDU", hex(pdu.tag));
  const requestId = readNumber(bytes, pdu.start, pdu.end, "a request id");
  const errorStatus = readNumber(bytes, requestId.next, pdu.end, "an error status");
  const errorIndex = readNumber(bytes, errorStatus.next, pdu.end, "an error index");
  const list = expectElement(bytes, errorIndex.next, pdu.end, tags.sequence, "a list of varbinds");
  const varbinds: Varbind[] = [];
  for (let at = list.start; at < list.end;) {
    const { varbind, next } = readVarbind(bytes, at, list.end);
    varbinds.push(varbind);
    at = next;
  }
  return {
    version: version.value,
    community: bytes.subarray(community.start, community.end),
    type: pdu.tag - 0xa0,
    requestId: requestId.value,
    errorStatus: errorStatus.value,
    errorIndex: errorIndex.value,
    varbinds,
  };
}

/** One datagram to a message. A varbind whose name or value cannot be read is kept with that part undefined. */
export function decodeSnmpMessage(bytes: Uint8Array): Decoded<SnmpMessage> {
  try {
    return decoded(readMessage(bytes));
  } catch (error) {
    if (error instanceof Malformed) return mismatch(`byte ${error.place}`, error.expected, error.found);
    throw error;
  }
}
