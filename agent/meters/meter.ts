import { readdirSync, readFileSync } from "node:fs";
import { Type, type Static } from "typebox";
import { Compile } from "typebox/compile";
import type { Chip } from "./chips/chip.ts";
import { chips } from "./chips/list.ts";

const strict = { additionalProperties: false };
const UserBit = Type.Union([
  Type.Literal("celsius"),
  Type.Literal("fahrenheit"),
  Type.Literal("min"),
  Type.Literal("max"),
]);

/** A multimeter (or a UPS) as it is sold: its chip and its line. One JSON file each; the file's name is its id. */
export const Meter = Type.Object(
  {
    name: Type.String({ maxLength: 60, description: "maker and model as printed on it" }),
    chip: Type.String(),
    line: Type.Optional(
      Type.Object(
        {
          baudRate: Type.Integer({ minimum: 300, maximum: 921_600 }),
          /** As on the wire. All are read as 8N1: 7O1 and 7N2 too take ten bit times, and bit 7 is checked by us. */
          frame: Type.Union([
            Type.Literal("8N1"),
            Type.Literal("8N2"),
            Type.Literal("7O1"),
            Type.Literal("7N2"),
          ]),
          /** Absent where the meter does not care. */
          dtr: Type.Optional(Type.Boolean()),
          rts: Type.Optional(Type.Boolean()),
          why: Type.String({ minLength: 10 }),
        },
        strict,
      ),
    ),
    /** Its cable is no serial port: why it cannot be read, and what can be done. Stands where `line` would. */
    hid: Type.Optional(Type.String({ minLength: 10 })),
    /** Largest number of its display, where it differs from the chip's. */
    counts: Type.Optional(Type.Integer({ minimum: 1000, maximum: 2_000_000 })),
    /** What the chip's free bits mean on this model. */
    userBits: Type.Optional(Type.Record(Type.String({ pattern: "^[0-3]$" }), UserBit)),
    /** Of direct volts: percent of the reading and counts. */
    accuracy: Type.Optional(
      Type.Object({ percent: Type.Number({ minimum: 0 }), counts: Type.Integer({ minimum: 0 }) }, strict),
    ),
    mark: Type.Union([Type.Literal("proved"), Type.Literal("experimental")], {
      description: "proved: frames of this chip's layout were read alike by another implementation",
    }),
    howTo: Type.String({ minLength: 10, description: "what a person does on the meter so that it sends" }),
    sources: Type.Array(Type.String(), { minItems: 1 }),
  },
  strict,
);
export type Meter = Static<typeof Meter>;

const check = Compile(Meter);
const folder = new URL("./", import.meta.url);

/**
 * All meters, by id.
 * @throws Error naming every file with a problem: data at start is whole or nothing starts.
 */
export function loadMeters(): ReadonlyMap<string, Meter> {
  const problems: string[] = [];
  const meters = new Map<string, Meter>();
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .toSorted()) {
    const found: unknown = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
    if (!check.Check(found)) {
      problems.push(...check.Errors(found).map((each) => `${file} ${each.instancePath}: ${each.message}`));
      continue;
    }
    problems.push(...problemsOf(found).map((problem) => `${file} ${problem}`));
    meters.set(file.replace(/\.json$/, ""), found);
  }
  if (problems.length > 0) throw new Error(`agent/meters:\n  ${problems.join("\n  ")}`);
  return meters;
}

function problemsOf(meter: Meter): string[] {
  const chip = chips.find(({ name }) => name === meter.chip);
  if (chip === undefined) return [`/chip: no chip "${meter.chip}"`];
  const problems: string[] = [];
  if ((meter.line === undefined) === (meter.hid === undefined))
    problems.push("/line: either a line or, where its cable is no serial port, hid");
  if (chip.kind === "hid" && meter.hid === undefined)
    problems.push(`/hid: ${chip.name} is read by no serial port`);
  const seven = meter.line?.frame.startsWith("7") === true;
  if (
    meter.line !== undefined &&
    chip.kind !== "polled" &&
    chip.kind !== "hid" &&
    seven !== (chip.bits !== "8N1")
  )
    problems.push(`/line/frame: ${chip.name} is on a line of ${chip.bits}, found ${meter.line.frame}`);
  return problems;
}

/** The meter's chip, told what this model does in its own way. */
export function chipOf(meter: Meter): Chip | undefined {
  const chip = chips.find(({ name }) => name === meter.chip);
  if (chip?.kind !== "streaming" || chip.forModel === undefined) return chip;
  return chip.forModel({ counts: meter.counts, userBits: meter.userBits });
}
