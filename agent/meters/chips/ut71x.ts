import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { readingOf, scaled, type Coupling, type Quantity, type Reading, type Unit } from "../reading.ts";
import { bit, fixedLength, type ModelFacts, type StreamingChip } from "./chip.ts";
import { countsOf } from "./es51922.ts";

// UNI-T UT71A–E, UT804 and their Voltcraft and Tenma sisters: 11 octets on a 7O1 line:
//
//   0–4 digits   5 range   6 function   7 AC, DC   8 AUTO, MANUAL, minus   9, 10 CR LF
//
// No hold, min, max, rel or battery bits: those are unknown, never false.

interface FunctionCode {
  readonly quantity: Quantity;
  readonly unit?: Unit;
  readonly coupling?: Coupling;
  /** Power of ten of the last of five digits, by range. */
  readonly exponents: readonly (number | undefined)[];
}

const volts = [undefined, -4, -3, -2, -1];
const functions: readonly FunctionCode[] = [
  { quantity: "voltage", coupling: "ac", exponents: [-5] },
  { quantity: "voltage", coupling: "dc", exponents: volts },
  { quantity: "voltage", coupling: "ac", exponents: volts },
  { quantity: "voltage", coupling: "dc", exponents: [-5] },
  { quantity: "resistance", exponents: [undefined, -2, -1, 0, 1, 2, 3] },
  { quantity: "capacitance", exponents: [undefined, -12, -11, -10, -9, -8, -7, -6] },
  { quantity: "temperature", exponents: [-1] },
  { quantity: "current", exponents: [-8, -7] },
  { quantity: "current", exponents: [-6, -5] },
  { quantity: "current", exponents: [undefined, -3] },
  { quantity: "continuity", exponents: [-1] },
  { quantity: "diode", exponents: [-4] },
  { quantity: "frequency", exponents: [-3, -2, -1, 0, 1, 2, 3, 4] },
  { quantity: "temperature", unit: "F_deg", exponents: [-1] },
  { quantity: "other", unit: "W", exponents: [0] },
  { quantity: "other", unit: "%", exponents: [-2] },
];

/** `::0<:` and `:<0::` among the digits: over and under the limit. */
const overloads: Readonly<Record<string, "+" | "-">> = { "::0<:": "+", ":<0::": "-" };

const looksLikeFrame = (bytes: Uint8Array) =>
  bytes[9] === 0x0d && bytes[10] === 0x0a && bytes.subarray(0, 9).every((byte) => (byte & 0x70) === 0x30);

function decodeFrame(bytes: Uint8Array, afterResync: boolean, model: ModelFacts): Decoded<Reading> {
  const [range = 0, code = 0, coupled = 0, state = 0] = bytes.subarray(5, 9).map((byte) => byte & 0x0f);
  if (coupled > 3) return mismatch("byte 7", "AC, DC, both or none", `0x3${coupled.toString(16)}`);
  if (state > 7 || (bit(state, 0) && bit(state, 1)))
    return mismatch("byte 8", "AUTO or MANUAL", `0x3${state.toString(16)}`);
  const found = functions[code];
  const exponent = found?.exponents[range];
  if (found === undefined || exponent === undefined)
    return mismatch("byte 5", `a range of function ${code}`, String(range));
  const negative = bit(state, 2);
  // With frequency, the minus says that it is the duty cycle.
  const duty = found.quantity === "frequency" && negative;
  const quantity = duty ? "duty" : found.quantity;
  const shown = shownOf(bytes, { exponent, negative: negative && !duty, quantity, model });
  if (!shown.ok) return shown;
  return decoded(
    readingOf(quantity, {
      ...(found.unit === undefined ? {} : { unit: found.unit }),
      coupling: couplingOf(found, coupled),
      ...shown.value,
      auto: bit(state, 0),
      afterResync,
    }),
  );
}

const couplings = [undefined, "ac", "dc", "ac+dc"] as const;

function couplingOf(found: FunctionCode, coupled: number): Coupling {
  if (found.quantity === "diode") return "dc";
  return couplings[coupled] ?? found.coupling ?? "unknown";
}

interface Scale {
  readonly exponent: number;
  readonly negative: boolean;
  readonly quantity: Quantity;
  readonly model: ModelFacts;
}

function shownOf(bytes: Uint8Array, scale: Scale): Decoded<Partial<Reading>> {
  const overload = overloads[Buffer.from(bytes.subarray(0, 5)).toString("latin1")];
  if (overload !== undefined) return decoded({ overload });
  // A fifth digit of 3a: a mode of 4000 counts, four digits of a number ten times as coarse.
  const coarse = bytes[4] === 0x3a;
  const digits = countsOf(bytes.subarray(0, coarse ? 4 : 5));
  if (digits === undefined) return mismatch("bytes 0–4", "decimal digits", "others");
  const counts = coarse ? digits * 10 : digits;
  const most = scale.model.counts ?? 40_000;
  if (counts > most && scale.quantity !== "frequency" && scale.quantity !== "duty")
    return mismatch("bytes 0–4", `at most ${most} counts`, String(counts));
  return decoded({
    value: scaled(scale.negative ? -counts : counts, scale.exponent),
    resolution: scaled(coarse ? 10 : 1, scale.exponent),
  });
}

function chipFor(model: ModelFacts): StreamingChip {
  return {
    kind: "streaming",
    name: "ut71x",
    bits: "7O1",
    longest: 11,
    lengthAt: fixedLength(11, looksLikeFrame),
    terminator: [0x0d, 0x0a],
    decodeFrame: (bytes, afterResync) => decodeFrame(bytes, afterResync, model),
    forModel: chipFor,
  };
}

export const ut71x = chipFor({});
