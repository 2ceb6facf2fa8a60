import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { exactOf, numberOf, prefixOf } from "../exact.ts";
import { readingOf, scaled, type Coupling, type Quantity, type Reading, type Unit } from "../reading.ts";
import type { PolledChip } from "./chip.ts";
import { classifyFlukeLine } from "./fluke28x.ts";

// Fluke 187, 189, 87-IV, 89-IV, 9600 8N1: `0` CR, then `QM,` sign digits, a blank, a prefix glued to the unit.
// Hold, min/max and rel are not in QM: unknown.

interface UnitWord {
  readonly text: string;
  readonly quantity: Quantity;
  readonly unit?: Unit;
  readonly coupling?: Coupling;
}

const units: readonly UnitWord[] = [
  { text: "V DC", quantity: "voltage", coupling: "dc" },
  { text: "V AC", quantity: "voltage", coupling: "ac" },
  { text: "V AC+DC", quantity: "voltage", coupling: "ac+dc" },
  { text: "A DC", quantity: "current", coupling: "dc" },
  { text: "A AC", quantity: "current", coupling: "ac" },
  { text: "A AC+DC", quantity: "current", coupling: "ac+dc" },
  { text: "Ohms", quantity: "resistance" },
  { text: "S", quantity: "other", unit: "S" },
  { text: "Farads", quantity: "capacitance" },
  { text: "Hz", quantity: "frequency" },
  { text: "Deg C", quantity: "temperature" },
  { text: "Deg F", quantity: "temperature", unit: "F_deg" },
  { text: "%", quantity: "duty" },
  { text: "s", quantity: "other", unit: "s" },
  { text: "dBV", quantity: "other", unit: "dBV" },
  { text: "dBm", quantity: "other", unit: "dBm" },
];

/** The unit at the end of the text, and the prefix before it. */
function unitOf(text: string): { readonly word: UnitWord; readonly prefix: number } | undefined {
  for (const word of units) {
    if (!text.endsWith(word.text)) continue;
    const prefix = prefixOf(text.slice(0, text.length - word.text.length));
    if (prefix !== undefined) return { word, prefix };
  }
  return undefined;
}

function decodeAnswers(answers: readonly string[]): Decoded<Reading> {
  const line = (answers[0] ?? "").trim();
  if (!line.startsWith("QM,")) return mismatch("line", "QM, and a value", line);
  const text = line.slice(3).trim();
  const outOfRange = /^Out of range\.? */i.exec(text);
  const [number = ""] = text.split(" ");
  const unit = unitOf(text.slice((outOfRange?.[0] ?? number).length).trim());
  const exact = exactOf(number);
  // Between two modes the number is none: no reading, and no error.
  if (outOfRange === null && exact === undefined && unit === undefined) return decoded(readingOf("other"));
  if (unit === undefined) return mismatch("unit", "a unit of QM", text);
  const { word, prefix } = unit;
  const shown: Partial<Reading> =
    outOfRange !== null
      ? { overload: "+" }
      : exact === undefined
        ? {}
        : { value: numberOf(exact, prefix), resolution: scaled(1, exact.exponent + prefix) };
  return decoded(
    readingOf(word.quantity, {
      ...(word.unit === undefined ? {} : { unit: word.unit }),
      ...(word.coupling === undefined ? {} : { coupling: word.coupling }),
      ...shown,
    }),
  );
}

export const fluke18x: PolledChip = {
  kind: "polled",
  name: "fluke18x",
  setUp: [],
  poll: ["QM"],
  tearDown: [],
  terminator: "\r",
  pause: 100,
  classify: classifyFlukeLine,
  identify: {
    command: "ID",
    recognises: (answer) => /^FLUKE (18[79]|8[79][- ]?(IV|4))\b/i.test(answer),
  },
  decodeAnswers,
};
