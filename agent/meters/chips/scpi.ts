import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import type { Quantity, Reading } from "../reading.ts";
import type { PolledChip } from "./chip.ts";

// SCPI bench meters by text. CONF? and READ? keep the user's set-up, so that a wrong mode shows instead of being changed.

/** SCPI-1999: ±9.9E+37 stands for overload. */
const overloadAbove = 9e36;

const functions: Readonly<Record<string, { quantity: Quantity; coupling: Reading["coupling"] }>> = {
  VOLT: { quantity: "voltage", coupling: "dc" },
  "VOLT:DC": { quantity: "voltage", coupling: "dc" },
  "VOLT:AC": { quantity: "voltage", coupling: "ac" },
  CURR: { quantity: "current", coupling: "dc" },
  "CURR:DC": { quantity: "current", coupling: "dc" },
  "CURR:AC": { quantity: "current", coupling: "ac" },
  RES: { quantity: "resistance", coupling: "unknown" },
  FRES: { quantity: "resistance", coupling: "unknown" },
  FREQ: { quantity: "frequency", coupling: "unknown" },
  DIOD: { quantity: "diode", coupling: "dc" },
  CONT: { quantity: "continuity", coupling: "unknown" },
  CAP: { quantity: "capacitance", coupling: "unknown" },
  TEMP: { quantity: "temperature", coupling: "unknown" },
};

const numberForm = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/;

/** `"VOLT +1.000000E+02,+1.000000E-04"`: function, range, resolution (last); quotes included. */
function decodeConfiguration(
  answer: string,
): Decoded<{ quantity: Quantity; coupling: Reading["coupling"]; resolution: number | null }> {
  const [name = "", numbers = ""] = answer.trim().replaceAll('"', "").split(" ");
  const found = functions[name.toUpperCase()];
  if (found === undefined) return mismatch("CONF?", 'a function such as "VOLT …"', answer);
  const last = numbers.split(",").at(-1) ?? "";
  return decoded({ ...found, resolution: numberForm.test(last) ? Number(last) : null });
}

function decodeAnswers(answers: readonly string[]): Decoded<Reading> {
  const configuration = decodeConfiguration(answers[0] ?? "");
  if (!configuration.ok) return configuration;
  const text = (answers[1] ?? "").trim();
  if (!numberForm.test(text)) return mismatch("READ?", "a number such as +5.3E+01", text);
  const number = Number(text);
  const overload = Math.abs(number) > overloadAbove;
  const { quantity, coupling, resolution } = configuration.value;
  return decoded({
    quantity,
    value: overload ? null : number,
    resolution,
    overload: overload ? (number < 0 ? "-" : "+") : "none",
    coupling,
    auto: undefined,
    hold: undefined,
    min: undefined,
    max: undefined,
    relative: undefined,
    lowBattery: undefined,
    afterResync: false,
  });
}

export const scpi: PolledChip = {
  kind: "polled",
  name: "scpi",
  // A 34401A refuses commands over RS-232 until it is in remote.
  setUp: ["SYST:REM", "*CLS"],
  poll: ["CONF?", "READ?"],
  tearDown: ["SYST:LOC"],
  terminator: "\n",
  decodeAnswers,
};
