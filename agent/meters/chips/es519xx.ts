import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { readingOf, scaled, type Coupling, type Quantity, type Reading } from "../reading.ts";
import { bit, fixedLength, type StreamingChip } from "./chip.ts";
import { countsOf } from "./es51922.ts";

// The 11-octet cousins of the ES51922, on a 7O1 line; every block comes twice in a row:
//
//   0 range   1–4 digits   5 function   6 status   7 option 1   8 option 2   9, 10 CR LF
//
// They share the layout and differ in the meaning of option 1 and in the scales, and no frame says which it is.

/** Powers of ten of the last digit, by range index. */
type Exponents = readonly (number | undefined)[];

interface OptionOne {
  readonly hold?: boolean;
  readonly max?: boolean;
  readonly min?: boolean;
  readonly under?: boolean;
  /** The display shows the frequency of the volts or amps. */
  readonly frequency?: boolean;
  /** The fifth digit, a 1 before the others. */
  readonly leadingOne?: boolean;
  /** Shows volts on a current range: no scale is known for it. */
  readonly voltsOnAmps?: boolean;
}

interface Variant {
  readonly name: string;
  readonly counts: number;
  readonly functions: Readonly<
    Record<number, { readonly quantity: Quantity; readonly exponents: Exponents }>
  >;
  readonly hertz: Exponents;
  readonly optionOne: (nibble: number) => OptionOne;
  /** Bit 0 of option 2: frequency of the volts or amps, or the automatic power-off. */
  readonly lastBitIsFrequency: boolean;
}

const farads: Exponents = [-12, -11, -10, -9, -8, -7, -6, -5];

function functionsOf(scales: {
  readonly volts: Exponents;
  readonly microamps: Exponents;
  readonly milliamps: Exponents;
  readonly amps: Exponents;
  readonly manualAmps: Exponents;
  readonly ohms: Exponents;
  readonly diode: Exponents;
  readonly hertz: Exponents;
  readonly farads: Exponents;
}): Variant["functions"] {
  return {
    0xb: { quantity: "voltage", exponents: scales.volts },
    0xd: { quantity: "current", exponents: scales.microamps },
    0xf: { quantity: "current", exponents: scales.milliamps },
    0x0: { quantity: "current", exponents: scales.amps },
    0x9: { quantity: "current", exponents: scales.manualAmps },
    0x3: { quantity: "resistance", exponents: scales.ohms },
    0x5: { quantity: "continuity", exponents: scales.ohms },
    0x1: { quantity: "diode", exponents: scales.diode },
    0x2: { quantity: "frequency", exponents: scales.hertz },
    0x6: { quantity: "capacitance", exponents: scales.farads },
  };
}

const looksLikeFrame = (bytes: Uint8Array) =>
  bytes[9] === 0x0d && bytes[10] === 0x0a && bytes.subarray(0, 9).every((byte) => (byte & 0x70) === 0x30);

function decodeFrame(bytes: Uint8Array, afterResync: boolean, variant: Variant): Decoded<Reading> {
  const nibble = (place: number) => (bytes[place] ?? 0) & 0x0f;
  const [status, two] = [nibble(6), nibble(8)];
  const one = variant.optionOne(nibble(7));
  const found = variant.functions[nibble(5)];
  if (found === undefined)
    return mismatch("byte 5", "a function with a scale", `0x3${nibble(5).toString(16)}`);
  if (bit(two, 3) && bit(two, 2)) return mismatch("byte 8", "DC or AC", "both");
  const scale = scaleOf(
    found,
    one.frequency === true || (variant.lastBitIsFrequency && bit(two, 0)),
    variant,
  );
  const exponent = scale.exponents[nibble(0)];
  if (
    exponent === undefined ||
    one.voltsOnAmps === true ||
    (scale.quantity === "frequency" && bit(status, 3))
  )
    return mismatch("byte 0", `a range of ${scale.quantity} with a scale`, String(nibble(0)));
  const digits = countsOf(bytes.subarray(1, 5));
  const overload = bit(status, 0) ? (bit(status, 2) ? "-" : "+") : one.under === true ? "-" : "none";
  if (overload === "none" && digits === undefined) return mismatch("bytes 1–4", "decimal digits", "another");
  const counts = (digits ?? 0) + (one.leadingOne === true ? 10_000 : 0);
  if (overload === "none" && counts > variant.counts && scale.quantity !== "frequency")
    return mismatch("bytes 1–4", `at most ${variant.counts} counts`, String(counts));
  return decoded(
    readingOf(scale.quantity, {
      value: overload === "none" ? scaled((bit(status, 2) ? -1 : 1) * counts, exponent) : null,
      resolution: scaled(1, exponent),
      overload,
      coupling: couplingOf(scale.quantity, two),
      auto: bit(two, 1),
      hold: one.hold,
      max: one.max,
      min: one.min,
      lowBattery: bit(status, 1),
      afterResync,
    }),
  );
}

