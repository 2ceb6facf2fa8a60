import type { Decoded } from "../../../protocol/decoded.ts";
import {
  decodeWith,
  expectElement,
  hex,
  Malformed,
  readArcs,
  readNumber,
  readElement,
  tags,
} from "../snmp/ber.ts";
import { readPdu } from "../snmp/message.ts";

// Traps and informs of v1 and v2c. A v1 trap has a PDU of its own (RFC 1157 section 4.1.6):
//
//   30 len  02 version  04 community  A4 len
//             06 enterprise  40 04 agent-addr  02 generic  02 specific  43 time-stamp  30 varbinds
//
// v2c has the usual PDU as A7 (trap) or A6 (inform), whose second varbind is snmpTrapOID.0 (RFC 3416 section 4.2.6).

/** What a device announces, in any version: the notification's OID as v2c names it. */
export interface TrapMessage {
  readonly version: "1" | "2c";
  /** Undefined: a v2c notification that does not say what it is. */
  readonly oid: string | undefined;
  /** An inform: its sender waits for this datagram, and sends again without it. */
  readonly acknowledgement?: Uint8Array;
}

const snmpTrapOid = "1.3.6.1.6.3.1.1.4.1.0";
const pdus = { response: 0xa2, trapV1: 0xa4, inform: 0xa6, trap: 0xa7 } as const;
const ipAddress = 0x40;
const timeTicks = 0x43;
const enterpriseSpecific = 6;

/** RFC 3584 section 3.1: generic traps have OIDs of their own; the others hang below their enterprise with a zero between. */
function readTrapV1(bytes: Uint8Array, start: number, limit: number): string | undefined {
  const enterprise = expectElement(bytes, start, limit, tags.oid, "an enterprise");
  const address = expectElement(bytes, enterprise.end, limit, ipAddress, "an address");
  const generic = readNumber(bytes, address.end, limit, "a generic trap");
  const specific = readNumber(bytes, generic.next, limit, "a specific trap");
  const stamp = expectElement(bytes, specific.next, limit, timeTicks, "a time stamp");
  expectElement(bytes, stamp.end, limit, tags.sequence, "a list of varbinds");
  if (generic.value < 0 || generic.value > enterpriseSpecific)
    throw new Malformed(address.end, "a generic trap of 0–6", `${generic.value}`);
  if (generic.value < enterpriseSpecific) return `1.3.6.1.6.3.1.1.5.${generic.value + 1}`;
  const arcs = readArcs(bytes, enterprise.start, enterprise.end);
  return arcs === undefined ? undefined : `${arcs.join(".")}.0.${specific.value}`;
}

function readTrapV2(bytes: Uint8Array, at: number, limit: number): string | undefined {
  const { varbinds } = readPdu(bytes, at, limit);
  const named = varbinds.find(({ oid }) => oid?.join(".") === snmpTrapOid);
  return typeof named?.value === "string" ? named.value : undefined;
}

/** The same message as a response: its request id, and no error (RFC 3416 section 4.2.7). */
function acknowledge(bytes: Uint8Array, pduAt: number, end: number): Uint8Array {
  const answer = Uint8Array.from(bytes.subarray(0, end));
  answer[pduAt] = pdus.response;
  return answer;
}

/** One datagram of v1 or v2c to what it announces; anything that is no trap and no inform does not fit. */
export function decodeTrap(bytes: Uint8Array): Decoded<TrapMessage> {
  return decodeWith(() => {
    const message = expectElement(bytes, 0, bytes.length, tags.sequence, "a message");
    const version = readNumber(bytes, message.start, message.end, "a version");
    const community = expectElement(bytes, version.next, message.end, tags.octets, "a community");
    const pdu = readElement(bytes, community.end, message.end);
    if (version.value === 0 && pdu.tag === pdus.trapV1)
      return { version: "1", oid: readTrapV1(bytes, pdu.start, pdu.end) };
    if (version.value !== 1 || (pdu.tag !== pdus.trap && pdu.tag !== pdus.inform))
      throw new Malformed(
        community.end,
        "a trap or an inform",
        `${hex(pdu.tag)} of version ${version.value}`,
      );
    const oid = readTrapV2(bytes, community.end, message.end);
    if (pdu.tag === pdus.trap) return { version: "2c", oid };
    return { version: "2c", oid, acknowledgement: acknowledge(bytes, community.end, message.end) };
  });
}

/** The version a message claims, 0 v1, 1 v2c, 3 v3; undefined when it cannot be read. */
export function claimedVersion(bytes: Uint8Array): number | undefined {
  const read = decodeWith(() => {
    const message = expectElement(bytes, 0, bytes.length, tags.sequence, "a message");
    return readNumber(bytes, message.start, message.end, "a version").value;
  });
  return read.ok ? read.value : undefined;
}
