import type { Device } from "../../protocol/device.ts";
import type { Site } from "../../protocol/site.ts";
import type { Tenant } from "../../protocol/tenant.ts";
import { done, refused, type Verb } from "../inventory/flaw.ts";
import type { ChangeHolder, Leaves } from "../store/change-sets.ts";
import { Devices } from "../store/devices.ts";
import type { StoreHandle } from "../store/open-store.ts";
import type { Sealing } from "../store/sealing.ts";
import { Sites } from "../store/sites.ts";
import { Tenants } from "../store/tenants.ts";
import { deviceWith, leavesOfDevice, leavesOfSite, leavesOfTenant, siteWith, tenantWith } from "./leaves.ts";

/** How one kind of thing is read and put back, whatever it is. */
export interface Keeper {
  /** As it stands; undefined where there is none. */
  read(inside: StoreHandle, name: string): Promise<Leaves | undefined>;
  /** Puts leaves (undefined takes one out) on what stands, or on nothing. */
  put(inside: StoreHandle, name: string, leaves: Leaves): Promise<Verb<undefined>>;
  remove(inside: StoreHandle, name: string): Promise<Verb<undefined>>;
}

/** The phones and sites of a tenant and its own settings, for changes that are applied or taken back. */
export function keepersOf(sealing: Sealing, tenant: string): Readonly<Record<ChangeHolder, Keeper>> {
  return {
    device: deviceKeeper(sealing, tenant),
    site: siteKeeper(sealing, tenant),
    tenant: tenantKeeper(sealing),
  };
}

export function emptyDevice(mac: string): Device {
  return {
    mac,
    vendor: "",
    model: "",
    site: "",
    state: "expected",
    lines: [],
    settings: {},
    raw: {},
    tokenGeneration: 1,
    revision: 0,
  };
}

function deviceKeeper(sealing: Sealing, tenant: string): Keeper {
  return {
    async read(inside, mac) {
      const device = await new Devices(inside, sealing).get(tenant, mac);
      return device === undefined ? undefined : leavesOfDevice(device);
    },
    async put(inside, mac, leaves) {
      const devices = new Devices(inside, sealing);
      const owner = await devices.owner(mac);
      if (owner !== undefined && owner !== tenant)
        return refused({
          place: mac,
          expected: "a phone of this tenant",
          found: "one that another tenant has",
        });
      const stands = await devices.get(tenant, mac);
      const device = deviceWith(stands ?? emptyDevice(mac), leaves);
      if ((await new Sites(inside, sealing).get(tenant, device.site)) === undefined)
        return refused({ place: `${mac} site`, expected: "a site that is there", found: device.site });
      // Each state has a revision of its own, also one that was there before: what is served is known by it.
      await devices.put(tenant, { ...device, revision: (stands ?? device).revision + 1 });
      return done(undefined);
    },
    async remove(inside, mac) {
      await new Devices(inside, sealing).remove(tenant, mac);
      return done(undefined);
    },
  };
}

function siteKeeper(sealing: Sealing, tenant: string): Keeper {
  return {
    async read(inside, id) {
      const site = await new Sites(inside, sealing).get(tenant, id);
      return site === undefined ? undefined : leavesOfSite(site);
    },
    async put(inside, id, leaves) {
      const sites = new Sites(inside, sealing);
      await sites.put(siteWith((await sites.get(tenant, id)) ?? emptySite(tenant, id), leaves));
      return done(undefined);
    },
    async remove(inside, id) {
      const phones = await new Devices(inside, sealing).macsOf(tenant, id);
      if (phones.length > 0)
        return refused({ place: `site ${id}`, expected: "no phones", found: `${phones.length}` });
      await new Sites(inside, sealing).remove(tenant, id);
      return done(undefined);
    },
  };
}

export function emptySite(tenant: string, id: string): Site {
  return { id, tenant, name: id, networks: [], settings: {} };
}

function tenantKeeper(sealing: Sealing): Keeper {
  return {
    async read(inside, id) {
      const tenant = await new Tenants(inside, sealing).get(id);
      return tenant === undefined ? undefined : leavesOfTenant(tenant);
    },
    async put(inside, id, leaves) {
      const tenants = new Tenants(inside, sealing);
      const stands = (await tenants.get(id)) ?? emptyTenant(id);
      await tenants.put({ ...tenantWith(stands, leaves), revision: stands.revision + 1 });
      return done(undefined);
    },
    async remove(_inside, id) {
      const remedy = `\`offhook tenant remove ${id}\` looks at what it still has.`;
      return refused({
        place: `tenant ${id}`,
        expected: "a change of its settings",
        found: "its removal",
        remedy,
      });
    },
  };
}

export function emptyTenant(id: string): Tenant {
  return { id, name: id, settings: {}, revision: 0 };
}
