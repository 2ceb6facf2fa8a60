import type { Decoded } from "../../../protocol/decoded.ts";
import {
  decodeWith,
  expectElement,
  hex,
  Malformed,
  readArcs,
  readElement,
  readNumber,
  readValue,
  tags,
  type SnmpValue,
} from "./ber.ts";
import type { Arcs } from "./oid.ts";

export type { SnmpValue } from "./ber.ts";

// Reads one SNMP v1/v2c message (RFC 1157 section 4, RFC 3416 section 3):
//
//   30 len  02 version  04 community  A0–A8 len
//             02 request-id  02 error-status  02 error-index
//             30 len  { 30 len  06 name  <value> } …
//
// Written apart from snmp-native's `parse`, which takes truncated messages for whole ones and loses OIDs and
// integers whose lengths are in long form. Here every length must fit its container exactly.

export interface Varbind {
  /** Undefined: a name that breaks RFC 2578 (arc of 2^32 and more, over 128 arcs, cut off). */
  readonly oid: Arcs | undefined;
  /** Undefined: none (null, an exception) or one that cannot be read (unknown type, impossible length). */
  readonly value: SnmpValue | undefined;
  /** noSuchObject, noSuchInstance or endOfMibView. */
  readonly exception: boolean;
}

/** What one PDU says, whatever the version of the message around it. */
export interface SnmpPdu {
  /** 0 get, 1 get-next, 2 response, 3 set, 4 v1 trap, 5 get-bulk, 8 report … */
  readonly type: number;
  readonly requestId: number;
  readonly errorStatus: number;
  readonly errorIndex: number;
  readonly varbinds: readonly Varbind[];
}

export interface SnmpMessage extends SnmpPdu {
  readonly version: number;
  readonly community: Uint8Array;
}

const isException = (tag: number) => tag >= 0x80 && tag <= 0x82;

function readVarbind(bytes: Uint8Array, at: number, limit: number): { varbind: Varbind; next: number } {
  const pair = expectElement(bytes, at, limit, tags.sequence, "a varbind");
  const name = expectElement(bytes, pair.start, pair.end, tags.oid, "a name");
  const value = readElement(bytes, name.end, pair.end);
  if (value.end !== pair.end) throw new Malformed(value.end, "the end of the varbind", hex(bytes[value.end]));
  const oid = readArcs(bytes, name.start, name.end);
  const varbind = {
    oid,
    value: readValue(bytes, value.tag, value.start, value.end),
    exception: isException(value.tag),
  };
  return { varbind, next: pair.end };
}

/**
 * A varbind whose three lengths are in one octet each, as nearly all are, and fit; anything else is left to the reader
 * that can say what is wrong with it. A walk reads thousands: this one makes nothing but the varbind.
 */
function readShortVarbind(bytes: Uint8Array, at: number, limit: number): Varbind | undefined {
  const end = at + 2 + (bytes[at + 1] ?? 0x80);
  const nameLength = bytes[at + 3] ?? 0x80;
  const valueAt = at + 4 + nameLength;
  const isShort = (bytes[at + 1] ?? 0x80) < 0x80 && nameLength < 0x80 && (bytes[valueAt + 1] ?? 0x80) < 0x80;
  if (!isShort || end > limit || bytes[at] !== tags.sequence || bytes[at + 2] !== tags.oid) return undefined;
  const start = valueAt + 2;
  if (start + (bytes[valueAt + 1] ?? 0) !== end) return undefined;
  const tag = bytes[valueAt] ?? 0;
  return {
    oid: readArcs(bytes, at + 4, valueAt),
    value: readValue(bytes, tag, start, end),
    exception: isException(tag),
  };
}

/** The PDU that begins at `at`. @throws Malformed */
export function readPdu(bytes: Uint8Array, at: number, limit: number): SnmpPdu {
  const pdu = readElement(bytes, at, limit);
  if (pdu.tag < 0xa0 || pdu.tag > 0xa8) throw new Malformed(at, "a PDU", hex(pdu.tag));
  const requestId = readNumber(bytes, pdu.start, pdu.end, "a request id");
  const errorStatus = readNumber(bytes, requestId.next, pdu.end, "an error status");
  const errorIndex = readNumber(bytes, errorStatus.next, pdu.end, "an error index");
  const list = expectElement(bytes, errorIndex.next, pdu.end, tags.sequence, "a list of varbinds");
  const varbinds: Varbind[] = [];
  for (let at = list.start; at < list.end;) {
    const short = readShortVarbind(bytes, at, list.end);
    if (short === undefined) {
      const { varbind, next } = readVarbind(bytes, at, list.end);
      varbinds.push(varbind);
      at = next;
    } else {
      varbinds.push(short);
      at += 2 + (bytes[at + 1] ?? 0);
    }
  }
  return {
    type: pdu.tag - 0xa0,
    requestId: requestId.value,
    errorStatus: errorStatus.value,
    errorIndex: errorIndex.value,
    varbinds,
  };
}

function readMessage(bytes: Uint8Array): SnmpMessage {
  // Octets after the message are let be: some agents pad their datagrams.
  const message = expectElement(bytes, 0, bytes.length, tags.sequence, "a message");
  const version = readNumber(bytes, message.start, message.end, "a version");
  const community = expectElement(bytes, version.next, message.end, tags.octets, "a community");
  return {
    version: version.value,
    community: bytes.subarray(community.start, community.end),
    ...readPdu(bytes, community.end, message.end),
  };
}

/** One datagram to a message. A varbind whose name or value cannot be read is kept with that part undefined. */
export function decodeSnmpMessage(bytes: Uint8Array): Decoded<SnmpMessage> {
  return decodeWith(() => readMessage(bytes));
}
