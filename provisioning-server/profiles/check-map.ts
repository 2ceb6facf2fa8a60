import { Type } from "typebox";
import { settingCatalogue } from "../../protocol/phone-settings.ts";
import { findEncoding } from "./encodings/list.ts";
import type { ProfileProblem } from "./profile-problem.ts";
import { settingPath } from "./setting-path.ts";
import type { Conditions, MapEntry, MapGroup, SettingsMap } from "./settings-map.ts";

// What a schema cannot see: paths that mean nothing, names that point nowhere, words of no setting.

type Report = (path: string, expected: string, found: string) => void;

const keyPlaceholders: Record<string, readonly string[]> = {
  line: ["line", "line0"],
  key: ["key", "key0", "bank", "place"],
  "module-key": ["module", "module0", "key", "key0"],
};

function checkKey(entry: MapEntry, each: string | undefined, report: Report): void {
  const allowed = [
    ...(each === undefined ? [] : (keyPlaceholders[each] ?? ["n", "n0"])),
    ...(entry.encoding === undefined ? [] : ["name"]),
  ];
  for (const key of [entry.key].flat())
    for (const [, name = ""] of key.matchAll(/\{([^}]*)\}/g))
      if (!allowed.includes(name))
        report("key", `placeholders of ${allowed.join(", ") || "none"}`, `{${name}}`);
  if (Array.isArray(entry.key) && each !== "line") report("key", "one key outside of `each: line`", "a list");
}

function checkPath(place: string, path: string, each: string | undefined, report: Report): void {
  if (settingPath(path, each) === undefined) report(place, "the path of a setting", path);
}

function checkConditions(
  place: string,
  conditions: Conditions | undefined,
  each: string | undefined,
  report: Report,
): void {
  for (const path of Object.keys(conditions ?? {})) checkPath(place, path, each, report);
}

/** A map's left side names words that its setting can have. */
function checkWords(entry: MapEntry, map: SettingsMap, each: string | undefined, report: Report): void {
  const words = typeof entry.map === "string" ? map.words?.[entry.map] : entry.map;
  if (typeof entry.map === "string" && words === undefined) report("map", "a table of `words`", entry.map);
  const schema = entry.value === undefined ? undefined : settingPath(entry.value, each)?.schema;
  if (words === undefined || schema === undefined) return;
  const allowed = Type.IsBoolean(schema)
    ? ["true", "false"]
    : "enum" in schema && Array.isArray(schema.enum)
      ? schema.enum.map(String)
      : undefined;
  if (allowed === undefined) return;
  for (const word of Object.keys(words))
    if (!allowed.includes(word)) report("map", `words of ${entry.value}: ${allowed.join(", ")}`, word);
}

function checkSource(entry: MapEntry, each: string | undefined, report: Report): void {
  const sources = [entry.value, entry.constant, entry.encoding].filter((source) => source !== undefined);
  if (sources.length !== 1) report("", "one of value, constant, encoding", `${sources.length} of them`);
  if (entry.value !== undefined) checkPath("value", entry.value, each, report);
  if (entry.constant !== undefined && entry.why === undefined)
    report("why", "why the constant is so", "nothing");
  if (entry.encoding !== undefined && findEncoding(entry.encoding) === undefined)
    report("encoding", "a name of profiles/encodings/list.ts", entry.encoding);
  for (const [, path = ""] of (entry.format ?? "").matchAll(/\{([^}]*)\}/g))
    if (path !== "value") checkPath("format", path, each, report);
  if (entry.bootstrap && entry.value !== undefined && settingPath(entry.value, each)?.secret === true)
    report("bootstrap", "nothing secret through a door without encryption", entry.value);
}

function checkEntry(entry: MapEntry, group: MapGroup, map: SettingsMap, report: Report): void {
  checkKey(entry, group.each, report);
  checkSource(entry, group.each, report);
  checkWords(entry, map, group.each, report);
  checkConditions("when", entry.when, group.each, report);
  checkConditions("unless", entry.unless, group.each, report);
}

/** Checks groups of a map (a family's, or what a model adds). */
export function checkGroups(file: string, groups: readonly MapGroup[], map: SettingsMap): ProfileProblem[] {
  const problems: ProfileProblem[] = [];
  for (const [index, group] of groups.entries()) {
    const at = `/groups/${index} (${group.about})`;
    const report = (path: string, expected: string, found: string) => {
      problems.push({ file, path: `${at}${path === "" ? "" : ` ${path}`}`, expected, found });
    };
    const { each } = group;
    const list = each === undefined ? undefined : settingPath(each)?.schema;
    if (
      each !== undefined &&
      keyPlaceholders[each] === undefined &&
      (list === undefined || !Type.IsArray(list))
    )
      report("each", "line, key, module-key or a list setting", each);
    checkConditions("when", group.when, undefined, report);
    checkConditions("unless", group.unless, undefined, report);
    for (const entry of group.entries)
      checkEntry(entry, group, map, (path, expected, found) => {
        report(`${[entry.key].flat()[0]} ${path}`, expected, found);
      });
  }
  return problems;
}

/** The reasons in `lacks` are for settings that exist, or groups of them. */
export function checkLacks(file: string, map: SettingsMap): ProfileProblem[] {
  return Object.keys(map.lacks ?? {})
    .filter((path) => settingPath(path) === undefined && !isGroup(path))
    .map((path) => ({ file, path: "/lacks", expected: "the path of a setting", found: path }));
}

function isGroup(path: string): boolean {
  return [...settingCatalogue.keys()].some((setting) => setting.startsWith(`${path}.`));
}
