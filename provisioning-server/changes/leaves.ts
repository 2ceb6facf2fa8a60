import { isDeepStrictEqual } from "node:util";
import type { Device } from "../../protocol/device.ts";
import { settingCatalogue } from "../../protocol/phone-settings.ts";
import type { Site } from "../../protocol/site.ts";
import type { Tenant } from "../../protocol/tenant.ts";
import { settingsIn, valueAt } from "../answer/settings-for.ts";
import { withSetting } from "../inventory/plan-phone.ts";
import { decodeSettingPath, putSetting } from "../inventory/setting-place.ts";
import type { ChangeEntry, ChangeHolder, Leaves } from "../store/change-sets.ts";

// A phone, site or tenant as a flat list of what a person can change about it: `model`, `line2.user`, `time.zone`.
// Changes are kept and undone leaf by leaf, so that what others changed since stays.

/** How far the enrolment is and how often it was changed: kept for a phone that comes back, and never compared. */
const unstable = new Set(["state", "revision"]);

function settingLeaves(
  settings: object,
  prefix: string,
  name: (path: string) => string,
): [string, unknown][] {
  return settingsIn(settings, prefix).map((path) => [
    name(path),
    valueAt(settings, (prefix === "" ? path : path.slice(prefix.length + 1)).split(".")),
  ]);
}

const same = (path: string): string => path;

export function leavesOfDevice(device: Device): Leaves {
  const { vendor, model, site, label, state, tokenGeneration, revision, raw } = device;
  return new Map<string, unknown>([
    ["vendor", vendor],
    ["model", model],
    ["site", site],
    ...(label === undefined ? [] : [["label", label] as const]),
    ["state", state],
    ["tokenGeneration", tokenGeneration],
    ["revision", revision],
    ...(Object.keys(raw).length === 0 ? [] : [["raw", raw] as const]),
    ...settingLeaves(device.settings, "", same),
    ...device.lines.flatMap(({ index, settings }) =>
      settingLeaves(settings, "line", (path) => path.replace("line.", `line${index}.`)),
    ),
  ]);
}

/** Without its window: that opens and closes with the day's work, and no config depends on it. */
export function leavesOfSite(site: Site): Leaves {
  return new Map<string, unknown>([
    ["name", site.name],
    ["networks", site.networks],
    ...(site.clearDoors === undefined ? [] : [["clearDoors", site.clearDoors] as const]),
    ...settingLeaves(site.settings, "", same),
  ]);
}

export function leavesOfTenant(tenant: Tenant): Leaves {
  return new Map<string, unknown>([["name", tenant.name], ...settingLeaves(tenant.settings, "", same)]);
}

/** The phone with leaves put, or taken out where the value is undefined. A setting we no longer have is left out. */
export function deviceWith(device: Device, leaves: Leaves): Device {
  let changed = device;
  for (const [path, value] of leaves) {
    if (path === "label") {
      const { label: _gone, ...rest } = changed;
      changed = value === undefined ? rest : ({ ...rest, label: value } as Device);
    } else if (path === "raw") changed = { ...changed, raw: (value ?? {}) as Device["raw"] };
    else if (ownFields.has(path)) changed = value === undefined ? changed : { ...changed, [path]: value };
    else {
      const place = decodeSettingPath(path);
      if (place.ok) changed = withSetting(changed, place.value, value);
    }
  }
  return changed;
}

const ownFields = new Set(["vendor", "model", "site", "state", "tokenGeneration", "revision"]);

/** The site with leaves put, or taken out where the value is undefined. */
export function siteWith(site: Site, leaves: Leaves): Site {
  let changed = site;
  for (const [path, value] of leaves) {
    if (path === "clearDoors") {
      const { clearDoors: _gone, ...rest } = changed;
      changed = value === undefined ? rest : ({ ...rest, clearDoors: value } as Site);
    } else if (path === "name" || path === "networks")
      changed = value === undefined ? changed : { ...changed, [path]: value };
    else {
      const place = decodeSettingPath(path);
      if (place.ok) changed = { ...changed, settings: putSetting(changed.settings, place.value, value) };
    }
  }
  return changed;
}

