import { readdirSync, readFileSync } from "node:fs";
import { Type, type Static } from "typebox";
import { Compile } from "typebox/compile";
import type { Chip } from "./chips/chip.ts";
import { chips } from "./chips/list.ts";

/** A multimeter as it is sold: its chip and its line. One JSON file each; the file's name is its id. */
export const Meter = Type.Object(
  {
    name: Type.String({ maxLength: 60, description: "maker and model as printed on it" }),
    chip: Type.String(),
    line: Type.Object(
      {
        baudRate: Type.Integer({ minimum: 300, maximum: 921_600 }),
        /** Absent where the meter does not care. */
        dtr: Type.Optional(Type.Boolean()),
        rts: Type.Optional(Type.Boolean()),
        why: Type.Optional(Type.String()),
      },
      { additionalProperties: false },
    ),
    mark: Type.Union([Type.Literal("proved"), Type.Literal("experimental")]),
    howTo: Type.String({ description: "what a person does on the meter so that it sends" }),
    sources: Type.Array(Type.String(), { minItems: 1 }),
  },
  { additionalProperties: false },
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
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
    const found: unknown = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
    if (!check.Check(found))
      problems.push(...check.Errors(found).map((each) => `${file} ${each.instancePath}: ${each.message}`));
    else if (chipOf(found) === undefined) problems.push(`${file} /chip: no chip "${found.chip}"`);
    else meters.set(file.replace(/\.json$/, ""), found);
  }
  if (problems.length > 0) throw new Error(`agent/meters:\n  ${problems.join("\n  ")}`);
  return meters;
}

export function chipOf(meter: Meter): Chip | undefined {
  return chips.find((chip) => chip.name === meter.chip);
}
