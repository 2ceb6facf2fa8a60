import { isDeepStrictEqual } from "node:util";
import type { Device } from "../../protocol/device.ts";
import { printMacAddress, type MacAddress } from "../../protocol/mac-address.ts";
import type { ChangeLog } from "../changes/change-log.ts";
import { deviceChange } from "../changes/leaves.ts";
import type { Profiles } from "../profiles/profiles.ts";
import { DeviceSeen, type Seen } from "../store/device-seen.ts";
import { Devices, type DeviceFilter } from "../store/devices.ts";
import type { StoreHandle } from "../store/open-store.ts";
import type { Sealing } from "../store/sealing.ts";
import { maskSecrets } from "../store/secret-leaves.ts";
import { Sites } from "../store/sites.ts";
import { macsNearby, nearestOf } from "./nearest-mac.ts";
import { planPhone, readMac, withSetting, type PhoneDraft, type PhonePlan } from "./plan-phone.ts";
import { planDocument, type PhoneDocument } from "./phone-document.ts";
import { stale, type Expected } from "./stale.ts";
import { done, refused, type Flaw, type Verb } from "./flaw.ts";
import { decodeSettingPath } from "./setting-place.ts";
import { decodeSettingValue } from "./setting-value.ts";

/** A phone and when it was last seen. */
export interface PhoneWithSeen {
  readonly device: Device;
  readonly seen?: Seen;
}

/** The verbs about phones, of one tenant. */
export class Phones {
  readonly #store: StoreHandle;
  readonly #sealing: Sealing;
  readonly #tenant: string;
  readonly #log: ChangeLog;

  constructor(store: StoreHandle, sealing: Sealing, tenant: string, log: ChangeLog) {
    this.#store = store;
    this.#sealing = sealing;
    this.#tenant = tenant;
    this.#log = log;
  }

