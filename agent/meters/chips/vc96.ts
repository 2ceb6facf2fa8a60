import type { StreamingChip } from "./chip.ts";
import { fixedLength } from "./chip.ts";
import { decodeMetexText } from "./metex-text.ts";

// Voltcraft VC96, by itself at 1200 8N2: 13 characters, 0–2 mode, 3–8 number, 9–10 unit, 11, 12 CR LF.

const looksLikeFrame = (bytes: Uint8Array) =>
  bytes[11] === 0x0d &&
  bytes[12] === 0x0a &&
  bytes.subarray(0, 11).every((byte) => byte >= 0x20 && byte <= 0x7e);

/** Ohms are implied: the unit field holds the prefix alone, an upper-case K among them. */
const unitOf = (mode: string, unit: string) =>
  /^(OHM|BEP)$/i.test(mode.trim()) && /^[kM]?$/i.test(unit.trim()) ? `${unit.trim()}Ohm` : unit;

export const vc96: StreamingChip = {
  kind: "streaming",
  name: "vc96",
  bits: "8N1",
  longest: 13,
  lengthAt: fixedLength(13, looksLikeFrame),
  terminator: [0x0d, 0x0a],
  decodeFrame(bytes, afterResync) {
    const text = Buffer.from(bytes).toString("latin1");
    const mode = text.slice(0, 3);
    return decodeMetexText(
      { mode, number: text.slice(3, 9), unit: unitOf(mode, text.slice(9, 11)) },
      afterResync,
    );
  },
};
