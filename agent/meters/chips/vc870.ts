import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { readingOf, scaled, type Coupling, type Quantity, type Reading, type Unit } from "../reading.ts";
import { bit, fixedLength, type StreamingChip } from "./chip.ts";
import { countsOf } from "./es51922.ts";

// Voltcraft VC870, by itself at 9600 8N1: 23 octets:
//
//   0 function   1 sub-function   2 range   3–7 main digits   8–12 second digits   13, 14 bar   15 status
//   16 MAX MIN MAX-MIN REL   17 OL of the second, open, MANUAL, HOLD   18, 19 options   20 two displays   21, 22 CR LF

interface FunctionCode {
  readonly quantity: Quantity;
  readonly unit?: Unit;
  readonly coupling?: Coupling;
  readonly exponents: readonly number[];
}

/** By function and sub-function. Direct and alternating current have different scales, whatever the paper says. */
const functions: Readonly<Record<string, FunctionCode>> = {
  "00": { quantity: "voltage", coupling: "dc", exponents: [-4, -3, -2, -1] },
  "01": { quantity: "voltage", coupling: "ac", exponents: [-3, -2, -1, 0] },
  "10": { quantity: "voltage", coupling: "dc", exponents: [-5] },
  "11": { quantity: "temperature", exponents: [-1] },
  "20": { quantity: "resistance", exponents: [-2, -1, 1, 2, 3, 4] },
  "21": { quantity: "continuity", exponents: [-2] },
  "30": { quantity: "capacitance", exponents: [-12, -11, -10, -9, -8, -7, -6] },
  "40": { quantity: "diode", coupling: "dc", exponents: [-4] },
  "50": { quantity: "frequency", exponents: [-3, -2, -1, 0, 1, 2, 3, 4] },
  "51": { quantity: "other", unit: "%", exponents: [-2] },
  "60": { quantity: "current", coupling: "dc", exponents: [-8, -7] },
  "61": { quantity: "current", coupling: "ac", exponents: [-7, -6] },
  "70": { quantity: "current", coupling: "dc", exponents: [-6, -5] },
  "71": { quantity: "current", coupling: "ac", exponents: [-5, -4] },
  "80": { quantity: "current", coupling: "dc", exponents: [-3] },
  "81": { quantity: "current", coupling: "ac", exponents: [-3] },
  "90": { quantity: "other", unit: "W", exponents: [-1] },
  "91": { quantity: "other", exponents: [-3] },
};

const ceiling = 40_000;

const looksLikeFrame = (bytes: Uint8Array) =>
  bytes[21] === 0x0d && bytes[22] === 0x0a && bytes.subarray(0, 21).every((byte) => (byte & 0xf0) === 0x30);

function decodeFrame(bytes: Uint8Array, afterResync: boolean): Decoded<Reading> {
  const nibble = (place: number) => (bytes[place] ?? 0) & 0x0f;
  const [range, status, one, two] = [2, 15, 16, 17].map(nibble);
  const found = functions[`${nibble(0)}${nibble(1)}`];
  const exponent = found?.exponents[range ?? 0];
  if (found === undefined || exponent === undefined)
    return mismatch("bytes 0–2", "a function and its range", `${nibble(0)}, ${nibble(1)}, ${range}`);
  const negative = bit(status, 2);
  const overload = bit(status, 0) || bit(two, 2) ? (negative ? "-" : "+") : "none";
  const counts = countsOf(bytes.subarray(3, 8));
  if (overload === "none" && counts === undefined) return mismatch("bytes 3–7", "decimal digits", "others");
  if (overload === "none" && (counts ?? 0) > ceiling && found.quantity !== "frequency")
    return mismatch("bytes 3–7", `at most ${ceiling} counts`, String(counts));
  return decoded(
    readingOf(found.quantity, {
      ...(found.unit === undefined ? {} : { unit: found.unit }),
      ...(found.coupling === undefined ? {} : { coupling: found.coupling }),
      value: overload === "none" ? scaled((negative ? -1 : 1) * (counts ?? 0), exponent) : null,
      resolution: scaled(1, exponent),
      overload,
      auto: !bit(two, 1),
      hold: bit(two, 0),
      max: bit(one, 3),
      min: bit(one, 2),
      relative: bit(one, 0),
      lowBattery: bit(status, 1),
      modes: bit(one, 1) ? ["max-min"] : [],
      afterResync,
    }),
  );
}

export const vc870: StreamingChip = {
  kind: "streaming",
  name: "vc870",
  bits: "8N1",
  longest: 23,
  lengthAt: fixedLength(23, looksLikeFrame),
  terminator: [0x0d, 0x0a],
  decodeFrame,
};
