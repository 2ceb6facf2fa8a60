import { isDeepStrictEqual } from "node:util";
import type { Device } from "../../protocol/device.ts";
import { tryParseMacAddress, type MacAddress } from "../../protocol/mac-address.ts";
import type { Profiles } from "../profiles/profiles.ts";
import { closestWord } from "./closest-word.ts";
import { nameModel, type ModelName } from "./models.ts";
import { done, refused, type Flaw, type Verb } from "./flaw.ts";
import { decodeSettingPath, putLineSetting, putSetting } from "./setting-place.ts";
import { decodeSettingValue } from "./setting-value.ts";

/** A phone as a person describes it: every word as typed. What is absent stays as it is (a new phone needs a model). */
export interface PhoneDraft {
  readonly mac: string;
  readonly vendor?: string;
  readonly model?: string;
  readonly site?: string;
  readonly label?: string;
  /** Switch and port where it belongs: `sw1/7`. */
  readonly port?: string;
  readonly settings?: readonly { readonly path: string; readonly text: string; readonly column?: string }[];
}

export interface PhonePlan {
  readonly change: "added" | "changed" | "unchanged";
  readonly device: Device;
}

/** What a plan is made against. */
export interface PhoneWorld {
  readonly profiles: Profiles;
  readonly sites: readonly string[];
  /** The phone as it stands, with its secrets. */
  readonly known: Device | undefined;
}

const macExpected = "a MAC address of 12 hex digits, in any usual form";

/** Reads a MAC, and says what a spreadsheet did to it when one did. */
export function readMac(text: string): Verb<MacAddress> {
  const mac = tryParseMacAddress(text);
  if (mac !== undefined) return done(mac);
  const mangled = /^\d+([.,]\d+)?E\+?\d+$/i.test(text.trim()) || /^\d{9,11}$/.test(text.trim());
  return refused({
    place: "mac",
    expected: macExpected,
    found: text === "" ? "nothing" : text,
    ...(mangled
      ? { remedy: "A spreadsheet took it for a number: format the column as text and export again." }
      : {}),
  });
}

function newPhone(mac: MacAddress): Device {
  const empty = { vendor: "", model: "", site: "" };
  return {
    ...empty,
    mac,
    state: "expected",
    lines: [],
    settings: {},
    raw: {},
    tokenGeneration: 1,
    revision: 1,
  };
}

/** What the draft makes of the phone, or all that is wrong with it. Pure: nothing is stored. */
export function planPhone(draft: PhoneDraft, mac: MacAddress, world: PhoneWorld): Verb<PhonePlan> {
  const flaws: Flaw[] = [];
  const model = planModel(draft, mac, world, flaws);
  const site = planSite(draft, world, flaws);
  const base = world.known ?? newPhone(mac);
  const withSettings = planSettings(draft, base, flaws);
  const label = (draft.label ?? "") === "" ? base.label : draft.label;
  if (label !== undefined && label.length > 100)
    flaws.push({ place: "label", expected: "at most 100 characters", found: `${label.length}` });
  if (draft.port !== undefined && !/^[^/]+\/.{1,80}$/.test(draft.port))
    flaws.push({ place: "port", expected: "a switch and its port, such as sw1/7", found: draft.port });
  const most = Math.max(0, ...withSettings.lines.map((line) => line.index));
  if (model !== undefined && most > model.lines && model.lines > 0)
    flaws.push({
      place: `line${most}`,
      expected: `at most ${model.lines} lines (${model.model})`,
      found: `${most}`,
    });
  if (flaws.length > 0 || model === undefined || site === undefined) return refused(...flaws);
  const device: Device = {
    ...withSettings,
    vendor: model.vendor,
    model: model.model,
    site,
    ...(label === undefined ? {} : { label }),
    ...(draft.port === undefined ? {} : { port: draft.port }),
  };
  return done(compare(world.known, device));
}

function compare(known: Device | undefined, device: Device): PhonePlan {
  if (known === undefined) return { change: "added", device };
  if (isDeepStrictEqual(known, device)) return { change: "unchanged", device: known };
  return { change: "changed", device: { ...device, revision: known.revision + 1 } };
}

function planModel(
  draft: PhoneDraft,
  mac: MacAddress,
  world: PhoneWorld,
  flaws: Flaw[],
): ModelName | undefined {
  const vendor = draft.vendor ?? (draft.model === undefined ? world.known?.vendor : undefined);
  const model = draft.model ?? world.known?.model;
  if (model === undefined) {
    flaws.push({ place: "model", expected: "the model of a new phone", found: "nothing" });
    return undefined;
  }
  const named = nameModel(world.profiles, { mac, model, ...(vendor === undefined ? {} : { vendor }) });
  if (named.ok) return named.value;
  flaws.push(...named.flaws);
  return undefined;
}

function planSite(draft: PhoneDraft, world: PhoneWorld, flaws: Flaw[]): string | undefined {
  const only = world.sites.length === 1 ? world.sites[0] : undefined;
  const site = draft.site ?? world.known?.site ?? only;
  if (site !== undefined && world.sites.includes(site)) return site;
  const close = site === undefined ? undefined : closestWord(site, world.sites);
  flaws.push({
    place: "site",
    expected: world.sites.length === 0 ? "a site" : `one of ${world.sites.slice(0, 20).join(", ")}`,
    found: site ?? "nothing",
    remedy: close === undefined ? "`offhook site add ID` makes one." : `Was ${close} meant?`,
  });
  return undefined;
}

function planSettings(draft: PhoneDraft, base: Device, flaws: Flaw[]): Device {
  let device = base;
  for (const { path, text, column } of draft.settings ?? []) {
    const at = column === undefined ? {} : { column };
    const place = decodeSettingPath(path);
    if (!place.ok) {
      flaws.push({ ...place.why, ...at });
      continue;
    }
    const value = decodeSettingValue(place.value.about, text, path);
    if (value.ok) device = withSetting(device, place.value, value.value);
    else flaws.push({ ...value.why, ...at });
  }
  return device;
}

/** The phone with one setting put, or taken out when the value is undefined; its revision is the caller's. */
export function withSetting(device: Device, place: Parameters<typeof putSetting>[1], value: unknown): Device {
  return place.line === undefined
    ? { ...device, settings: putSetting(device.settings, place, value) }
    : { ...device, lines: putLineSetting(device.lines, place, value) };
}
