import { decoded, mismatch, type Decoded } from "../decoded.ts";
import { printAddress } from "../print-address.ts";

// PCP PEER (RFC 6887 12): asks a router for the external side of a mapping towards one far end, which a packet to there
// has made before. Unlike MAP it opens nothing to others.
//
//   0 version 2 | 1 opcode, + 128 in answers | 3 result | 4 lifetime (4) | 8 client (16), in answers epoch (4) and zeros
//  24 nonce (12) | 36 protocol | 40 internal port (2) | 42 external port (2) | 44 external address (16)
//  60 peer's port (2) | 64 peer's address (16)

export interface PcpPeer {
  /** 12 octets that the answer repeats. */
  readonly nonce: Uint8Array;
  /** Ours; IPv4. */
  readonly local: { readonly address: string; readonly port: number };
  readonly peer: { readonly address: string; readonly port: number };
  /** How long the mapping shall last, s. */
  readonly lifetime: number;
}

const version = 2;
const opcode = 2;
const answer = 128;
const udp = 17;
const length = 80;

export function encodePcpPeer({ nonce, local, peer, lifetime }: PcpPeer): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set([version, opcode]);
  view.setUint32(4, lifetime);
  bytes.set(mapped(local.address), 8);
  bytes.set(nonce.subarray(0, 12), 24);
  bytes[36] = udp;
  view.setUint16(40, local.port);
  // Any external port and address: of the family that the client has (RFC 6887 5).
  bytes.set(mapped("0.0.0.0"), 44);
  view.setUint16(60, peer.port);
  bytes.set(mapped(peer.address), 64);
  return bytes;
}

export type PcpAnswer =
  | { readonly kind: "address"; readonly address: string; readonly port: number }
  /** RFC 6887 7.4; fields of such an answer are copies of the request's. */
  | { readonly kind: "refused"; readonly result: number };

/** The answer to a PEER request with this nonce. */
export function decodePcpPeerAnswer(bytes: Uint8Array, nonce: Uint8Array): Decoded<PcpAnswer> {
  if (bytes.length < 24) return mismatch("byte 0", "an answer of PCP", `${bytes.length} bytes`);
  if (bytes[0] !== version) return mismatch("byte 0", `version ${version}`, String(bytes[0]));
  const result = bytes[3] ?? 0;
  if (result !== 0) return decoded({ kind: "refused", result });
  if (bytes[1] !== answer + opcode) return mismatch("byte 1", "an answer to PEER", String(bytes[1]));
  if (bytes.length < length) return mismatch("byte 24", "56 bytes of PEER", `${bytes.length} bytes in all`);
  if (nonce.some((octet, at) => bytes[24 + at] !== octet))
    return mismatch("byte 24", "the nonce of the request", "another");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return decoded({ kind: "address", address: unmapped(bytes.subarray(44, 60)), port: view.getUint16(42) });
}

/** `::ffff:a.b.c.d`, as PCP writes IPv4. */
function mapped(address: string): Uint8Array {
  return Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...address.split(".").map(Number));
}

function unmapped(octets: Uint8Array): string {
  const isV4 = octets.subarray(0, 12).every((octet, at) => octet === (at < 10 ? 0 : 255));
  return printAddress(isV4 ? octets.subarray(12) : octets);
}
