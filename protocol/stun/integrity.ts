import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Secret } from "../secret.ts";
import { stunAttribute, stunHeaderLength } from "./message.ts";

// MESSAGE-INTEGRITY and FINGERPRINT (RFC 8489 14.5–14.7) are computed over the bytes before them, with the header's
// length counted as if the message ended behind the attribute itself.

export type IntegrityHash = "sha1" | "sha256";
const hashes = {
  sha1: { type: stunAttribute.messageIntegrity, length: 20 },
  sha256: { type: stunAttribute.messageIntegritySha256, length: 32 },
} as const;
const fingerprintMask = 0x5354554e;

/** The key of a long-term credential: MD5 of user, realm and password (RFC 8489 9.2.2). */
export function longTermKey(user: string, realm: string, password: Secret): Uint8Array {
  return createHash("md5").update(`${user}:${realm}:${password.reveal()}`).digest();
}

export function withIntegrity(
  message: Uint8Array,
  key: Uint8Array,
  hash: IntegrityHash = "sha1",
): Uint8Array {
  const { type, length } = hashes[hash];
  const head = withLength(message, message.length + 4 + length);
  return withAttribute(head, type, createHmac(hash, key).update(head).digest());
}

export function withFingerprint(message: Uint8Array): Uint8Array {
  const head = withLength(message, message.length + 8);
  return withAttribute(head, stunAttribute.fingerprint, fingerprintOf(head));
}

export type IntegrityVerdict = "right" | "wrong" | "absent";

/** Is the message signed with this key? Attributes behind the signature do not count. */
export function checkIntegrity(
  message: Uint8Array,
  key: Uint8Array,
  hash: IntegrityHash = "sha1",
): IntegrityVerdict {
  const { type, length } = hashes[hash];
  const at = placeOf(message, type);
  if (at === undefined) return "absent";
  const head = withLength(message.subarray(0, at), at + 4 + length);
  return sameBytes(message.subarray(at + 4, at + 4 + length), createHmac(hash, key).update(head).digest());
}

export function checkFingerprint(message: Uint8Array): IntegrityVerdict {
  const at = placeOf(message, stunAttribute.fingerprint);
  if (at === undefined) return "absent";
  const head = withLength(message.subarray(0, at), at + 8);
  return sameBytes(message.subarray(at + 4, at + 8), fingerprintOf(head));
}

function sameBytes(found: Uint8Array, expected: Uint8Array): IntegrityVerdict {
  return found.length === expected.length && timingSafeEqual(found, expected) ? "right" : "wrong";
}

/** Where the first attribute of this type begins. */
function placeOf(message: Uint8Array, type: number): number | undefined {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  for (let at = stunHeaderLength; at + 4 <= message.length;) {
    if (view.getUint16(at) === type) return at;
    const length = view.getUint16(at + 2);
    at += 4 + length + (-length & 3);
  }
  return undefined;
}

function withLength(message: Uint8Array, end: number): Uint8Array {
  const copy = message.slice();
  new DataView(copy.buffer).setUint16(2, end - stunHeaderLength);
  return copy;
}

function withAttribute(head: Uint8Array, type: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([head, Uint8Array.of(type >> 8, type & 255, 0, value.length), value]);
}

function fingerprintOf(bytes: Uint8Array): Uint8Array {
  const value = new Uint8Array(4);
  new DataView(value.buffer).setUint32(0, (crc32(bytes) ^ fingerprintMask) >>> 0);
  return value;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, octet) => {
  let value = octet;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 of ITU V.42, as RFC 8489 14.7 asks for. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const octet of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ octet) & 255] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}
