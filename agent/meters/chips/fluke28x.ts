import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { exactOf, numberOf } from "../exact.ts";
import { readingOf, scaled, type Coupling, type Quantity, type Reading, type Unit } from "../reading.ts";
import type { PolledChip, ReplyLine } from "./chip.ts";

// Fluke 287 and 289, 115200 8N1: commands end in CR; the answer is one digit and CR, then one line and CR. QDDA tells the
// whole display, QM four fields of it: QM cannot tell a diode test from volts, nor that HOLD or REL is on, so QDDA is polled.

interface UnitWord {
  readonly quantity: Quantity;
  readonly unit?: Unit;
  readonly coupling?: Coupling;
}

const units: Readonly<Record<string, UnitWord>> = {
  VDC: { quantity: "voltage", coupling: "dc" },
  VAC: { quantity: "voltage", coupling: "ac" },
  VAC_PLUS_DC: { quantity: "voltage", coupling: "ac+dc" },
  ADC: { quantity: "current", coupling: "dc" },
  AAC: { quantity: "current", coupling: "ac" },
  AAC_PLUS_DC: { quantity: "current", coupling: "ac+dc" },
  V: { quantity: "voltage" },
  A: { quantity: "current" },
  OHM: { quantity: "resistance" },
  SIE: { quantity: "other", unit: "S" },
  HZ: { quantity: "frequency" },
  S: { quantity: "other", unit: "s" },
  F: { quantity: "capacitance" },
  CEL: { quantity: "temperature" },
  FAR: { quantity: "temperature", unit: "F_deg" },
  PCT: { quantity: "duty" },
  DBM: { quantity: "other", unit: "dBm" },
  DBV: { quantity: "other", unit: "dBV" },
  DB: { quantity: "other", unit: "dB" },
  CREST_FACTOR: { quantity: "other" },
  NONE: { quantity: "other" },
};

const states = ["NORMAL", "OL", "OL_MINUS", "BLANK", "INVALID", "DISCHARGE", "OPEN_TC"];

/** One displayed value: only NORMAL has one; overload and invalid carry 9.99999999E+37, which is never read. */
function shownOf(value: string, state: string): Decoded<Partial<Reading>> {
  if (!states.includes(state)) return mismatch("state", states.join(", "), state);
  if (state === "OL") return decoded({ overload: "+" });
  if (state === "OL_MINUS") return decoded({ overload: "-" });
  if (state !== "NORMAL") return decoded({});
  const exact = exactOf(value);
  if (exact === undefined) return mismatch("value", "a number", value);
  return decoded({ value: numberOf(exact), resolution: scaled(1, exact.exponent) });
}

function unitWordOf(word: string): UnitWord | undefined {
  const upper = word.toUpperCase();
  return Object.hasOwn(units, upper) ? units[upper] : undefined;
}

/** `value,unit,state,attribute` */
function decodeQm(fields: readonly string[]): Decoded<Reading> {
  const [value = "", word = "", state = "", attribute = ""] = fields;
  const unit = unitWordOf(word);
  if (unit === undefined) return mismatch("unit", "a unit of QM", word);
  const shown = shownOf(value, state);
  if (!shown.ok) return shown;
  return decoded(
    readingOf(quantityByAttribute(unit.quantity, attribute), { ...unitOf(unit), ...shown.value }),
  );
}

function unitOf(unit: UnitWord): Partial<Reading> {
  return {
    ...(unit.unit === undefined ? {} : { unit: unit.unit }),
    ...(unit.coupling === undefined ? {} : { coupling: unit.coupling }),
  };
}

/** Only while something is clamped does QM tell a continuity or a diode test. */
function quantityByAttribute(quantity: Quantity, attribute: string): Quantity {
  const circuit = attribute === "OPEN_CIRCUIT" || attribute === "SHORT_CIRCUIT";
  if (quantity === "resistance" && circuit) return "continuity";
  return quantity === "voltage" && (circuit || attribute === "GOOD_DIODE") ? "diode" : quantity;
}

const headFields = 10;
const groupFields = 9;

interface Qdda {
  readonly primaryFunction: string;
  readonly auto: boolean;
  readonly modes: readonly string[];
  readonly primary: readonly string[];
}

