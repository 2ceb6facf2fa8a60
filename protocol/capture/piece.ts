import type { Mismatch } from "../decoded.ts";
import type { CapturedPacket } from "./captured-packet.ts";

/** A record or block longer than this is damage, not a packet (the longest snap length in use is 256 KiB). */
export const longestRecord = 16 * 1024 * 1024;

/** What one look at the waiting octets gave: nothing yet, so many octets used up, or an end in damage. */
export type Piece =
  | { readonly kind: "wait" }
  | { readonly kind: "used"; readonly length: number; readonly packet?: CapturedPacket }
  | { readonly kind: "broken"; readonly why: Mismatch };
