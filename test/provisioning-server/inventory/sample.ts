import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Device } from "../../../protocol/device.ts";
import type { Site } from "../../../protocol/site.ts";
import { Inventory } from "../../../provisioning-server/inventory/inventory.ts";
import { Vault } from "../../../provisioning-server/inventory/vault.ts";
import type { Profiles } from "../../../provisioning-server/profiles/profiles.ts";

/** As much of the profiles as the inventory asks: two vendors with a few models. */
export function sampleProfiles(): Profiles {
  const family = (vendor: string, macPrefixes: string[], models: [string, number][]) => ({
    id: vendor,
    vendor: { vendor, identify: { macPrefixes, agents: [] }, files: [] },
    models: new Map(models.map(([model, lines]) => [model.toLowerCase(), { about: { model, lines } }])),
  });
  const families = [
    family(
      "yealink",
      ["805ec0", "001565"],
      [
        ["T46U", 16],
        ["T31P", 2],
      ],
    ),
    family("snom", ["000413"], [["D785", 12]]),
  ];
  return { families } as unknown as Profiles;
}

export const sampleVault = () => new Vault(randomBytes(32));

export function sampleSite(more: Partial<Site> = {}): Site {
  return {
    id: "berlin",
    tenant: "default",
    name: "Berlin",
    networks: ["10.1.2.0/24"],
    settings: {},
    ...more,
  };
}

export function sampleDevice(more: Partial<Device> = {}): Device {
  return {
    mac: "805ec0010001",
    vendor: "yealink",
    model: "T46U",
    site: "berlin",
    state: "expected",
    lines: [{ index: 1, settings: { user: "0201", password: "line-secret-1" } }],
    settings: { access: { adminPassword: "admin-secret-2" }, time: { zone: "Europe/Berlin" } },
    raw: {},
    tokenGeneration: 1,
    revision: 1,
    ...more,
  };
}

/** An inventory in a folder of its own that goes away after; `at` is its clock. */
export async function openSample(
  clock: { at: number } = { at: 1_750_000_000_000 },
  profiles: () => Promise<Profiles> = async () => sampleProfiles(),
) {
  const folder = await mkdtemp(join(tmpdir(), "offhook-inventory-"));
  const inventory = await Inventory.open({ data: folder, now: () => clock.at, profiles });
  return {
    inventory,
    folder,
    clock,
    async [Symbol.asyncDispose]() {
      await inventory[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
