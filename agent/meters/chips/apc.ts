import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { ObservedValue } from "../../../protocol/observation.ts";
import { readingOf, type Reading } from "../reading.ts";
import type { PolledChip } from "./chip.ts";

// APC Smart-UPS, 2400 8N1, on its own cable: `Y` is answered by `SM`, then single letters by one line each. `S`, `K`, `@`
// and `Z` shut the load down and are never sent.

const figures: readonly (readonly [string, ObservationKey])[] = [
  ["L", "ups.input"],
  ["O", "ups.output"],
  ["B", "ups.battery"],
  ["P", "ups.load"],
  ["f", "ups.charge"],
  ["C", "ups.temperature"],
];
const statusBits: readonly (readonly [number, string])[] = [
  [0x08, "on-line"],
  [0x10, "on-battery"],
  [0x40, "low-battery"],
  [0x80, "replace-battery"],
];

type Fact = readonly [ObservationKey, ObservedValue];

function decodeAnswers(answers: readonly string[]): Decoded<Reading> {
  const [greeting = "", ...rest] = answers.map((answer) => answer.trim());
  if (greeting !== "SM") return mismatch("Y", "SM", greeting);
  const facts: Fact[] = [];
  for (const [index, [, key]] of figures.entries()) {
    const text = rest[index] ?? "";
    if (/^\d+(\.\d+)?$/.test(text)) facts.push([key, Number(text)]);
  }
  const runtime = /^(\d+):$/.exec(rest[figures.length] ?? "");
  if (runtime !== null) facts.push(["ups.runtime", Number(runtime[1]) * 60]);
  const status = rest[figures.length + 1] ?? "";
  if (!/^[0-9A-Fa-f]{2}$/.test(status)) return mismatch("Q", "two hexadecimal digits", status);
  const bits = Number.parseInt(status, 16);
  facts.push(["ups.status", statusBits.filter(([mask]) => (bits & mask) !== 0).map(([, word]) => word)]);
  const output = facts.find(([key]) => key === "ups.output")?.[1];
  return decoded(
    readingOf("voltage", {
      value: typeof output === "number" ? output : null,
      resolution: 0.1,
      coupling: "ac",
      lowBattery: (bits & 0x40) !== 0,
      facts,
    }),
  );
}

export const apc: PolledChip = {
  kind: "polled",
  name: "apc",
  setUp: [],
  poll: ["Y", ...figures.map(([letter]) => letter), "j", "Q"],
  tearDown: [],
  terminator: "",
  pause: 500,
  givesFacts: true,
  decodeAnswers,
};
