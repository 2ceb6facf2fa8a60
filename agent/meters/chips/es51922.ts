import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { scaled, type Quantity, type Reading } from "../reading.ts";
import type { StreamingChip } from "./chip.ts";

// Cyrustek ES51922 (UNI-T UT61E): 14 octets, read as 8N1. Octets 0–11 carry 3 in the high nibble (bit 7 is the odd parity
// of the 7O1 line, dropped here), only the low nibble speaks:
//
//   0 range   1–5 digits   6 function   7 status   8 option 1   9 option 2   10 option 3   11 option 4   12, 13 CR LF

interface FunctionCode {
  readonly quantity: Quantity;
  /** Power of ten of the last digit, by range index. */
  readonly exponents: readonly (number | undefined)[];
}

const ohms = [-2, -1, 0, 1, 2, 3, 4];
const functions: Readonly<Record<number, FunctionCode>> = {
  0xb: { quantity: "voltage", exponents: [-4, -3, -2, -1, -5] },
  0xd: { quantity: "current", exponents: [-8, -7] },
  0xf: { quantity: "current", exponents: [-6, -5] },
  0x0: { quantity: "current", exponents: [-3] },
  0x9: { quantity: "current", exponents: [-4, -3, -2, -1] },
  0x3: { quantity: "resistance", exponents: ohms },
  0x5: { quantity: "continuity", exponents: ohms },
  0x1: { quantity: "diode", exponents: [-4] },
  0x2: { quantity: "frequency", exponents: [-2, -1, undefined, 0, 1, 2, 3, 4] },
  0x6: { quantity: "capacitance", exponents: [-12, -11, -10, -9, -8, -7, -6, -5] },
};

/** Largest number the display can show; a doubled byte makes 15.533 into 55.333, which this catches. */
const ceiling = 22_000;

const bit = (nibble: number, place: number) => (nibble & (1 << place)) !== 0;
const plain = (byte: number | undefined) => (byte ?? 0) & 0x7f;

function looksLikeFrame(bytes: Uint8Array): boolean {
  if (plain(bytes[12]) !== 0x0d || plain(bytes[13]) !== 0x0a) return false;
  for (let place = 0; place < 12; place += 1) if ((plain(bytes[place]) & 0x70) !== 0x30) return false;
  return true;
}

function decodeFrame(bytes: Uint8Array, afterResync: boolean): Decoded<Reading> {
  const nibbles = Array.from(bytes.subarray(0, 12), (byte) => byte & 0x0f);
  const [
    range = 0,
    d1 = 0,
    d2 = 0,
    d3 = 0,
    d4 = 0,
    d5 = 0,
    code = 0,
    status = 0,
    one = 0,
    ,
    three = 0,
    four = 0,
  ] = nibbles;
  const digits = [d1, d2, d3, d4, d5];
  if (digits.some((digit) => digit > 9))
    return mismatch("byte 1–5", "decimal digits", digits.map((d) => d.toString(16)).join(""));
  const found = functions[code];
  if (found === undefined) return mismatch("byte 6", "a function with a scale", `0x3${code.toString(16)}`);
  if (bit(three, 3) && bit(three, 2)) return mismatch("byte 10", "DC or AC", "both");
  const quantity = quantityOf(found.quantity, status, three);
  const exponent = quantity === "duty" ? -1 : exponentOf(found, quantity, range);
  if (exponent === undefined) return mismatch("byte 0", `a range of ${quantity}`, String(range));
  const counts = Number(digits.join(""));
  const overload = bit(status, 0);
  if (!overload && counts > ceiling && quantity !== "frequency" && quantity !== "duty") {
    return mismatch("byte 1–5", `at most ${ceiling} counts`, String(counts));
  }
  const sign = bit(status, 2) ? -1 : 1;
  return decoded({
    quantity,
    value: overload ? null : sign * scaled(counts, exponent),
    resolution: scaled(1, exponent),
    overload: overload ? (sign < 0 ? "-" : "+") : "none",
    coupling: bit(three, 3) ? "dc" : bit(three, 2) ? "ac" : "unknown",
    auto: bit(three, 1),
    // HOLD freezes the display and not the wire: the value is the live one.
    hold: bit(four, 1),
    max: bit(one, 3),
    min: bit(one, 2),
    relative: bit(one, 1),
    lowBattery: bit(status, 1),
    afterResync,
  });
}

/** The volts or amps key can show frequency (VAHZ), and the judge bit turns frequency into duty. */
function quantityOf(quantity: Quantity, status: number, three: number): Quantity {
  const frequency =
    quantity === "frequency" || (bit(three, 0) && (quantity === "voltage" || quantity === "current"));
  if (!frequency) return quantity;
  return bit(status, 3) ? "duty" : "frequency";
}

function exponentOf(found: FunctionCode, quantity: Quantity, range: number): number | undefined {
  return (quantity === "frequency" ? functions[0x2]?.exponents : found.exponents)?.[range];
}

export const es51922: StreamingChip = {
  kind: "streaming",
  name: "es51922",
  frameLength: 14,
  looksLikeFrame,
  decodeFrame,
};
