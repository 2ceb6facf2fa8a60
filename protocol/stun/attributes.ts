import { printAddress } from "../print-address.ts";
import { decoded, mismatch, type Decoded } from "../decoded.ts";
import { attributeOf, magicCookie, stunAttribute, type StunAttribute, type StunMessage } from "./message.ts";

/** An address and a port as a STUN server saw or names them. */
export interface StunAddress {
  readonly address: string;
  readonly port: number;
}

// MAPPED-ADDRESS and its kin (RFC 8489 14.1): a zero octet, the family (1 or 2), the port, the address.

/** An address attribute; undefined where the message has none of this type or it cannot be read. */
export function addressOf(message: StunMessage, type: number): StunAddress | undefined {
  const value = attributeOf(message, type);
  if (value === undefined) return undefined;
  const read = decodeAddress(isXored(type) ? xored(value, message.transaction) : value);
  return read.ok ? read.value : undefined;
}

/** Reads a plain (or already unmasked) address value. */
export function decodeAddress(value: Uint8Array): Decoded<StunAddress> {
  const family = value[1];
  const length = family === 1 ? 8 : family === 2 ? 20 : undefined;
  if (length === undefined) return mismatch("byte 1", "family 1 or 2", String(family ?? "nothing"));
  if (value.length !== length)
    return mismatch("byte 0", `${length} bytes of address`, `${value.length} bytes`);
  const port = ((value[2] ?? 0) << 8) | (value[3] ?? 0);
  return decoded({
    address: family === 1 ? value.subarray(4).join(".") : printAddress(value.subarray(4)),
    port,
  });
}

/** The attribute for an address, masked where its type asks for that. */
export function addressAttribute(type: number, at: StunAddress, transaction: Uint8Array): StunAttribute {
  const address = at.address.includes(":") ? readV6(at.address) : at.address.split(".").map(Number);
  const value = Uint8Array.of(0, address.length === 4 ? 1 : 2, at.port >> 8, at.port & 0xff, ...address);
  return { type, value: isXored(type) ? xored(value, transaction) : value };
}

function isXored(type: number): boolean {
  return (
    type === stunAttribute.xorMappedAddress ||
    type === stunAttribute.xorRelayedAddress ||
    type === stunAttribute.xorPeerAddress
  );
}

/** The port is masked by the cookie's first half, the address by the cookie and then the transaction (RFC 8489 14.2). */
function xored(value: Uint8Array, transaction: Uint8Array): Uint8Array {
  const mask = Uint8Array.of(
    (magicCookie >>> 24) & 255,
    (magicCookie >>> 16) & 255,
    (magicCookie >>> 8) & 255,
    magicCookie & 255,
    ...transaction,
  );
  return value.map((octet, at) => {
    if (at < 2) return octet;
    return octet ^ (mask[at < 4 ? at - 2 : at - 4] ?? 0);
  });
}

function readV6(text: string): number[] {
  const [head = "", tail] = (text.split("%")[0] ?? "").split("::");
  const groups = (part: string | undefined) => (part === undefined || part === "" ? [] : part.split(":"));
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** An error answer's number and reason (RFC 8489 14.8). */
export function errorOf(
  message: StunMessage,
): { readonly code: number; readonly reason: string } | undefined {
  const value = attributeOf(message, stunAttribute.errorCode);
  if (value === undefined || value.length < 4) return undefined;
  const code = ((value[2] ?? 0) & 7) * 100 + (value[3] ?? 0);
  return { code, reason: Buffer.from(value.subarray(4)).toString("utf8") };
}

/** A text attribute, such as SOFTWARE, REALM or NONCE. */
export function textOf(message: StunMessage, type: number): string | undefined {
  const value = attributeOf(message, type);
  return value === undefined ? undefined : Buffer.from(value).toString("utf8");
}

export function textAttribute(type: number, text: string): StunAttribute {
  return { type, value: Buffer.from(text, "utf8") };
}

/** A 32-bit attribute, such as LIFETIME. */
export function numberOf(message: StunMessage, type: number): number | undefined {
  const value = attributeOf(message, type);
  if (value === undefined || value.length !== 4) return undefined;
  return new DataView(value.buffer, value.byteOffset).getUint32(0);
}

export function numberAttribute(type: number, number: number): StunAttribute {
  const value = new Uint8Array(4);
  new DataView(value.buffer).setUint32(0, number);
  return { type, value };
}

/** Asks for an answer from the other address, the other port, or both (RFC 5780 7.2). */
export function changeRequest(change: { readonly address: boolean; readonly port: boolean }): StunAttribute {
  return numberAttribute(stunAttribute.changeRequest, (change.address ? 4 : 0) | (change.port ? 2 : 0));
}

/** Asks for the answer to be sent to this port of ours (RFC 5780 7.5). */
export function responsePort(port: number): StunAttribute {
  return { type: stunAttribute.responsePort, value: Uint8Array.of(port >> 8, port & 0xff) };
}

/** The port asked for by RESPONSE-PORT; 4 octets are taken too, as some write it so. */
export function responsePortOf(message: StunMessage): number | undefined {
  const value = attributeOf(message, stunAttribute.responsePort);
  if (value === undefined || (value.length !== 2 && value.length !== 4)) return undefined;
  return ((value[0] ?? 0) << 8) | (value[1] ?? 0);
}
