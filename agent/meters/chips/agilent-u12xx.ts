import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import type { Reading } from "../reading.ts";
import { scaled } from "../reading.ts";
import type { PolledChip, ReplyLine } from "./chip.ts";
import { decodeConfiguration, decodeScpiNumber, type ScpiConfiguration, type ScpiFunction } from "./scpi.ts";

// Agilent and Keysight U1231A–U1282A over their infrared cable, 9600 8N1: nearly SCPI. At each turn of the knob `*0` to `*9`
// come unasked, and `*E` says that a command failed. Flags stand in STAT?, whose places differ from model to model: unknown.

interface ModeWord extends ScpiFunction {
  /** The number comes in thousandths, or millionths. */
  readonly prefix: number;
}

const modes: Readonly<Record<string, ModeWord>> = {
  V: { quantity: "voltage", prefix: 0 },
  MV: { quantity: "voltage", prefix: -3 },
  A: { quantity: "current", prefix: 0 },
  MA: { quantity: "current", prefix: -3 },
  UA: { quantity: "current", prefix: -6 },
  RES: { quantity: "resistance", prefix: 0 },
  FREQ: { quantity: "frequency", prefix: 0 },
  CAP: { quantity: "capacitance", prefix: 0 },
  DIOD: { quantity: "diode", prefix: 0 },
  TEMP: { quantity: "temperature", prefix: 0 },
};

const couplings = { DC: "dc", AC: "ac", ACDC: "ac+dc" } as const;

/** `"V,2,DC"`: function, range, coupling. */
function decodeShort(answer: string): Decoded<ScpiConfiguration & { readonly prefix: number }> {
  const [name = "", range = "", coupled = ""] = answer.replaceAll('"', "").trim().toUpperCase().split(",");
  const mode = Object.hasOwn(modes, name) ? modes[name] : undefined;
  if (mode === undefined) return mismatch("CONF?", 'a function such as "V,2,DC"', answer);
  const coupling = Object.hasOwn(couplings, coupled)
    ? couplings[coupled as keyof typeof couplings]
    : undefined;
  if (coupled !== "" && coupling === undefined) return mismatch("CONF?", "AC, DC or ACDC", coupled);
  const resolution = name === "V" && /^\d$/.test(range) ? scaled(1, Number(range) - 4) : null;
  return decoded({ ...mode, resolution, ...(coupling === undefined ? {} : { coupling }) });
}

function classify(line: string, command: string | undefined): ReplyLine {
  const text = line.trim();
  if (/^\*\d$/.test(text) || text.toUpperCase() === command?.toUpperCase()) return "skip";
  return text === "*E" ? "again" : "answer";
}

function decodeAnswers(answers: readonly string[]): Decoded<Reading> {
  const [configured = "", value = ""] = answers;
  const short = decodeShort(configured);
  const never = () => false;
  if (short.ok) return decodeScpiNumber(short.value, value, never, short.value.prefix);
  const long = decodeConfiguration(configured);
  return long.ok ? decodeScpiNumber(long.value, value, never) : short;
}

export const agilentU12xx: PolledChip = {
  kind: "polled",
  name: "agilent-u12xx",
  setUp: [],
  poll: ["CONF?", "FETC?"],
  tearDown: [],
  terminator: "\n\r\n",
  pause: 200,
  classify,
  identify: { command: "*IDN?", recognises: (answer) => /,U12[3-8]\d[A-Z]/i.test(answer) },
  decodeAnswers,
};
