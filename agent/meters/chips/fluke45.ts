import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { exactOf, numberOf } from "../exact.ts";
import { readingOf, scaled, type Coupling, type Quantity, type Reading } from "../reading.ts";
import type { PolledChip, ReplyLine } from "./chip.ts";

// Fluke 45 and 8808A, 9600 8N1, not SCPI: answers end CR LF, and after each command comes a prompt, `=>` done, `?>` not
// understood, `!>` understood and impossible. An echo is a setting of the panel.

const functions: Readonly<Record<string, { readonly quantity: Quantity; readonly coupling?: Coupling }>> = {
  VDC: { quantity: "voltage", coupling: "dc" },
  VAC: { quantity: "voltage", coupling: "ac" },
  VACDC: { quantity: "voltage", coupling: "ac+dc" },
  ADC: { quantity: "current", coupling: "dc" },
  AAC: { quantity: "current", coupling: "ac" },
  AACDC: { quantity: "current", coupling: "ac+dc" },
  OHMS: { quantity: "resistance" },
  FREQ: { quantity: "frequency" },
  CONT: { quantity: "continuity" },
  DIODE: { quantity: "diode" },
};

/** Bits of the answer to MOD?. */
const modifiers = { min: 1, max: 2, hold: 4, decibel: 8, decibelPower: 16, relative: 32 } as const;

const overloadFrom = 1e9;

function classify(line: string, command: string | undefined): ReplyLine {
  const text = line.trim();
  if (text === "=>") return "skip";
  if (text === "?>") return "again";
  if (text === "!>") return "nothing";
  // The panel's echo: our own text, after the prompt or alone.
  const typed = text.replace(/^=> ?/, "").toUpperCase();
  return typed === (command ?? "").toUpperCase() || /^[A-Z]+\d?\?$/.test(typed) ? "skip" : "answer";
}

function modifiersOf(text: string | undefined): Partial<Reading> & { readonly decibel?: boolean } {
  if (text === undefined || text === "") return {};
  const bits = Number(text);
  const has = (mask: number) => (bits & mask) !== 0;
  return {
    min: has(modifiers.min),
    max: has(modifiers.max),
    hold: has(modifiers.hold),
    relative: has(modifiers.relative),
    decibel: has(modifiers.decibel) || has(modifiers.decibelPower),
  };
}

/** The three answers tell each other apart by their form: a word, a number with an exponent, a whole number. */
function decodeAnswers(answers: readonly string[]): Decoded<Reading> {
  const lines = answers.map((answer) => answer.trim().replace(/^=> ?/, ""));
  const name = lines.find((line) => Object.hasOwn(functions, line.toUpperCase()));
  const found = name === undefined ? undefined : functions[name.toUpperCase()];
  if (found === undefined) return mismatch("FUNC1?", "a function such as VDC", lines[0] ?? "");
  // FORMAT 2 puts the unit behind the number.
  const value = lines.find((line) => /^[+-]?\d.*E[+-]?\d/i.test(line))?.split(" ")[0] ?? "";
  const exact = exactOf(value.replace(/(E[+-]?\d+)[A-Z]+$/i, "$1"));
  if (exact === undefined) return mismatch("VAL1?", "a number such as +53.021E+0", lines[1] ?? "");
  const number = numberOf(exact);
  const overload = Math.abs(number) >= overloadFrom;
  const { decibel, ...flags } = modifiersOf(lines.find((line) => /^\d{1,2}$/.test(line)));
  const quantity = decibel === true ? "other" : found.quantity;
  return decoded(
    readingOf(quantity, {
      ...(decibel === true ? { unit: "dB" } : {}),
      ...(found.coupling === undefined ? {} : { coupling: found.coupling }),
      ...(overload
        ? { overload: number < 0 ? "-" : "+" }
        : { value: number, resolution: scaled(1, exact.exponent) }),
      ...flags,
    }),
  );
}

export const fluke45: PolledChip = {
  kind: "polled",
  name: "fluke45",
  setUp: [],
  poll: ["FUNC1?", "VAL1?", "MOD?"],
  tearDown: [],
  terminator: "\r\n",
  pause: 200,
  classify,
  optional: ["MOD?"],
  identify: { command: "*IDN?", recognises: (answer) => /^FLUKE, *(45|8808A)\b/i.test(answer) },
  decodeAnswers,
};
