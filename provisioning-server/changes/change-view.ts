import type { Device } from "../../protocol/device.ts";
import type { Site } from "../../protocol/site.ts";
import type { Tenant } from "../../protocol/tenant.ts";
import { maskSecrets } from "../store/secret-leaves.ts";
import type { ChangeEntry, ChangeHolder, ChangeSet, Leaves } from "../store/change-sets.ts";
import { emptyDevice, emptySite, emptyTenant } from "./keepers.ts";
import {
  deviceWith,
  isSame,
  leavesOfDevice,
  leavesOfSite,
  leavesOfTenant,
  pathsOf,
  siteWith,
  tenantWith,
} from "./leaves.ts";

/** One setting that a change set, took out (`to` absent) or put in (`from` absent); secrets are dots. */
export interface SettingChange {
  readonly setting: string;
  readonly from?: string;
  readonly to?: string;
}

/** What a change did to one phone, site or tenant, for people. */
export interface EntryView {
  readonly holder: ChangeHolder;
  /** MAC, site id or tenant id. */
  readonly name: string;
  readonly change: "added" | "removed" | "changed";
  readonly settings: readonly SettingChange[];
}

export interface ChangeView extends ChangeSet {
  readonly entries: readonly EntryView[];
}

/** Secrets lie also inside of lists (phonebooks, vendor keys): the schema knows where. */
function masked(holder: ChangeHolder, leaves: Leaves): Leaves {
  if (holder === "device") return leavesOfDevice(maskSecrets<Device>(deviceWith(emptyDevice(""), leaves)));
  if (holder === "tenant") return leavesOfTenant(maskSecrets<Tenant>(tenantWith(emptyTenant(""), leaves)));
  return leavesOfSite(maskSecrets<Site>(siteWith(emptySite("", ""), leaves)));
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Told of phones that come and go: everything but how they are counted. */
const untold = new Set(["state", "revision", "tokenGeneration"]);

export function viewEntry(entry: ChangeEntry): EntryView {
  const { holder, name, before, after } = entry;
  const from = before === undefined ? undefined : masked(holder, before);
  const to = after === undefined ? undefined : masked(holder, after);
  const settings = pathsOf(entry)
    .filter((path) => !untold.has(path) && !isSame(before?.get(path), after?.get(path)))
    .map((setting) => ({
      setting,
      ...(before?.has(setting) === true ? { from: textOf(from?.get(setting)) } : {}),
      ...(after?.has(setting) === true ? { to: textOf(to?.get(setting)) } : {}),
    }));
  const change = before === undefined ? "added" : after === undefined ? "removed" : "changed";
  return { holder, name, change, settings };
}