/** Splits the line by its own counts: 10 + modes + 9 × readings fields exactly, a good integrity check. */
function splitQdda(fields: readonly string[]): Decoded<Qdda> {
  const [primaryFunction = "", , range = ""] = fields;
  const modeCount = /^\d{1,2}$/.test(fields[8] ?? "") ? Number(fields[8]) : -1;
  const readingCount = Number(fields[9 + modeCount] ?? "");
  const expected = headFields + modeCount + groupFields * readingCount;
  if (modeCount < 0 || !Number.isInteger(readingCount) || readingCount < 1 || fields.length !== expected)
    return mismatch("QDDA", "10 + modes + 9 × readings fields", `${fields.length} fields`);
  if (range !== "AUTO" && range !== "MANUAL") return mismatch("field 3", "AUTO or MANUAL", range);
  const groups = Array.from({ length: readingCount }, (_, index) => {
    const at = headFields + modeCount + index * groupFields;
    return fields.slice(at, at + groupFields);
  });
  const primary = groups.find(([id]) => id === "PRIMARY");
  if (primary === undefined) return mismatch("QDDA", "a PRIMARY reading", "none");
  return decoded({ primaryFunction, auto: range === "AUTO", modes: fields.slice(9, 9 + modeCount), primary });
}

const ordinaryModes = ["HOLD", "AUTO_HOLD", "REL", "REL_PERCENT"];

function decodeQdda(fields: readonly string[]): Decoded<Reading> {
  const split = splitQdda(fields);
  if (!split.ok) return split;
  const { primaryFunction, modes, primary, auto } = split.value;
  if (primaryFunction === "LIMBO") return decoded(readingOf("other", { auto }));
  const [, value = "", word = "", multiplier = "", decimals = "", , state = "", attribute = ""] = primary;
  const unit = unitWordOf(word);
  if (unit === undefined) return mismatch("unit", "a unit of QDDA", word);
  const shown = shownOf(value, state);
  if (!shown.ok) return shown;
  const resolution = Number(multiplier) - Number(decimals);
  if (!Number.isInteger(resolution) || Math.abs(resolution) > 20)
    return mismatch("decimals", "whole numbers", `${multiplier}, ${decimals}`);
  const recording = modes.includes("MIN_MAX_AVG");
  return decoded(
    readingOf(quantityByFunction(primaryFunction, unit.quantity, attribute), {
      ...unitOf(unit),
      ...shown.value,
      resolution: scaled(1, resolution),
      auto,
      hold: modes.includes("HOLD") || modes.includes("AUTO_HOLD"),
      relative: modes.includes("REL") || modes.includes("REL_PERCENT"),
      // Which of the three the display shows is not said.
      min: recording ? undefined : false,
      max: recording ? undefined : false,
      modes: modes
        .filter((mode) => !ordinaryModes.includes(mode))
        .map((mode) => mode.toLowerCase().replaceAll("_", "-")),
    }),
  );
}

function quantityByFunction(primaryFunction: string, quantity: Quantity, attribute: string): Quantity {
  if (primaryFunction === "DIODE_TEST" && quantity === "voltage") return "diode";
  if (primaryFunction === "CONTINUITY" && quantity === "resistance") return "continuity";
  return primaryFunction.startsWith("OHMS") || quantity === "voltage"
    ? quantity
    : quantityByAttribute(quantity, attribute);
}

/** 0 done, the line follows; 1 syntax error; 2 execution error, such as while the knob moves; 5 no data. */
export function classifyFlukeLine(line: string): ReplyLine {
  if (line === "0") return "skip";
  if (line === "1" || line === "2") return "again";
  return line === "5" ? "nothing" : "answer";
}

function decodeAnswers(answers: readonly string[]): Decoded<Reading> {
  const fields = (answers[0] ?? "").trim().split(",");
  return fields.length === 4 ? decodeQm(fields) : decodeQdda(fields);
}

export const fluke28x: PolledChip = {
  kind: "polled",
  name: "fluke28x",
  setUp: [],
  poll: ["QDDA"],
  tearDown: [],
  terminator: "\r",
  pause: 100,
  classify: classifyFlukeLine,
  identify: { command: "ID", recognises: (answer) => /^FLUKE 28[79]\b/i.test(answer) },
  decodeAnswers,
};
