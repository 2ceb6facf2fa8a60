import { carriedPaths } from "../profiles/carried-paths.ts";
import { findEncoding } from "../profiles/encodings/list.ts";
import type { Encoding } from "../profiles/encodings/encoding.ts";
import type { ModelProfile } from "../profiles/profiles.ts";
import { settingPath } from "../profiles/setting-path.ts";
import type { Conditions, MapEntry, MapGroup } from "../profiles/settings-map.ts";
import { inVersionRange } from "../profiles/version-range.ts";

// What of a map holds for a model, a file and a firmware is the same for every phone: worked out once and kept.

/** A condition on a setting: `*` as undefined, or the words of which one must hold. */
export interface PlannedCondition {
  readonly path: string;
  readonly words: readonly string[] | undefined;
}

export interface PlannedConditions {
  readonly when: readonly PlannedCondition[];
  readonly unless: readonly PlannedCondition[];
}

/** A key's text and placeholders by turns: `account.{line}.label` is `account.`, `line`, `.label`. */
type KeyParts = readonly string[];

export interface PlannedEntry extends PlannedConditions {
  readonly entry: MapEntry;
  /** By account where the map lists them; else one for all. */
  readonly keys: readonly KeyParts[];
  readonly keysByLine: boolean;
  /** An ability the model has not: the entry is left out, and a person who set it is told. */
  readonly missing: string | undefined;
  readonly encoding: Encoding | undefined;
  /** What it stands for: its setting, its encoding's first, or for a constant the setting it depends on. */
  readonly setting: string | undefined;
  readonly secret: boolean;
}

export interface PlannedGroup extends PlannedConditions {
  readonly group: MapGroup;
  readonly entries: readonly PlannedEntry[];
}

/** Which file it is for. */
export interface PlanFor {
  /** Parts of the map that the file carries. */
  readonly parts: readonly string[];
  readonly firmware?: string;
  /** Only entries that lead to the HTTPS door. */
  readonly bootstrap: boolean;
}

function conditionsOf(from: { when?: Conditions; unless?: Conditions }): PlannedConditions {
  const planned = (conditions: Conditions | undefined): PlannedCondition[] =>
    Object.entries(conditions ?? {}).map(([path, wanted]) => ({
      path,
      words: wanted === "*" ? undefined : [wanted].flat().map(String),
    }));
  return { when: planned(from.when), unless: planned(from.unless) };
}

/** Whether this model and this firmware have it at all. */
function isOf(model: ModelProfile, { versions, only }: MapEntry | MapGroup, firmware: string | undefined) {
  const { skip } = model.family.vendor.firmware;
  if (versions !== undefined && !inVersionRange(versions, firmware, skip)) return false;
  return only === undefined || only.every((need) => model.about.capabilities.includes(need));
}

function settingOf(entry: MapEntry, encoding: Encoding | undefined): string | undefined {
  if (entry.value !== undefined) return entry.value;
  if (entry.encoding !== undefined) return encoding?.settings[0] ?? entry.encoding;
  return Object.keys({ ...entry.when, ...entry.unless })[0];
}

function planEntry(model: ModelProfile, group: MapGroup, entry: MapEntry): PlannedEntry {
  const encoding = entry.encoding === undefined ? undefined : findEncoding(entry.encoding);
  const setting = settingOf(entry, encoding);
  const needs = [...(group.needs ?? []), ...(entry.needs ?? [])];
  return {
    entry,
    ...conditionsOf(entry),
    keys: [entry.key].flat().map((template) => template.split(/[{}]/)),
    keysByLine: typeof entry.key !== "string",
    missing: needs.find((need) => !model.about.capabilities.includes(need)),
    encoding,
    setting,
    secret: setting !== undefined && settingPath(setting, group.each)?.secret === true,
  };
}

function plan(model: ModelProfile, { parts, firmware, bootstrap }: PlanFor): PlannedGroup[] {
  return model.groups.flatMap((group) => {
    if (!isOf(model, group, firmware)) return [];
    const entries = group.entries
      .filter((entry) => isOf(model, entry, firmware) && (!bootstrap || entry.bootstrap === true))
      .filter((entry) => parts.includes(entry.part ?? group.part ?? "device"))
      .map((entry) => planEntry(model, group, entry));
    return entries.length === 0 ? [] : [{ group, entries, ...conditionsOf(group) }];
  });
}

const plans = new WeakMap<ModelProfile, Map<string, readonly PlannedGroup[]>>();

// Firmware comes from agents, which anybody can write: a model's plans must not grow without end.
const mostPlans = 30;

/** The groups and entries that a file of this model has, in the map's order. */
export function planOf(model: ModelProfile, wanted: PlanFor): readonly PlannedGroup[] {
  const own = plans.get(model) ?? new Map<string, readonly PlannedGroup[]>();
  plans.set(model, own);
  const name = `${wanted.parts.join(" ")}|${wanted.bootstrap}|${wanted.firmware ?? ""}`;
  let groups = own.get(name);
  if (groups === undefined) {
    groups = plan(model, wanted);
    if (own.size >= mostPlans) own.clear();
    own.set(name, groups);
  }
  return groups;
}

const carried = new WeakMap<readonly PlannedGroup[], ReadonlySet<string>>();

/** Settings for which a model has a key in some of its files; others of its family may have more. */
export function carriedBy(model: ModelProfile, firmware: string | undefined): ReadonlySet<string> {
  const parts = [...new Set(model.family.vendor.files.flatMap(({ carries }) => carries ?? []))];
  const groups = planOf(model, { parts, bootstrap: false, ...(firmware === undefined ? {} : { firmware }) });
  let paths = carried.get(groups);
  if (paths === undefined) {
    paths = carriedPaths(
      groups.map(({ group, entries }) => ({ ...group, entries: entries.map(({ entry }) => entry) })),
    );
    carried.set(groups, paths);
  }
  return paths;
}
