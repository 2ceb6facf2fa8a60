import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { readingOf, scaled, type Coupling, type Quantity, type Reading } from "../reading.ts";
import { bit, fixedLength, type StreamingChip } from "./chip.ts";

// Cyrustek ES51922 (UNI-T UT61E): 14 octets on a 7O1 line. Octets 0–11 carry 3 in the high nibble, only the low nibble
// speaks:
//
//   0 range   1–5 digits   6 function   7 status   8 option 1   9 option 2   10 option 3   11 option 4   12, 13 CR LF

interface FunctionCode {
  readonly quantity: Quantity;
  /** Power of ten of the last digit, by range index. */
  readonly exponents: readonly (number | undefined)[];
}

const ohms = [-2, -1, 0, 1, 2, 3, 4];
const hertz = [-2, -1, undefined, 0, 1, 2, 3, 4];
const functions: Readonly<Record<number, FunctionCode>> = {
  0xb: { quantity: "voltage", exponents: [-4, -3, -2, -1, -5] },
  0xd: { quantity: "current", exponents: [-8, -7] },
  0xf: { quantity: "current", exponents: [-6, -5] },
  0x0: { quantity: "current", exponents: [-3] },
  0x9: { quantity: "current", exponents: [-4, -3, -2, -1] },
  0x3: { quantity: "resistance", exponents: ohms },
  0x5: { quantity: "continuity", exponents: ohms },
  0x1: { quantity: "diode", exponents: [-4] },
  0x2: { quantity: "frequency", exponents: hertz },
  0x6: { quantity: "capacitance", exponents: [-12, -11, -10, -9, -8, -7, -6, -5] },
};

/** Largest number the display can show; a doubled byte makes 15.533 into 55.333, which this catches. */
const ceiling = 22_000;

function looksLikeFrame(bytes: Uint8Array): boolean {
  if (bytes[12] !== 0x0d || bytes[13] !== 0x0a) return false;
  for (let place = 0; place < 12; place += 1) if (((bytes[place] ?? 0) & 0x70) !== 0x30) return false;
  return true;
}

function decodeFrame(bytes: Uint8Array, afterResync: boolean): Decoded<Reading> {
  const nibble = (place: number) => (bytes[place] ?? 0) & 0x0f;
  const [code, status, one, two, three, four] = [6, 7, 8, 9, 10, 11].map(nibble);
  const found = functions[code ?? 0];
  if (found === undefined)
    return mismatch("byte 6", "a function with a scale", `0x3${nibble(6).toString(16)}`);
  if (bit(two, 0) || bit(four, 3))
    return mismatch("bytes 9, 11", "bits that are always 0", "one of them set");
  if (bit(three, 3) && bit(three, 2)) return mismatch("byte 10", "DC or AC", "both");
  const quantity = quantityOf(found.quantity, status, three);
  const exponent = quantity === "duty" ? -1 : exponentOf(found, quantity, nibble(0));
  if (exponent === undefined) return mismatch("byte 0", `a range of ${quantity}`, String(nibble(0)));
  const negative = bit(status, 2);
  const overload = bit(status, 0) ? (negative ? "-" : "+") : bit(two, 3) ? "-" : "none";
  const counts = countsOf(bytes.subarray(1, 6));
  // The digits under OL are noise.
  if (overload === "none" && counts === undefined) return mismatch("bytes 1–5", "decimal digits", "another");
  if (overload === "none" && (counts ?? 0) > ceiling && quantity !== "frequency" && quantity !== "duty")
    return mismatch("bytes 1–5", `at most ${ceiling} counts`, String(counts));
  return decoded(
    readingOf(quantity, {
      value: overload === "none" ? scaled((negative ? -1 : 1) * (counts ?? 0), exponent) : null,
      resolution: scaled(1, exponent),
      overload,
      coupling: couplingOf(quantity, three),
      auto: bit(three, 1),
      // HOLD freezes the display and not the wire: the value is the live one.
      hold: bit(four, 1),
      max: bit(one, 3) || bit(two, 2),
      min: bit(one, 2) || bit(two, 1),
      relative: bit(one, 1),
      lowBattery: bit(status, 1),
      afterResync,
    }),
  );
}

/** Digits as a number; undefined when one is none. */
export function countsOf(digits: Uint8Array): number | undefined {
  let counts = 0;
  for (const digit of digits) {
    if (digit < 0x30 || digit > 0x39) return undefined;
    counts = counts * 10 + digit - 0x30;
  }
  return counts;
}

function couplingOf(quantity: Quantity, three: number | undefined): Coupling {
  if (quantity === "diode" || bit(three, 3)) return "dc";
  return bit(three, 2) ? "ac" : "unknown";
}

/** The volts or amps key can show frequency (VAHZ), and the judge bit turns frequency into duty. */
function quantityOf(quantity: Quantity, status: number | undefined, three: number | undefined): Quantity {
  const frequency =
    quantity === "frequency" || (bit(three, 0) && (quantity === "voltage" || quantity === "current"));
  if (!frequency) return quantity;
  return bit(status, 3) ? "duty" : "frequency";
}

function exponentOf(found: FunctionCode, quantity: Quantity, range: number): number | undefined {
  return (quantity === "frequency" ? hertz : found.exponents)[range];
}

export const es51922: StreamingChip = {
  kind: "streaming",
  name: "es51922",
  bits: "7O1",
  longest: 14,
  lengthAt: fixedLength(14, looksLikeFrame),
  terminator: [0x0d, 0x0a],
  decodeFrame,
};