function couplingOf(quantity: Quantity, two: number): Coupling {
  if (quantity === "diode" || bit(two, 3)) return "dc";
  return bit(two, 2) ? "ac" : "unknown";
}

function scaleOf(
  found: { readonly quantity: Quantity; readonly exponents: Exponents },
  showsFrequency: boolean,
  variant: Variant,
) {
  const turned = showsFrequency && (found.quantity === "voltage" || found.quantity === "current");
  return turned ? ({ quantity: "frequency", exponents: variant.hertz } as const) : found;
}

function chipOf(variant: Variant): StreamingChip {
  return {
    kind: "streaming",
    name: variant.name,
    bits: "7O1",
    longest: 11,
    lengthAt: fixedLength(11, looksLikeFrame),
    terminator: [0x0d, 0x0a],
    sentTwice: true,
    decodeFrame: (bytes, afterResync) => decodeFrame(bytes, afterResync, variant),
  };
}

const none: Exponents = [];
const hertz19200: Exponents = [0, 1, 2, 3, 4];

/** ES51981, 82, 83, 84, 86 at 19200 (UNI-T UT60G, Tenma 72-7750). */
export const es51986 = chipOf({
  name: "es51986",
  counts: 6000,
  hertz: hertz19200,
  functions: functionsOf({
    volts: [-3, -2, -1, 0, -4],
    microamps: [-7, -6],
    milliamps: [-5, -4],
    amps: [-3, -2],
    manualAmps: none,
    ohms: [-1, 0, 1, 2, 3, 4],
    diode: [-3],
    hertz: hertz19200,
    farads: farads.slice(0, 7),
  }),
  optionOne: (nibble) => ({ hold: bit(nibble, 3), max: bit(nibble, 2), min: bit(nibble, 1) }),
  lastBitIsFrequency: true,
});

const hertz2400: Exponents = [0, 1, 2, 3, 4, 5];

/** ES51962, 71, 72, 78, 89 at 2400 (ISO-TECH IDM103N). */
export const es51962 = chipOf({
  name: "es51962",
  counts: 4000,
  hertz: hertz2400,
  functions: {
    ...functionsOf({
      volts: [-4, -3, -2, -1],
      microamps: [-7, -6],
      // Here the codes of milliamps and amps have changed places.
      milliamps: [-2],
      amps: none,
      manualAmps: [-5, -4],
      ohms: [-1, 0, 1, 2, 3, 4],
      diode: [-3],
      hertz: hertz2400,
      farads,
    }),
  },
  optionOne: (nibble) => ({ max: bit(nibble, 3), min: bit(nibble, 2), frequency: bit(nibble, 0) }),
  lastBitIsFrequency: false,
});

const hertz5: Exponents = [-1, undefined, 0, 1, 2, 3, 4];

/** ES51911, 16, 18 at 19200: five digits, the first of them a bit. */
export const es51911 = chipOf({
  name: "es51911",
  counts: 19_999,
  hertz: hertz5,
  functions: functionsOf({
    volts: [-4, -3, -2, -1, -5],
    microamps: [-8, -7],
    milliamps: [-6, -5],
    amps: [undefined, -3],
    manualAmps: [-4, -3, -2, -1],
    ohms: [-2, -1, 0, 1, 2, 3, 4],
    diode: [-4],
    hertz: hertz5,
    farads,
  }),
  optionOne: (nibble) => ({
    under: bit(nibble, 3),
    max: bit(nibble, 2),
    min: bit(nibble, 1),
    leadingOne: bit(nibble, 0),
  }),
  lastBitIsFrequency: true,
});

/** ES51967, 69 at 19200: clamp meters. */
export const es51967 = chipOf({
  name: "es51967",
  counts: 6000,
  hertz: hertz5,
  functions: functionsOf({
    volts: [-3, -2, -1, 0, -4],
    microamps: [-7, -6],
    milliamps: [-5, -4],
    amps: [-2],
    manualAmps: [-3, -2, -1, 0],
    ohms: [-1, 0, 1, 2, 3, 4],
    diode: [-3],
    hertz: hertz5,
    farads,
  }),
  optionOne: (nibble) => ({
    under: bit(nibble, 3),
    voltsOnAmps: bit(nibble, 2) || bit(nibble, 1),
  }),
  lastBitIsFrequency: true,
});