  /** Adds a phone, or changes the one that is there as the draft says. */
  async add(draft: PhoneDraft, profiles: Profiles): Promise<Verb<PhonePlan>> {
    const mac = readMac(draft.mac);
    if (!mac.ok) return mac;
    return this.#store.transaction(async (inside) => {
      const devices = new Devices(inside, this.#sealing);
      const owner = await devices.owner(mac.value);
      if (owner !== undefined && owner !== this.#tenant)
        return refused({
          kind: "taken",
          place: "mac",
          expected: "a phone of this tenant",
          found: `${mac.value}, which another tenant has`,
        });
      const sites = (await new Sites(inside, this.#sealing).list(this.#tenant)).map((site) => site.id);
      const known = await devices.get(this.#tenant, mac.value);
      const plan = planPhone(draft, mac.value, { profiles, sites, known });
      if (plan.ok && plan.value.change !== "unchanged") {
        await devices.put(this.#tenant, plan.value.device);
        await this.#log.record(inside, [deviceChange(known, plan.value.device)]);
      }
      return plan.ok ? done({ ...plan.value, device: maskSecrets(plan.value.device) }) : plan;
    });
  }

  /** Makes a phone known by its whole document; a MAC that anybody has is taken. */
  create(macText: string, document: PhoneDocument, profiles: Profiles): Promise<Verb<PhonePlan>> {
    return this.#put(macText, profiles, (known, owned) =>
      owned
        ? refused({
            kind: "taken",
            place: "/mac",
            expected: "a MAC that is not in use",
            found: known?.mac ?? macText,
          })
        : done(document),
    );
  }

  /** Replaces a phone by what `change` makes of its document, if it is of the revision expected. */
  rewrite(
    macText: string,
    change: (known: Device) => Verb<PhoneDocument>,
    profiles: Profiles,
    expected: Expected = {},
  ): Promise<Verb<PhonePlan>> {
    return this.#put(macText, profiles, (known) => {
      const late = known === undefined ? undefined : stale(known.revision, expected);
      if (known === undefined) return undefined;
      return late === undefined ? change(known) : refused(late);
    });
  }

  async #put(
    macText: string,
    profiles: Profiles,
    make: (known: Device | undefined, owned: boolean) => Verb<PhoneDocument> | undefined,
  ): Promise<Verb<PhonePlan>> {
    const mac = readMac(macText);
    if (!mac.ok) return mac;
    return this.#store.transaction(async (inside) => {
      const devices = new Devices(inside, this.#sealing);
      const known = await devices.get(this.#tenant, mac.value);
      const document = make(known, (await devices.owner(mac.value)) !== undefined);
      if (document === undefined) return refused(await this.#unknown(mac.value, inside));
      if (!document.ok) return document;
      const sites = (await new Sites(inside, this.#sealing).list(this.#tenant)).map((site) => site.id);
      const plan = planDocument(document.value, mac.value, { profiles, sites, known });
      if (!plan.ok) return plan;
      if (plan.value.change !== "unchanged") {
        await devices.put(this.#tenant, plan.value.device);
        await this.#log.record(inside, [deviceChange(known, plan.value.device)]);
      }
      return done({ ...plan.value, device: maskSecrets(plan.value.device) });
    });
  }

  /** Makes the phone's own address worthless and gives it another: its token is of the next generation. */
  async renewToken(macText: string, expected: Expected = {}): Promise<Verb<Device>> {
    const mac = readMac(macText);
    if (!mac.ok) return mac;
    return this.#store.transaction(async (inside) => {
      const devices = new Devices(inside, this.#sealing);
      const known = await devices.get(this.#tenant, mac.value);
      if (known === undefined) return refused(await this.#unknown(mac.value, inside));
      const late = stale(known.revision, expected);
      if (late !== undefined) return refused(late);
      const next = { ...known, tokenGeneration: known.tokenGeneration + 1, revision: known.revision + 1 };
      await devices.put(this.#tenant, next);
      return done(maskSecrets(next));
    });
  }

  /** Phones by MAC, after one, so many, that are as asked; secrets are dots. */
  async page(wanted: DeviceFilter, after: MacAddress | undefined, limit: number): Promise<Device[]> {
    const devices = await new Devices(this.#store, this.#sealing).page(this.#tenant, wanted, after, limit);
    return devices.map((device) => maskSecrets(device));
  }

  /** Phones by MAC, of one site if given; secrets are dots. */
  async list(site?: string): Promise<PhoneWithSeen[]> {
    const devices = await new Devices(this.#store, this.#sealing).list(this.#tenant, site);
    const everySeen = new DeviceSeen(this.#store);
    const macs = devices.map(({ mac }) => mac);
    const seen = await (site === undefined
      ? everySeen.all(this.#tenant)
      : everySeen.many(this.#tenant, macs));
    return devices.map((device) => withSeen(maskSecrets(device), seen.get(device.mac)));
  }

  /** One phone; secrets are dots. */
  async show(macText: string): Promise<Verb<PhoneWithSeen>> {
    const device = await this.withSecrets(macText);
    if (!device.ok) return device;
    const seen = await new DeviceSeen(this.#store).get(this.#tenant, device.value.mac);
    return done(withSeen(maskSecrets(device.value), seen));
  }

  /** One phone with its secrets, for rendering; never for people. */
  async withSecrets(macText: string): Promise<Verb<Device>> {
    const mac = readMac(macText);
    if (!mac.ok) return mac;
    const device = await new Devices(this.#store, this.#sealing).get(this.#tenant, mac.value);
    return device === undefined ? refused(await this.#unknown(mac.value)) : done(device);
  }

  /** Forgets a phone; its trace stays. */
  async remove(macText: string, expected: Expected = {}): Promise<Verb<MacAddress>> {
    const mac = readMac(macText);
    if (!mac.ok) return mac;
    return this.#store.transaction(async (inside) => {
      const devices = new Devices(inside, this.#sealing);
      const known = await devices.get(this.#tenant, mac.value);
      if (known === undefined) return refused(await this.#unknown(mac.value, inside));
      const late = stale(known.revision, expected);
      if (late !== undefined) return refused(late);
      await devices.remove(this.#tenant, mac.value);
      await this.#log.record(inside, [deviceChange(known, undefined)]);
      return done(mac.value);
    });
  }

  /** Sets one setting from its text, or takes it out (`undefined`): the layer below then holds. */
  async set(macText: string, path: string, text: string | undefined): Promise<Verb<PhonePlan>> {
    const mac = readMac(macText);
    if (!mac.ok) return mac;
    const place = decodeSettingPath(path);
    if (!place.ok) return refused(place.why);
    const value = text === undefined ? undefined : decodeSettingValue(place.value.about, text, path);
    if (value?.ok === false) return refused(value.why);
    return this.#store.transaction(async (inside) => {
      const devices = new Devices(inside, this.#sealing);
      const device = await devices.get(this.#tenant, mac.value);
      if (device === undefined) return refused(await this.#unknown(mac.value, inside));
      const plan = changeOf(device, withSetting(device, place.value, value?.value));
      if (plan.change === "changed") {
        await devices.put(this.#tenant, plan.device);
        await this.#log.record(inside, [deviceChange(device, plan.device)]);
      }
      return done({ ...plan, device: maskSecrets(plan.device) });
    });
  }

  /** The known MAC nearest to this one (one digit apart, or two swapped). */
  async nearest(mac: MacAddress, store = this.#store): Promise<MacAddress | undefined> {
    const own = await new Devices(store, this.#sealing).many(this.#tenant, macsNearby(mac));
    return nearestOf(mac, [...own.keys()].toSorted());
  }

  async #unknown(mac: MacAddress, store = this.#store): Promise<Flaw> {
    const near = await this.nearest(mac, store);
    return {
      kind: "unknown",
      place: "mac",
      expected: "a phone we know",
      found: printMacAddress(mac),
      remedy:
        near === undefined
          ? `\`offhook phone add ${mac} --model MODEL\` makes it known.`
          : `The nearest known MAC is ${printMacAddress(near)}: was that meant?`,
    };
  }
}

function withSeen(device: Device, seen: Seen | undefined): PhoneWithSeen {
  return seen === undefined ? { device } : { device, seen };
}

function changeOf(before: Device, after: Device): PhonePlan {
  return isDeepStrictEqual(before, after)
    ? { change: "unchanged", device: before }
    : { change: "changed", device: { ...after, revision: before.revision + 1 } };
}
