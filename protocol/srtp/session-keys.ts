import { createSecretKey, type KeyObject } from "node:crypto";
import { AesCounter } from "./aes-counter.ts";
import type { SrtpMaster } from "./suite.ts";

/** What RTP or RTCP of one direction is protected with. */
export interface SessionKeys {
  readonly cipher: Uint8Array;
  /** Kept as a key: a new one from octets for each packet costs six times the tag itself. */
  readonly auth: KeyObject;
  readonly salt: Uint8Array;
}

// RFC 3711 4.3.2: labels of the key derivation.
const labels = { rtp: { cipher: 0, auth: 1, salt: 2 }, rtcp: { cipher: 3, auth: 4, salt: 5 } } as const;

/** Session keys of a master key, with no key derivation rate: once for the life of the session (RFC 3711 4.3.1). */
export function deriveSessionKeys(master: Omit<SrtpMaster, "suite">, of: "rtp" | "rtcp"): SessionKeys {
  const counter = new AesCounter(master.key);
  const derive = (label: number, length: number): Uint8Array => {
    const start = new Uint8Array(16);
    start.set(master.salt);
    start[7] = (start[7] ?? 0) ^ label;
    return Uint8Array.from(counter.stream(start, length));
  };
  const { cipher, auth, salt } = labels[of];
  return { cipher: derive(cipher, 16), auth: createSecretKey(derive(auth, 20)), salt: derive(salt, 14) };
}

/** RFC 3711 4.1.1: (salt × 2^16) ⊕ (SSRC × 2^64) ⊕ (index × 2^16). `index` has 48 bits for RTP, 31 for RTCP. */
export function counterStart(salt: Uint8Array, ssrc: number, index: number): Uint8Array {
  const start = new Uint8Array(16);
  start.set(salt);
  const view = new DataView(start.buffer);
  view.setUint32(4, view.getUint32(4) ^ ssrc);
  const high = Math.floor(index / 0x1_0000);
  view.setUint32(8, view.getUint32(8) ^ high);
  view.setUint16(12, view.getUint16(12) ^ (index & 0xffff));
  return start;
}
