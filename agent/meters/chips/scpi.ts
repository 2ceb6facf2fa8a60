import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { exactOf, numberOf } from "../exact.ts";
import { readingOf, type Coupling, type Quantity, type Reading, type Unit } from "../reading.ts";
import type { PolledChip, ReplyLine } from "./chip.ts";

// SCPI bench meters by text. CONF? (or FUNC?) and READ? keep the user's set-up, so that a wrong mode shows instead of
// being changed. Dialects differ in how the function is asked, and in which number stands for overload.

export interface ScpiFunction {
  readonly quantity: Quantity;
  readonly unit?: Unit;
  readonly coupling?: Coupling;
}

const functions: Readonly<Record<string, ScpiFunction>> = {
  VOLT: { quantity: "voltage", coupling: "dc" },
  "VOLT:DC": { quantity: "voltage", coupling: "dc" },
  "VOLT:AC": { quantity: "voltage", coupling: "ac" },
  "VOLT:ACDC": { quantity: "voltage", coupling: "ac+dc" },
  CURR: { quantity: "current", coupling: "dc" },
  "CURR:DC": { quantity: "current", coupling: "dc" },
  "CURR:AC": { quantity: "current", coupling: "ac" },
  "CURR:ACDC": { quantity: "current", coupling: "ac+dc" },
  RES: { quantity: "resistance" },
  FRES: { quantity: "resistance" },
  FREQ: { quantity: "frequency" },
  PER: { quantity: "other", unit: "s" },
  DIOD: { quantity: "diode" },
  CONT: { quantity: "continuity" },
  CAP: { quantity: "capacitance" },
  TEMP: { quantity: "temperature" },
};

/** SCPI-1999: ±9.9E+37 stands for overload. */
const overloadAbove = 9e36;
export const isScpiOverload = (number: number): boolean => Math.abs(number) > overloadAbove;

export interface ScpiConfiguration extends ScpiFunction {
  readonly resolution: number | null;
}

/** `"VOLT +1.000000E+02,+1.000000E-04"`: function, range, resolution (last); quotes included, AC behind a colon or a blank. */
export function decodeConfiguration(answer: string): Decoded<ScpiConfiguration> {
  const [name = "", ...rest] = answer.trim().replaceAll('"', "").toUpperCase().split(" ");
  const coupled = /^(AC|DC|ACDC)$/.test(rest[0] ?? "") ? `${name}:${rest.shift()}` : name;
  const found = Object.hasOwn(functions, coupled) ? functions[coupled] : undefined;
  if (found === undefined) return mismatch("CONF?", 'a function such as "VOLT …"', answer);
  const last = exactOf(rest.join("").split(",").at(-1) ?? "");
  return decoded({ ...found, resolution: last === undefined ? null : numberOf(last) });
}

/** A function as configured, and the number that was read, as a reading. */
export function decodeScpiNumber(
  configuration: ScpiConfiguration,
  answer: string,
  isOverload: (number: number, quantity: Quantity) => boolean,
  prefix = 0,
): Decoded<Reading> {
  const text = answer.trim();
  const exact = exactOf(text);
  if (exact === undefined) return mismatch("READ?", "a number such as +5.3E+01", text);
  const { quantity, unit, coupling, resolution } = configuration;
  const number = numberOf(exact, prefix);
  const overload = isScpiOverload(number) || isOverload(number, quantity);
  return decoded(
    readingOf(quantity, {
      ...(unit === undefined ? {} : { unit }),
      ...(coupling === undefined ? {} : { coupling }),
      ...(overload ? { overload: number < 0 ? "-" : "+" } : { value: number }),
      resolution,
    }),
  );
}

/** An echo of our own text is no answer. */
export function skipEcho(line: string, command: string | undefined): ReplyLine {
  return line.trim().toUpperCase() === command?.toUpperCase() ? "skip" : "answer";
}

interface Dialect {
  readonly name: string;
  readonly poll: readonly [string, string];
  readonly setUp: readonly string[];
  readonly models: RegExp;
  configuration(answer: string): Decoded<ScpiConfiguration>;
  isOverload(number: number, quantity: Quantity): boolean;
}

function chipOf(dialect: Dialect): PolledChip {
  return {
    kind: "polled",
    name: dialect.name,
    setUp: dialect.setUp,
    poll: dialect.poll,
    tearDown: ["SYST:LOC"],
    terminator: "\n",
    classify: skipEcho,
    identify: { command: "*IDN?", recognises: (answer) => dialect.models.test(answer) },
    decodeAnswers(answers) {
      const configuration = dialect.configuration(answers[0] ?? "");
      if (!configuration.ok) return configuration;
      return decodeScpiNumber(configuration.value, answers[1] ?? "", (number, quantity) =>
        dialect.isOverload(number, quantity),
      );
    },
  };
}

/** HP, Agilent and Keysight 344xx, Fluke 8845A and 8846A, Siglent SDM, GW Instek GDM-906x. */
export const scpi = chipOf({
  name: "scpi",
  // A 34401A refuses commands over RS-232 until it is in remote.
  setUp: ["SYST:REM", "*CLS"],
  poll: ["CONF?", "READ?"],
  models: /^[^,]*,[^,]*(344\d\d|884[56]|SDM\d|GDM-?906)[^,]*,/i,
  configuration: decodeConfiguration,
  isOverload: () => false,
});

/** OWON XDM: flat commands, no `*OPC?`; 1E+9 stands for overload. */
export const scpiXdm = chipOf({
  name: "scpi-xdm",
  setUp: ["SYST:REM"],
  poll: ["FUNC?", "MEAS1?"],
  models: /XDM/i,
  configuration: decodeConfiguration,
  isOverload: (number) => Math.abs(number) >= 1e9,
});

const gdmFunctions: Readonly<Record<string, ScpiFunction>> = {
  "01": { quantity: "voltage", coupling: "dc" },
  "02": { quantity: "voltage", coupling: "ac" },
  "03": { quantity: "current", coupling: "dc" },
  "04": { quantity: "current", coupling: "ac" },
  "05": { quantity: "current", coupling: "dc" },
  "06": { quantity: "current", coupling: "ac" },
  "07": { quantity: "resistance" },
  "08": { quantity: "frequency" },
  "09": { quantity: "temperature" },
  "13": { quantity: "continuity" },
  "14": { quantity: "other", unit: "s" },
  "15": { quantity: "temperature", unit: "F_deg" },
  "16": { quantity: "resistance" },
  "17": { quantity: "diode" },
};

/** What stands for overload on a GDM-825x, by what it measures. */
const gdmOverloads: Partial<Record<Quantity, readonly number[]>> = {
  resistance: [1.2e8, 1.99999e8],
  continuity: [1.2e3],
  diode: [1],
};

/** GW Instek GDM-8251A and 8255A: the function is a number, answers end LF CR. */
export const scpiGdm = chipOf({
  name: "scpi-gdm",
  setUp: ["SYST:REM", "*CLS"],
  poll: ["CONF:STAT:FUNC?", "VAL1?"],
  models: /GDM-?825/i,
  configuration(answer) {
    const code = answer.trim();
    const found = Object.hasOwn(gdmFunctions, code) ? gdmFunctions[code] : undefined;
    if (found === undefined) return mismatch("CONF:STAT:FUNC?", "a function 01–17", code);
    return decoded({ ...found, resolution: null });
  },
  isOverload: (number, quantity) => gdmOverloads[quantity]?.includes(Math.abs(number)) === true,
});
