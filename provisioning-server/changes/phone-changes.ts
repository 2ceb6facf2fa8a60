import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Phonebook } from "../../protocol/phonebook.ts";
import type { PhoneSettings } from "../../protocol/phone-settings.ts";
import type { Device } from "../../protocol/device.ts";
import type { Site } from "../../protocol/site.ts";
import type { RenderContext } from "../answer/directory.ts";
import type { Profiles } from "../profiles/profiles.ts";
import type { ChangeEntry, Leaves } from "../store/change-sets.ts";
import { DeviceSeen } from "../store/device-seen.ts";
import { Devices } from "../store/devices.ts";
import type { StoreHandle } from "../store/open-store.ts";
import { Phonebooks } from "../store/phonebooks.ts";
import type { Sealing } from "../store/sealing.ts";
import { Sites } from "../store/sites.ts";
import type { PhoneChange, PhoneState } from "./fleet-change.ts";
import { emptyDevice, emptySite } from "./keepers.ts";
import { deviceWith, pathsOf, siteWith } from "./leaves.ts";

/** A tenant's phones and all that their files follow from, as they stand. */
export interface Fleet {
  readonly profiles: Profiles;
  readonly context: RenderContext;
  readonly tenant: PhoneSettings | undefined;
  readonly devices: ReadonlyMap<MacAddress, Device>;
  readonly sites: ReadonlyMap<string, Site>;
  readonly phonebooks: ReadonlyMap<string, Phonebook>;
  readonly firmware: ReadonlyMap<MacAddress, string>;
}

/** Reads a tenant's phones and sites, all or those that are asked for. */
export async function readFleet(from: {
  readonly store: StoreHandle;
  readonly sealing: Sealing;
  readonly tenant: string;
  readonly settings: PhoneSettings | undefined;
  readonly profiles: Profiles;
  readonly context: RenderContext;
}): Promise<Fleet> {
  const { store, sealing, tenant, profiles, context } = from;
  const devices = await new Devices(store, sealing).list(tenant);
  const sites = await new Sites(store, sealing).list(tenant);
  const seen = await new DeviceSeen(store).all(tenant);
  const phonebooks = new Map<string, Phonebook>();
  for (const { id } of sites) {
    const book = await new Phonebooks(store).get(tenant, id);
    if (book !== undefined) phonebooks.set(id, book);
  }
  const firmware = [...seen].flatMap(([mac, { firmware: said }]) =>
    said === undefined ? [] : [[mac, said] as const],
  );
  return {
    profiles,
    context,
    tenant: from.settings,
    devices: new Map(devices.map((device) => [device.mac, device])),
    sites: new Map(sites.map((site) => [site.id, site])),
    phonebooks,
    firmware: new Map(firmware),
  };
}

/** A phone of the fleet with everything its files follow from. */
export function stateOf(fleet: Fleet, device: Device, profiles = fleet.profiles): PhoneState {
  const { context, tenant, sites, phonebooks, firmware } = fleet;
  return {
    profiles,
    context,
    device,
    tenant,
    site: sites.get(device.site),
    phonebook: phonebooks.get(device.site),
    firmware: firmware.get(device.mac),
  };
}

const sideOf = (entry: ChangeEntry, side: Leaves | undefined): Leaves =>
  new Map(pathsOf(entry).map((path) => [path, side?.get(path)] as const));

function deviceAt(
  stands: Device | undefined,
  entry: ChangeEntry,
  side: "before" | "after",
): Device | undefined {
  const leaves = entry[side];
  if (leaves === undefined) return undefined;
  return deviceWith(stands ?? emptyDevice(entry.name), sideOf(entry, leaves));
}

function sitesAt(fleet: Fleet, entries: readonly ChangeEntry[], side: "before" | "after"): Map<string, Site> {
  const sites = new Map(fleet.sites);
  for (const entry of entries) {
    if (entry.holder !== "site") continue;
    if (entry[side] === undefined) sites.delete(entry.name);
    else {
      const stands = sites.get(entry.name) ?? emptySite("", entry.name);
      sites.set(entry.name, siteWith(stands, sideOf(entry, entry[side])));
    }
  }
  return sites;
}

function tenantAt(fleet: Fleet, entries: readonly ChangeEntry[], side: "before" | "after") {
  const entry = entries.find(({ holder }) => holder === "tenant");
  if (entry === undefined) return fleet.tenant;
  const site = siteWith({ ...emptySite("", ""), settings: fleet.tenant ?? {} }, sideOf(entry, entry[side]));
  return site.settings;
}

/** Every phone that a change may touch: its own phones, those of its sites, and all where the tenant's settings change. */
export function* phoneChanges(fleet: Fleet, entries: readonly ChangeEntry[]): Generator<PhoneChange> {
  const own = new Map(
    entries.flatMap((entry) => (entry.holder === "device" ? [[entry.name, entry] as const] : [])),
  );
  const sites = new Set(entries.flatMap((entry) => (entry.holder === "site" ? [entry.name] : [])));
  const everything = entries.some(({ holder }) => holder === "tenant");
  const worlds = {
    before: {
      ...fleet,
      sites: sitesAt(fleet, entries, "before"),
      tenant: tenantAt(fleet, entries, "before"),
    },
    after: { ...fleet, sites: sitesAt(fleet, entries, "after"), tenant: tenantAt(fleet, entries, "after") },
  };
  for (const mac of new Set([...fleet.devices.keys(), ...own.keys()])) {
    const stands = fleet.devices.get(mac);
    const entry = own.get(mac);
    const touched = entry !== undefined || everything || sites.has(stands?.site ?? "");
    if (!touched) continue;
    const before = entry === undefined ? stands : deviceAt(stands, entry, "before");
    const after = entry === undefined ? stands : deviceAt(stands, entry, "after");
    yield {
      mac,
      before: before === undefined ? undefined : stateOf(worlds.before, before),
      after: after === undefined ? undefined : stateOf(worlds.after, after),
    };
  }
}
