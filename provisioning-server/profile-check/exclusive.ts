import { Type } from "typebox";
import { settingCatalogue } from "../../protocol/phone-settings.ts";
import type { ModelProfile } from "../profiles/profiles.ts";
import { settingPath } from "../profiles/setting-path.ts";
import type { Conditions, MapEntry, MapGroup } from "../profiles/settings-map.ts";

/** An entry in its group. */
export interface PlacedEntry {
  readonly group: MapGroup;
  readonly entry: MapEntry;
  /** Where it stands, for people: `/groups/3 (accounts) account.{line}.label`. */
  readonly place: string;
}

type Wanted = Conditions[string];

/** Something no condition names; as good as any other text or number. */
const other = "\u0000other";

const meets = (value: string, wanted: Wanted): boolean =>
  wanted === "*" ? value !== "" : [wanted].flat().some((word) => String(word) === value);

function conditionsOn(path: string, all: readonly PlacedEntry[], which: "when" | "unless"): Wanted[] {
  return all
    .flatMap(({ group, entry }) => [group[which]?.[path], entry[which]?.[path]])
    .filter((wanted) => wanted !== undefined);
}

/** What a setting can be, as conditions see it: its words, or those that the conditions name and any other; or not set. */
function candidates(path: string, each: string | undefined, named: readonly Wanted[]): string[] {
  const values = valuesOf(path, each) ?? [...named.flat().map(String), other];
  const unset = settingCatalogue.get(path)?.default === undefined ? [""] : [];
  return [...new Set([...values, ...unset])].filter((value) => value !== "*");
}

/** Whether a setting can have a value that all conditions on it allow. */
function isPossible(path: string, all: readonly PlacedEntry[]): boolean {
  const when = conditionsOn(path, all, "when");
  const unless = conditionsOn(path, all, "unless");
  return candidates(path, all[0]?.group.each, [...when, ...unless]).some(
    (value) => when.every((wanted) => meets(value, wanted)) && !unless.some((wanted) => meets(value, wanted)),
  );
}

/** Values that a setting can have; undefined where they are not a few. */
export function valuesOf(path: string, each: string | undefined): readonly string[] | undefined {
  const schema = settingPath(path, each)?.schema;
  if (schema === undefined) return undefined;
  if (Type.IsBoolean(schema)) return ["true", "false"];
  return "enum" in schema && Array.isArray(schema.enum) ? schema.enum.map(String) : undefined;
}

function versionBounds(range: string | undefined): { low: string | undefined; high: string | undefined } {
  const bounds = range?.split(" ") ?? [];
  return {
    low: bounds.find((bound) => bound.startsWith(">="))?.slice(2),
    high: bounds.find((bound) => bound.startsWith("<"))?.slice(1),
  };
}

/** Numbers with dots, compared number by number. */
export function isVersionBelow(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => text.split(".").map(Number)) as [number[], number[]];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1)
    if ((left[at] ?? 0) !== (right[at] ?? 0)) return (left[at] ?? 0) < (right[at] ?? 0);
  return false;
}

/** The firmware in which both hold is none. */
function versionsApart(a: PlacedEntry, b: PlacedEntry): boolean {
  const all = [a.group, a.entry, b.group, b.entry].map(({ versions }) => versionBounds(versions));
  const lows = all.flatMap(({ low }) => low ?? []);
  const highs = all.flatMap(({ high }) => high ?? []);
  return highs.some((high) => lows.some((low) => !isVersionBelow(low, high)));
}

/** What a model must be able to do for the entry to be written. */
export function abilitiesOf({ group, entry }: PlacedEntry): string[] {
  return [...(group.only ?? []), ...(entry.only ?? []), ...(group.needs ?? []), ...(entry.needs ?? [])];
}

function noModelHasBoth(a: PlacedEntry, b: PlacedEntry, models: readonly ModelProfile[]): boolean {
  const needed = [...abilitiesOf(a), ...abilitiesOf(b)];
  return !models.some(({ about }) => needed.every((need) => about.capabilities.includes(need)));
}

/** Whether two entries can never be written for one phone in one turn: their conditions, versions or abilities part them. */
export function isExclusive(a: PlacedEntry, b: PlacedEntry, models: readonly ModelProfile[]): boolean {
  if (versionsApart(a, b) || noModelHasBoth(a, b, models)) return true;
  const both = [a, b];
  const paths = both.flatMap(({ group, entry }) =>
    [group.when, group.unless, entry.when, entry.unless].flatMap((each) => Object.keys(each ?? {})),
  );
  return paths.some((path) => !isPossible(path, both));
}
