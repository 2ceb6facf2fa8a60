import type { Decoded } from "../../../protocol/decoded.ts";
import { decodeWith, expectElement, hex, Malformed, readElement, readNumber, tags } from "./ber.ts";
import { readPdu, type SnmpPdu } from "./message.ts";

// Reads one SNMP v3 message up to its scoped PDU (RFC 3412 section 6, RFC 3414 section 2.4):
//
//   30 len  02 version (3)
//           30 len { 02 msg-id  02 max-size  04 01 flags  02 security model (3: USM) }
//           04 len { 30 len { 04 engine-id  02 boots  02 time  04 user  04 digest  04 salt } }
//           30 len { 04 context-engine  04 context  A2|A8 PDU }   or, encrypted,   04 len …

export interface V3Frame {
  readonly messageId: number;
  /** 1 authenticated, 2 encrypted, 4 wants a report. */
  readonly flags: number;
  readonly engineId: Uint8Array;
  readonly boots: number;
  readonly time: number;
  readonly user: string;
  /** Where the digest stands, for taking it out before it is worked out anew. */
  readonly digest: { readonly start: number; readonly end: number };
  readonly salt: Uint8Array;
  /** The scoped PDU as it came: encrypted when flag 2 is set. */
  readonly scoped: Uint8Array;
}

export const v3Flags = { auth: 1, priv: 2 } as const;
const usm = 3;

function readHeader(bytes: Uint8Array, at: number, limit: number) {
  const header = expectElement(bytes, at, limit, tags.sequence, "a header");
  const messageId = readNumber(bytes, header.start, header.end, "a message id");
  const maxSize = readNumber(bytes, messageId.next, header.end, "a largest size");
  const flags = expectElement(bytes, maxSize.next, header.end, tags.octets, "flags");
  if (flags.end - flags.start !== 1)
    throw new Malformed(flags.start, "flags of 1 octet", `${flags.end - flags.start}`);
  const model = readNumber(bytes, flags.end, header.end, "a security model");
  if (model.value !== usm) throw new Malformed(flags.end, "security model 3 (USM)", `${model.value}`);
  return { messageId: messageId.value, flags: bytes[flags.start] ?? 0, next: header.end };
}

function readSecurity(bytes: Uint8Array, at: number, limit: number) {
  const outer = expectElement(bytes, at, limit, tags.octets, "security parameters");
  const inner = expectElement(bytes, outer.start, outer.end, tags.sequence, "USM parameters");
  const octets = (from: number, what: string) => expectElement(bytes, from, inner.end, tags.octets, what);
  const engine = octets(inner.start, "an engine id");
  const boots = readNumber(bytes, engine.end, inner.end, "engine boots");
  const time = readNumber(bytes, boots.next, inner.end, "an engine time");
  const user = octets(time.next, "a user");
  const digest = octets(user.end, "a digest");
  const salt = octets(digest.end, "a salt");
  return {
    engineId: bytes.subarray(engine.start, engine.end),
    boots: boots.value,
    time: time.value,
    user: Buffer.from(bytes.subarray(user.start, user.end)).toString("utf8"),
    digest: { start: digest.start, end: digest.end },
    salt: bytes.subarray(salt.start, salt.end),
    next: outer.end,
  };
}

function readFrame(bytes: Uint8Array): V3Frame {
  const message = expectElement(bytes, 0, bytes.length, tags.sequence, "a message");
  const version = readNumber(bytes, message.start, message.end, "a version");
  if (version.value !== 3) throw new Malformed(message.start, "version 3", `${version.value}`);
  const { messageId, flags, next } = readHeader(bytes, version.next, message.end);
  const { next: at, ...security } = readSecurity(bytes, next, message.end);
  const encrypted = (flags & v3Flags.priv) !== 0;
  const scoped = readElement(bytes, at, message.end);
  const tag = encrypted ? tags.octets : tags.sequence;
  if (scoped.tag !== tag) throw new Malformed(at, `a scoped PDU (${hex(tag)})`, hex(scoped.tag));
  return {
    messageId,
    flags,
    ...security,
    scoped: encrypted ? bytes.subarray(scoped.start, scoped.end) : bytes.subarray(at, scoped.end),
  };
}

/** One datagram to its parts; nothing is verified or decrypted. */
export function decodeV3Frame(bytes: Uint8Array): Decoded<V3Frame> {
  return decodeWith(() => readFrame(bytes));
}

function readScoped(bytes: Uint8Array): SnmpPdu {
  const scoped = expectElement(bytes, 0, bytes.length, tags.sequence, "a scoped PDU");
  const engine = expectElement(bytes, scoped.start, scoped.end, tags.octets, "a context engine");
  const context = expectElement(bytes, engine.end, scoped.end, tags.octets, "a context");
  return readPdu(bytes, context.end, scoped.end);
}

/** The PDU inside a scoped PDU in plain. */
export function decodeScopedPdu(bytes: Uint8Array): Decoded<SnmpPdu> {
  return decodeWith(() => readScoped(bytes));
}
