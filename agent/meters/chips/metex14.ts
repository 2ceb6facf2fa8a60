import { mismatch, type Decoded } from "../../../protocol/decoded.ts";
import type { Reading } from "../reading.ts";
import type { RequestedChip } from "./chip.ts";
import { decodeMetexText } from "./metex-text.ts";

// Metex, Mastech, Voltcraft M- and ME-, PeakTech: one octet `D` asks, 13 characters and CR answer, on a 7N2 line:
//
//   0–1 mode   2–8 number with sign and point   9–12 unit, blanks anywhere inside the fields   13 CR

const frameLength = 14;

function looksLikeFrame(bytes: Uint8Array): boolean {
  for (let place = 0; place < 13; place += 1) {
    const byte = bytes[place] ?? 0;
    if (byte < 0x20 || byte > 0x7e) return false;
  }
  if (bytes[13] === 0x0d) return true;
  // In temperature mode some send a blank instead of the CR.
  return bytes[13] === 0x20 && bytes[0] === 0x54 && bytes[1] === 0x45;
}

function decodeFrame(bytes: Uint8Array, afterResync: boolean): Decoded<Reading> {
  const text = Buffer.from(bytes).toString("latin1");
  return decodeMetexText(
    { mode: text.slice(0, 2), number: text.slice(2, 9), unit: text.slice(9, 13) },
    afterResync,
  );
}

const shared = {
  kind: "requested",
  bits: "7N2",
  terminator: [0x0d],
  request: Uint8Array.of(0x44),
  // A frame alone takes 233 ms at 600 baud. Faster requests than this break an M-3650CR or an ME-42.
  timeout: 1500,
  pause: 250,
} as const;

export const metex14: RequestedChip = {
  ...shared,
  name: "metex14",
  longest: frameLength,
  lengthAt: (bytes) => (bytes.length < frameLength || looksLikeFrame(bytes) ? frameLength : 0),
  decodeFrame,
};

/** Four displays in one answer, 4 × 14 octets (Metex M-3860M, PeakTech 4390A); the first is the main one. */
export const metex4x14: RequestedChip = {
  ...shared,
  name: "metex4x14",
  longest: 4 * frameLength,
  lengthAt(bytes) {
    if (bytes.length < 4 * frameLength) return 4 * frameLength;
    const whole = [0, 1, 2, 3].every((part) =>
      looksLikeFrame(bytes.subarray(part * frameLength, (part + 1) * frameLength)),
    );
    return whole ? 4 * frameLength : 0;
  },
  decodeFrame(bytes, afterResync) {
    const main = decodeFrame(bytes.subarray(0, frameLength), afterResync);
    return main.ok ? main : mismatch(`display 1, ${main.why.place}`, main.why.expected, main.why.found);
  },
};
