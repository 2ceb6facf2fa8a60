import { settingCatalogue } from "../../protocol/phone-settings.ts";
import { lackReason } from "../profiles/lack-reason.ts";
import type { ProfileProblem } from "../profiles/profile-problem.ts";
import type { Family, ModelProfile } from "../profiles/profiles.ts";
import type { Conditions, MapGroup } from "../profiles/settings-map.ts";
import { abilitiesOf, isExclusive, isVersionBelow, type PlacedEntry, valuesOf } from "./exclusive.ts";

const modelsOf = (family: Family): ModelProfile[] => [...new Set(family.models.values())];

function placedIn(groups: readonly MapGroup[], from = ""): PlacedEntry[] {
  return groups.flatMap((group, index) =>
    group.entries.map((entry) => ({
      group,
      entry,
      place: `${from}/groups/${index} (${group.about}) ${[entry.key].flat()[0] ?? ""}`,
    })),
  );
}

const partOf = ({ group, entry }: PlacedEntry): string => entry.part ?? group.part ?? "device";

/** Which parts of the map meet in one file, so that a key in both would stand in it twice. */
function meet(family: Family, a: string, b: string): boolean {
  return (
    a === b || family.vendor.files.some(({ carries = [] }) => carries.includes(a) && carries.includes(b))
  );
}

/** Keys that could be written twice into one file; a phone takes the one or the other. */
export function doubledKeys(family: Family): ProfileProblem[] {
  const models = modelsOf(family);
  const byKey = Map.groupBy(
    placedIn(family.map.groups).filter(({ entry }) => typeof entry.key === "string"),
    ({ group, entry }) => `${group.each ?? ""} ${[entry.key].flat()[0] ?? ""}`,
  );
  const problems: ProfileProblem[] = [];
  for (const entries of byKey.values())
    for (const [index, a] of entries.entries())
      for (const b of entries.slice(index + 1)) {
        if (!meet(family, partOf(a), partOf(b)) || a.entry.key.includes("{name}")) continue;
        if (a.entry.encoding !== undefined && b.entry.encoding !== undefined) continue;
        const unusedTwice = a.entry.unused !== undefined && b.entry.unused !== undefined;
        if (!unusedTwice && isExclusive(a, b, models)) continue;
        problems.push({
          file: `${family.id}/settings.json`,
          path: b.place,
          expected: unusedTwice
            ? "`unused` at one of the entries of a key"
            : "a key used once, or conditions of which only one can hold",
          found: `the same key at ${a.place}`,
        });
      }
  return problems;
}

function impossible(conditions: Conditions | undefined, each: string | undefined): string | undefined {
  for (const [path, wanted] of Object.entries(conditions ?? {})) {
    const values = valuesOf(path, each);
    const words = [wanted].flat().map(String);
    if (values === undefined || wanted === "*") continue;
    const odd = words.find((word) => word !== "" && !values.includes(word));
    if (odd !== undefined) return `${path} is never ${odd}: it is one of ${values.join(", ")}`;
  }
  return undefined;
}

/** Why an entry is never written for any model, or undefined. */
function deadBecause(placed: PlacedEntry, family: Family): string | undefined {
  const { group, entry } = placed;
  const models = modelsOf(family);
  for (const { versions } of [group, entry]) {
    const low = /(?:^| )>=([0-9.]+)/.exec(versions ?? "")?.[1];
    const high = /(?:^| )<([0-9.]+)/.exec(versions ?? "")?.[1];
    if (low !== undefined && high !== undefined && !isVersionBelow(low, high))
      return `no firmware is in ${versions}`;
  }
  const needed = abilitiesOf(placed);
  if (!models.some(({ about }) => needed.every((need) => about.capabilities.includes(need))))
    return `no model of the family has ${needed.join(" and ")}`;
  if (!family.vendor.files.some(({ carries }) => carries?.includes(partOf(placed))))
    return `no file carries the part ${partOf(placed)}`;
  if (group.each === "key" && models.every(({ about }) => about.keys === 0)) return "no model has keys";
  if (group.each === "module-key" && models.every(({ about }) => about.modules === undefined))
    return "no model takes modules";
  return [group.when, group.unless, entry.when, entry.unless]
    .map((conditions) => impossible(conditions, group.each))
    .find((reason) => reason !== undefined);
}

/** Entries that no phone ever gets, and tables that no entry uses. */
export function deadEntries(family: Family): ProfileProblem[] {
  const file = `${family.id}/settings.json`;
  const own = placedIn(family.map.groups);
  const added = modelsOf(family).flatMap(({ about }) => placedIn(about.adds ?? [], `${about.model} `));
  const problems = own.flatMap((placed): ProfileProblem[] => {
    const reason = deadBecause(placed, family);
    if (reason === undefined) return [];
    return [{ file, path: placed.place, expected: "an entry that some phone gets", found: reason }];
  });
  const tables = new Set(
    [...own, ...added].flatMap(({ entry }) => (typeof entry.map === "string" ? [entry.map] : [])),
  );
  for (const { about } of modelsOf(family))
    for (const { use } of about.differences ?? []) if (typeof use?.map === "string") tables.add(use.map);
  for (const name of Object.keys(family.map.words ?? {}))
    if (!tables.has(name))
      problems.push({
        file,
        path: `/words/${name}`,
        expected: "a table that some entry uses",
        found: "none",
      });
  return problems;
}

/** Every neutral setting is carried or lacked with a reason; one that an entry carries for all models is not lacked. */
export function uncovered(family: Family): ProfileProblem[] {
  const file = `${family.id}/settings.json`;
  return [...settingCatalogue.keys()].flatMap((path): ProfileProblem[] => {
    if (!family.carried.has(path) && lackReason(family.map, path) === undefined)
      return [
        { file, path: "/lacks", expected: `an entry for ${path}, or the reason why none`, found: "neither" },
      ];
    return [];
  });
}