/** The tenant with leaves put, or taken out where the value is undefined. */
export function tenantWith(tenant: Tenant, leaves: Leaves): Tenant {
  let changed = tenant;
  for (const [path, value] of leaves) {
    const place = decodeSettingPath(path);
    if (path === "name" && typeof value === "string") changed = { ...changed, name: value };
    else if (place.ok) changed = { ...changed, settings: putSetting(changed.settings, place.value, value) };
  }
  return changed;
}

/** The paths that a change is about. */
export function pathsOf({ before, after }: Pick<ChangeEntry, "before" | "after">): string[] {
  return [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])].filter(
    (path) => !unstable.has(path) || before === undefined || after === undefined,
  );
}

export function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(a, b);
}

/** The paths that say otherwise; what the work of phones moves on (their enrolment) does not count. */
export function differingPaths(one: Leaves, other: Leaves): string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter(
    (path) => !unstable.has(path) && !isSame(one.get(path), other.get(path)),
  );
}

function pick(leaves: Leaves, paths: readonly string[]): Leaves {
  return new Map(paths.flatMap((path) => (leaves.has(path) ? [[path, leaves.get(path)] as const] : [])));
}

/** What is another between two states; undefined where nothing is. A side that is not there: it came, or went. */
export function changeBetween(
  holder: ChangeHolder,
  name: string,
  before: Leaves | undefined,
  after: Leaves | undefined,
): ChangeEntry | undefined {
  if (before === undefined || after === undefined) {
    if (before === after) return undefined;
    return {
      holder,
      name,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    };
  }
  const paths = differingPaths(before, after);
  if (paths.length === 0) return undefined;
  return { holder, name, before: pick(before, paths), after: pick(after, paths) };
}

/** What becomes of a phone, as a change. */
export function deviceChange(before: Device | undefined, after: Device | undefined): ChangeEntry | undefined {
  const [was, is] = [before, after].map((device) => device && leavesOfDevice(device));
  return changeBetween("device", (after ?? before)?.mac ?? "", was, is);
}

/** What becomes of a site, as a change. */
export function siteChange(before: Site | undefined, after: Site | undefined): ChangeEntry | undefined {
  const [was, is] = [before, after].map((site) => site && leavesOfSite(site));
  return changeBetween("site", (after ?? before)?.id ?? "", was, is);
}

/** What becomes of a tenant's own settings, as a change. */
export function tenantChange(before: Tenant | undefined, after: Tenant | undefined): ChangeEntry | undefined {
  const [was, is] = [before, after].map((tenant) => tenant && leavesOfTenant(tenant));
  return changeBetween("tenant", (after ?? before)?.id ?? "", was, is);
}

/** One change after another on the same thing, as one change; undefined where the second took the first back. */
export function joinChanges(first: ChangeEntry, second: ChangeEntry): ChangeEntry | undefined {
  const [was, is] = [new Set(pathsOf(first)), new Set(pathsOf(second))];
  const paths = [...new Set([...was, ...is])];
  const side = (value: (path: string) => unknown): Leaves =>
    new Map(paths.map((path) => [path, value(path)] as const).filter(([, each]) => each !== undefined));
  const before =
    first.before === undefined
      ? undefined
      : side((path) => (was.has(path) ? first.before : second.before)?.get(path));
  const after =
    second.after === undefined
      ? undefined
      : side((path) => (is.has(path) ? second.after : first.after)?.get(path));
  return changeBetween(first.holder, first.name, before, after);
}

/** Whether a leaf is a secret. Vendor keys are written by hand and may carry anything. */
export function isSecretLeaf(path: string): boolean {
  return path === "raw" || settingCatalogue.get(path.replace(/^line\d+\./, "line."))?.secret === true;
}
