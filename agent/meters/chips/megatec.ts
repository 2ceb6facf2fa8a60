import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { ObservedValue } from "../../../protocol/observation.ts";
import { readingOf, type Reading } from "../reading.ts";
import type { PolledChip, ReplyLine } from "./chip.ts";

// Megatec/Q1 UPSes, 2400 8N1: `Q1` CR is answered by
//
//   (input V, fault V, output V, load %, frequency, battery V, temperature, eight bits
//
// Other letters shut the load down: nothing but Q1 is ever sent.

/** By bit, left to right; the first says on line when clear. */
const bits = [
  "on-battery",
  "low-battery",
  "bypass",
  "fault",
  "line-interactive",
  "test",
  "shutdown",
  "beeper",
];

type Fact = readonly [ObservationKey, ObservedValue];

/** Figures that a UPS does not know come as dashes or other fill. */
function figure(key: ObservationKey, text: string | undefined): Fact[] {
  return /^\d+(\.\d+)?$/.test(text ?? "") ? [[key, Number(text)]] : [];
}

function decodeAnswers(answers: readonly string[]): Decoded<Reading> {
  const line = (answers[0] ?? "").trim();
  const fields = line.slice(1).split(/ +/);
  const [input, , output, load, frequency, battery, temperature, status = ""] = fields;
  if (!line.startsWith("(") || fields.length !== 8)
    return mismatch("Q1", "( and eight fields", `${fields.length}`);
  if (!/^[01]{8}$/.test(status)) return mismatch("Q1 status", "eight bits", status);
  const words = bits.filter((_, index) => status[index] === "1");
  const facts: Fact[] = [
    ...figure("ups.input", input),
    ...figure("ups.output", output),
    ...figure("ups.load", load),
    ...figure("ups.frequency", frequency),
    ...figure("ups.battery", battery),
    ...figure("ups.temperature", temperature),
    ["ups.status", status.startsWith("0") ? ["on-line", ...words] : words],
  ];
  const value = facts.find(([key]) => key === "ups.output")?.[1];
  return decoded(
    readingOf("voltage", {
      value: typeof value === "number" ? value : null,
      resolution: 0.1,
      coupling: "ac",
      lowBattery: status[1] === "1",
      facts,
    }),
  );
}

function classify(line: string): ReplyLine {
  return line.startsWith("(") ? "answer" : "skip";
}

export const megatec: PolledChip = {
  kind: "polled",
  name: "megatec",
  setUp: [],
  poll: ["Q1"],
  tearDown: [],
  terminator: "\r",
  pause: 500,
  givesFacts: true,
  classify,
  decodeAnswers,
};
