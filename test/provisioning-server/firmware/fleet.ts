import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Observation } from "../../../protocol/observation.ts";
import { observerOf } from "../../../protocol/observe.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { ObservedValue } from "../../../protocol/observation.ts";
import { Catalogue } from "../../../provisioning-server/firmware/catalogue.ts";
import { FirmwareRollouts } from "../../../provisioning-server/firmware/rollout-verbs.ts";
import { runRollouts } from "../../../provisioning-server/firmware/run-rollouts.ts";
import { Inventory } from "../../../provisioning-server/inventory/inventory.ts";
import { loadProfiles } from "../../../provisioning-server/profiles/load-profiles.ts";
import { DeviceSeen } from "../../../provisioning-server/store/device-seen.ts";
import { Devices } from "../../../provisioning-server/store/devices.ts";
import { CurrentObservations } from "../../../provisioning-server/store/observations.ts";

const profiles = await loadProfiles(new URL("../../../firmware-profiles", import.meta.url).pathname);
const minute = 60_000;

export const oldVersion = "108.86.0.90";
export const newVersion = "108.87.0.15";

/** How phones behave once they run the new version. */
export type Behaviour = "good" | "gone" | "unregistered" | "drawing" | "rtp";

interface Phone {
  readonly mac: string;
  readonly site: string;
  version: string;
  seenAt: number;
  configAt: number;
  /** What its config names, and when it takes it. */
  gone: boolean;
  installing: { version: string; until: number } | undefined;
}

/** Phones that fetch, restart and are watched, on a clock of their own, over the real store. */
export class Fleet implements AsyncDisposable {
  readonly folder: string;
  readonly phones: readonly Phone[];
  readonly asked: string[] = [];
  now: number;
  inventory: Inventory;
  readonly behaviour: Behaviour;

  private constructor(
    folder: string,
    inventory: Inventory,
    behaviour: Behaviour,
    count: number,
    now: number,
  ) {
    this.folder = folder;
    this.inventory = inventory;
    this.behaviour = behaviour;
    this.now = now;
    this.phones = Array.from({ length: count }, (_, index) => ({
      mac: `805ec0${index.toString(16).padStart(6, "0")}`,
      site: `site-${index % 20}`,
      version: oldVersion,
      seenAt: now,
      configAt: now,
      gone: false,
      installing: undefined,
    }));
  }

  static async make(behaviour: Behaviour, count: number): Promise<Fleet> {
    const folder = await mkdtemp(join(tmpdir(), "offhook-fleet-"));
    const start = Date.UTC(2026, 5, 1, 12);
    const clock = { now: start };
    const inventory = await open(folder, () => clock.now);
    const fleet = new Fleet(folder, inventory, behaviour, count, start);
    clock.now = start;
    await fleet.#fill();
    return fleet;
  }

  get rollouts(): FirmwareRollouts {
    return new FirmwareRollouts(this.inventory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.inventory[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The server ends, and another one begins over the same data. */
  async restart(): Promise<void> {
    await this.inventory[Symbol.asyncDispose]();
    this.inventory = await open(this.folder, () => this.now);
  }

  async #fill(): Promise<void> {
    await this.restart();
    const catalogue = new Catalogue(this.inventory, this.folder);
    for (const version of [oldVersion, newVersion]) {
      const file = join(this.folder, `T46U-${version}.rom`);
      await writeFile(file, `image ${version}`);
      const added = await catalogue.add({ file, models: ["T46U"], who: "test" });
      if (!added.ok) throw new Error(JSON.stringify(added.flaws));
    }
    for (let site = 0; site < 20; site += 1)
      await this.inventory.addSite({
        id: `site-${site}`,
        name: `site ${site}`,
        networks: [`10.0.${site}.0/24`],
      });
    await this.inventory.store.transaction(async (inside) => {
      const devices = new Devices(inside, this.inventory.vault);
      for (const { mac, site } of this.phones)
        await devices.put(this.inventory.tenant, {
          mac,
          vendor: "yealink",
          model: "T46U",
          site,
          state: "steady",
          lines: [],
          settings: {},
          raw: {},
          tokenGeneration: 1,
          revision: 1,
        });
    });
    await this.#tell(this.phones);
  }

  /** Some minutes go by: phones look for their config, install, restart; agents look; the server looks at its roll-outs. */
  async pass(minutes: number): Promise<void> {
    this.now += minutes * minute;
    const wanted = new Map<string, string>();
    for (const { device } of await this.inventory.listPhones())
      if (device.settings.firmware?.version !== undefined)
        wanted.set(device.mac, device.settings.firmware.version);
    const heard: Phone[] = [];
    for (const phone of this.phones) if (this.#live(phone, wanted.get(phone.mac))) heard.push(phone);
    await this.#tell(heard);
    await this.#watch();
    await runRollouts(this.inventory, {
      orders: { order: async (_, macs) => void this.asked.push(...macs) },
    });
  }

  #live(phone: Phone, wanted: string | undefined): boolean {
    if (phone.gone) return false;
    if (phone.installing !== undefined) {
      if (phone.installing.until > this.now) return false;
      phone.version = phone.installing.version;
      phone.installing = undefined;
      phone.gone = phone.version === newVersion && this.behaviour === "gone";
      if (phone.gone) return false;
    } else if (wanted !== undefined && wanted !== phone.version)
      phone.installing = { version: wanted, until: this.now + 5 * minute };
    else return false;
    phone.seenAt = this.now;
    phone.configAt = this.now;
    return true;
  }

  async #tell(phones: readonly Phone[]): Promise<void> {
    await this.inventory.store.transaction(async (inside) => {
      const seen = new DeviceSeen(inside);
      for (const { mac, version, seenAt, configAt } of phones)
        await seen.put(this.inventory.tenant, mac, {
          at: seenAt,
          via: "https",
          address: "10.0.0.1",
          outcome: "file",
          firmware: version,
          configAt,
        });
    });
  }

  async #watch(): Promise<void> {
    const current = new CurrentObservations(this.inventory.store);
    const bySite = Map.groupBy(this.phones, ({ site }) => site);
    for (const [site, phones] of bySite)
      await current.put({ tenant: this.inventory.tenant, site }, "agent", this.#observed(site, phones));
  }

  #observed(site: string, phones: readonly Phone[]): Observation[] {
    const see = (subject: string, key: ObservationKey, value: ObservedValue) =>
      observerOf("test", subject as Observation["subject"], this.now)(key, value);
    const isBad = ({ version }: Phone) => version === newVersion;
    const upgraded = phones.some(isBad);
    const all = [
      see("sip:pbx:5060/udp", "sip.code", 200),
      see("sip:pbx:5060/udp", "sip.rtt", 20),
      see("rtp:pbx:4000", "rtp.loss", upgraded && this.behaviour === "rtp" ? 9 : 0.1),
    ];
    for (const [index, phone] of phones.entries()) {
      const port = `port:sw-${site}/${index}`;
      const bad = isBad(phone);
      all.push(see(port, "port.phone", phone.mac));
      all.push(see(port, "poe.watts", bad && this.behaviour === "drawing" ? 12.5 : 3.5));
      all.push(see(`phone:${phone.mac}`, "phone.registered", !(bad && this.behaviour === "unregistered")));
    }
    return all;
  }
}

function open(data: string, now: () => number): Promise<Inventory> {
  return Inventory.open({ data, now, profiles: async () => profiles });
}
