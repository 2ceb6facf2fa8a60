import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { exactOf, numberOf } from "../exact.ts";
import { readingOf, scaled, type Quantity, type Reading, type Unit } from "../reading.ts";

interface UnitWord {
  readonly quantity: Quantity;
  readonly unit?: Unit;
  readonly prefix: number;
}

/** Units as the meters write them, case ignored: there is no milliohm and no megavolt among them. */
const units: Readonly<Record<string, UnitWord>> = {
  v: { quantity: "voltage", prefix: 0 },
  mv: { quantity: "voltage", prefix: -3 },
  a: { quantity: "current", prefix: 0 },
  ma: { quantity: "current", prefix: -3 },
  ua: { quantity: "current", prefix: -6 },
  ohm: { quantity: "resistance", prefix: 0 },
  kohm: { quantity: "resistance", prefix: 3 },
  mohm: { quantity: "resistance", prefix: 6 },
  pf: { quantity: "capacitance", prefix: -12 },
  nf: { quantity: "capacitance", prefix: -9 },
  uf: { quantity: "capacitance", prefix: -6 },
  hz: { quantity: "frequency", prefix: 0 },
  khz: { quantity: "frequency", prefix: 3 },
  mhz: { quantity: "frequency", prefix: 6 },
  c: { quantity: "temperature", prefix: 0 },
  f: { quantity: "temperature", unit: "F_deg", prefix: 0 },
  db: { quantity: "other", unit: "dB", prefix: 0 },
  dbm: { quantity: "other", unit: "dBm", prefix: 0 },
  w: { quantity: "other", unit: "W", prefix: 0 },
  "": { quantity: "other", prefix: 0 },
};

/** What a mode allows; undefined quantities go by the unit. */
interface ModeWord {
  readonly quantities: readonly Quantity[];
  readonly more?: Partial<Reading>;
  /** The quantity is this one, whatever the unit says. */
  readonly is?: Quantity;
}

const any: readonly Quantity[] = [
  "voltage",
  "current",
  "resistance",
  "capacitance",
  "frequency",
  "temperature",
  "other",
];
const modes: Readonly<Record<string, ModeWord>> = {
  DC: { quantities: ["voltage", "current"], more: { coupling: "dc" } },
  AC: { quantities: ["voltage", "current"], more: { coupling: "ac" } },
  OH: { quantities: ["resistance"] },
  OHM: { quantities: ["resistance"] },
  BEP: { quantities: ["resistance"], is: "continuity" },
  CA: { quantities: ["capacitance", "temperature"], is: "capacitance" },
  TE: { quantities: ["temperature"] },
  DI: { quantities: ["voltage"], is: "diode" },
  DIO: { quantities: ["voltage"], is: "diode" },
  FR: { quantities: ["frequency"] },
  HF: { quantities: ["other"] },
  HFE: { quantities: ["other"] },
  DB: { quantities: ["other"] },
  WT: { quantities: ["other"] },
  CO: { quantities: ["other"] },
  MN: { quantities: any, more: { min: true } },
  MX: { quantities: any, more: { max: true } },
  AG: { quantities: any, more: { modes: ["average"] } },
  "": { quantities: any },
};

export interface MetexFields {
  readonly mode: string;
  readonly number: string;
  readonly unit: string;
}

/**
 * What the three fields of a Metex line amount to. No HOLD, AUTO, battery or REL in this protocol: those flags are
 * unknown, never false.
 */
export function decodeMetexText(fields: MetexFields, afterResync: boolean): Decoded<Reading> {
  const word = fields.mode.trim().toUpperCase();
  const mode = Object.hasOwn(modes, word) ? modes[word] : undefined;
  if (mode === undefined) return mismatch("mode", "a mode of Metex", JSON.stringify(fields.mode));
  const unitWord = fields.unit.replaceAll(" ", "").toLowerCase();
  const unit = Object.hasOwn(units, unitWord) ? units[unitWord] : undefined;
  if (unit === undefined) return mismatch("unit", "a unit of Metex", JSON.stringify(fields.unit));
  const number = fields.number.replaceAll(" ", "");
  // A logic probe's display.
  if (word === "" && unitWord === "" && /^(READY|FLOAT|Hi|Lo)$/i.test(number))
    return decoded(readingOf("other", { afterResync }));
  const misplaced = mode.is === "capacitance" && unitWord === "c";
  if (misplaced || !mode.quantities.includes(unit.quantity))
    return mismatch("unit", `a unit of mode ${JSON.stringify(word)}`, JSON.stringify(fields.unit));
  const quantity = mode.is ?? (word === "" && unitWord === "mv" ? "diode" : unit.quantity);
  const shown = shownOf(number, quantity === "capacitance" && unitWord === "f" ? 0 : unit.prefix);
  if (shown === undefined) return mismatch("number", "a number or OL", JSON.stringify(fields.number));
  return decoded(
    readingOf(quantity, {
      ...(unit.unit === undefined || quantity === "capacitance" ? {} : { unit: unit.unit }),
      min: false,
      max: false,
      ...mode.more,
      ...shown,
      afterResync,
    }),
  );
}

function shownOf(number: string, prefix: number): Partial<Reading> | undefined {
  const bare = number.replaceAll(".", "");
  if (/^[+-]?[O0]L$/i.test(bare) && number.split(".").length <= 2)
    return { overload: number.startsWith("-") ? "-" : "+" };
  const exact = exactOf(number);
  if (exact === undefined || /e/i.test(number)) return undefined;
  return { value: numberOf(exact, prefix), resolution: scaled(1, exact.exponent + prefix) };
}
