import { decoded, mismatch, type Decoded } from "../decoded.ts";

// STUN messages (RFC 8489 5):
//
//  0                   1                   2                   3
// |0 0|     type (14)     |     length of what follows (16)    |
// |                  magic cookie 0x2112A442                   |
// |                  transaction id (96 bit)                   |
// then attributes: type (16), length (16), value, padding to 4 octets

export type StunClass = "request" | "indication" | "success" | "error";

export interface StunAttribute {
  readonly type: number;
  readonly value: Uint8Array;
}

export interface StunMessage {
  readonly class: StunClass;
  readonly method: number;
  /** 12 octets. */
  readonly transaction: Uint8Array;
  readonly attributes: readonly StunAttribute[];
}

export const magicCookie = 0x2112a442;
export const stunHeaderLength = 20;

/** Methods of RFC 8489 and RFC 8656. */
export const stunMethod = {
  binding: 0x001,
  allocate: 0x003,
  refresh: 0x004,
  send: 0x006,
  data: 0x007,
  createPermission: 0x008,
} as const;

/** Attributes of RFC 8489, RFC 5780 and RFC 8656. */
export const stunAttribute = {
  mappedAddress: 0x0001,
  changeRequest: 0x0003,
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedTransport: 0x0019,
  messageIntegritySha256: 0x001c,
  xorMappedAddress: 0x0020,
  padding: 0x0026,
  responsePort: 0x0027,
  software: 0x8022,
  fingerprint: 0x8028,
  responseOrigin: 0x802b,
  otherAddress: 0x802c,
} as const;

const classes: readonly StunClass[] = ["request", "indication", "success", "error"];

/** Reads one datagram. Attributes are kept in their order; what they say is read by attributes.ts. */
export function decodeStun(bytes: Uint8Array): Decoded<StunMessage> {
  if (bytes.length < stunHeaderLength) {
    return mismatch("byte 0", `at least ${stunHeaderLength} bytes`, `${bytes.length} bytes`);
  }
  const view = viewOf(bytes);
  const type = view.getUint16(0);
  if (type > 0x3fff) return mismatch("byte 0", "two zero bits", hex(type));
  if (view.getUint32(4) !== magicCookie) {
    return mismatch("byte 4", `magic cookie ${hex(magicCookie)}`, hex(view.getUint32(4)));
  }
  const length = view.getUint16(2);
  if (length % 4 !== 0) return mismatch("byte 2", "a length in steps of 4", String(length));
  if (length !== bytes.length - stunHeaderLength) {
    return mismatch("byte 2", `length ${bytes.length - stunHeaderLength}`, String(length));
  }
  const attributes = readAttributes(bytes, view);
  if (!attributes.ok) return attributes;
  return decoded({
    class: classes[((type >> 7) & 2) | ((type >> 4) & 1)] ?? "request",
    method: ((type >> 2) & 0xf80) | ((type >> 1) & 0x70) | (type & 0xf),
    transaction: bytes.slice(8, stunHeaderLength),
    attributes: attributes.value,
  });
}

function readAttributes(bytes: Uint8Array, view: DataView): Decoded<StunAttribute[]> {
  const attributes: StunAttribute[] = [];
  for (let at = stunHeaderLength; at < bytes.length;) {
    const length = view.getUint16(at + 2);
    const end = at + 4 + length;
    if (end > bytes.length) {
      return mismatch(`byte ${at + 2}`, `at most ${bytes.length - at - 4} bytes of value`, String(length));
    }
    attributes.push({ type: view.getUint16(at), value: bytes.slice(at + 4, end) });
    at = end + (-length & 3);
  }
  return decoded(attributes);
}

/** The bytes of a message; whoever wants integrity or a fingerprint adds it to them (integrity.ts). */
export function encodeStun(message: StunMessage): Uint8Array {
  const length = message.attributes.reduce((sum, { value }) => sum + 4 + paddedLength(value), 0);
  const bytes = new Uint8Array(stunHeaderLength + length);
  const view = viewOf(bytes);
  view.setUint16(0, typeOf(message));
  view.setUint16(2, length);
  view.setUint32(4, magicCookie);
  bytes.set(message.transaction, 8);
  let at = stunHeaderLength;
  for (const { type, value } of message.attributes) {
    view.setUint16(at, type);
    view.setUint16(at + 2, value.length);
    bytes.set(value, at + 4);
    at += 4 + paddedLength(value);
  }
  return bytes;
}

/** Class bits stand between those of the method (RFC 8489 figure 3). */
function typeOf({ class: kind, method }: StunMessage): number {
  const bits = classes.indexOf(kind);
  return (
    ((method & 0xf80) << 2) | ((method & 0x70) << 1) | (method & 0xf) | ((bits & 2) << 7) | ((bits & 1) << 4)
  );
}

/** The value of the first attribute of this type. */
export function attributeOf(message: StunMessage, type: number): Uint8Array | undefined {
  return message.attributes.find((each) => each.type === type)?.value;
}

function paddedLength(value: Uint8Array): number {
  return value.length + (-value.length & 3);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
