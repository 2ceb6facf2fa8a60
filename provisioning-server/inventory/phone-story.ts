import { printMacAddress, type MacAddress } from "../../protocol/mac-address.ts";
import type { EnrolmentState } from "../../protocol/device.ts";
import { enrolmentWords } from "../../protocol/enrolment-words.ts";
import { Secret } from "../../protocol/secret.ts";
import { addressWith } from "../answer/pnp-address.ts";
import type { Ban } from "../claims/bans.ts";
import { type EnrolmentEvent, stepEnrolment } from "../claims/enrolment.ts";
import { BanBook } from "../store/ban-book.ts";
import { Devices } from "../store/devices.ts";
import { PhoneEvents } from "../store/phone-events.ts";
import { type UnknownPhone, UnknownSeen } from "../store/unknown-seen.ts";
import { uuidV7 } from "../uuid-v7.ts";
import { firstAccessUses, makeFirstAccess } from "./first-access.ts";
import { done, refused, type Verb } from "./flaw.ts";
import { defaultTenant, type Inventory } from "./inventory.ts";
import { vendorOfMac } from "./models.ts";
import { readMac, type PhonePlan } from "./plan-phone.ts";
import { type SwitchPlace, switchPlaces } from "./switch-places.ts";
import { type TimelineStep, timelineOf } from "./timeline.ts";

/** A MAC that asked and is in nobody's inventory, with what is guessed of it. */
export interface Stranger extends UnknownPhone {
  /** Where an agent saw it, newest first; several: it moved, or two devices have one MAC. */
  readonly places: readonly SwitchPlace[];
}

export interface AdoptOptions {
  readonly site?: string;
  /** As printed on it, where the guess is wrong or missing. */
  readonly model?: string;
  readonly label?: string;
  readonly settings?: readonly { readonly path: string; readonly text: string }[];
}

export interface Adopted extends PhonePlan {
  /** The switch port that is its own from now on. */
  readonly port?: string;
}

/** What happens around a phone beside its settings: its trace, who asks unasked, how far its enrolment is. */
export class PhoneStory {
  readonly #inventory: Inventory;
  readonly #tenant: string;

  constructor(inventory: Inventory, tenant = defaultTenant) {
    this.#inventory = inventory;
    this.#tenant = tenant;
  }

  /** Everything that happened to a MAC, newest first, known or not. */
  async timeline(macText: string, limit: number): Promise<Verb<TimelineStep[]>> {
    const mac = readMac(macText);
    return mac.ok ? done(await timelineOf(this.#inventory.store, this.#tenant, mac.value, limit)) : mac;
  }

  /** Phones that asked and are not registered, last seen first; of one site, if given. */
  async strangers(site?: string): Promise<Stranger[]> {
    const { store } = this.#inventory;
    const [profiles, places] = await Promise.all([this.#inventory.profiles(), this.#places()]);
    const phones = await new UnknownSeen(store).list(this.#tenant);
    const all = phones.map((phone): Stranger => {
      const seen = (places.get(phone.mac) ?? []).toSorted((a, b) => b.at - a.at);
      const vendor = phone.vendor ?? vendorOfMac(profiles, phone.mac);
      const model = phone.model ?? seen[0]?.model;
      const at = phone.site ?? seen[0]?.site;
      return {
        ...phone,
        places: seen,
        ...(vendor === undefined ? {} : { vendor }),
        ...(model === undefined ? {} : { model }),
        ...(at === undefined ? {} : { site: at }),
      };
    });
    return site === undefined ? all : all.filter((phone) => phone.site === site);
  }

  /** Registers a phone that asked, with the model it says it is and the switch port it was seen on. */
  async adopt(macText: string, options: AdoptOptions = {}): Promise<Verb<Adopted>> {
    const mac = readMac(macText);
    if (!mac.ok) return mac;
    const stranger = (await this.strangers()).find((phone) => phone.mac === mac.value);
    if (stranger === undefined)
      return refused({
        place: "mac",
        expected: "a phone that asked and is not registered",
        found: printMacAddress(mac.value),
        remedy: `\`offhook phone unknown\` lists them; \`offhook phone add ${mac.value}\` needs none.`,
      });
    const { vendor, model = stranger.model, site = stranger.site } = { vendor: stranger.vendor, ...options };
    // Two ports with one MAC are a riddle, not a place.
    const only = stranger.places.length === 1 ? stranger.places[0] : undefined;
    const plan = await this.#inventory.addPhone({
      mac: mac.value,
      ...(vendor === undefined ? {} : { vendor }),
      ...(model === undefined ? {} : { model }),
      ...(site === undefined ? {} : { site }),
      ...(options.label === undefined ? {} : { label: options.label }),
      ...(only === undefined ? {} : { port: only.port }),
      ...(options.settings === undefined ? {} : { settings: options.settings }),
    });
    if (!plan.ok) return plan;
    await new UnknownSeen(this.#inventory.store).remove(this.#tenant, mac.value);
    const where = only === undefined ? "" : `, on port ${only.port}`;
    await this.#note(
      mac.value,
      "adopted",
      `adopted as ${plan.value.device.model} at ${plan.value.device.site}${where}`,
    );
    return done({ ...plan.value, ...(only === undefined ? {} : { port: only.port }) });
  }

  /** A person's word on a phone's enrolment. A new start takes a new token: the old one is worth nothing. */
  async enrol(
    macText: string,
    event: Exclude<EnrolmentEvent, { kind: "answer" }>,
  ): Promise<Verb<EnrolmentState>> {
    const mac = readMac(macText);
    if (!mac.ok) return mac;
    const { store, vault } = this.#inventory;
    const state = await store.transaction(async (inside) => {
      const devices = new Devices(inside, vault);
      const device = await devices.get(this.#tenant, mac.value);
      if (device === undefined) return undefined;
      const next = stepEnrolment(device.state, event);
      const fresh = event.kind === "re-enrol" ? 1 : 0;
      await devices.put(this.#tenant, {
        ...device,
        state: next,
        tokenGeneration: device.tokenGeneration + fresh,
        revision: device.revision + fresh,
      });
      return next;
    });
    if (state === undefined)
      return refused({ place: "mac", expected: "a phone we know", found: printMacAddress(mac.value) });
    const words = `${state}: the phone ${enrolmentWords(state)}${event.kind === "re-enrol" ? "; its old token is worth nothing" : ""}`;
    await this.#note(mac.value, "enrolment", words);
    return done(state);
  }

  /** An address to type into a phone, or to hand to whoever stands before it: for its first access, in the place of any before. */
  async firstAddress(
    macText: string,
  ): Promise<Verb<{ readonly address: Secret; readonly expiresAt: number; readonly uses: number }>> {
    const phone = await this.#inventory.phones.withSecrets(macText);
    if (!phone.ok) return phone;
    const { store } = this.#inventory;
    const directory = await this.#inventory.directory();
    const { token, expiresAt } = await makeFirstAccess(store, this.#tenant, phone.value, Date.now());
    await this.#note(phone.value.mac, "enrolment", "a token for its first access was made");
    const address = new Secret(addressWith(token, phone.value, directory));
    return done({ address, expiresAt, uses: firstAccessUses });
  }

  listBans(): Promise<Ban[]> {
    return new BanBook(this.#inventory.store).list();
  }

  /** False when there was no such ban. */
  liftBan(source: string): Promise<boolean> {
    return new BanBook(this.#inventory.store).lift(source);
  }

  async #places(): Promise<Map<MacAddress, SwitchPlace[]>> {
    const sites = (await this.#inventory.listSites()).map(({ id }) => id);
    return switchPlaces(this.#inventory.store, this.#tenant, sites);
  }

  async #note(mac: MacAddress, kind: "adopted" | "enrolment", words: string): Promise<void> {
    const { store } = this.#inventory;
    const at = store.now();
    await new PhoneEvents(store).add(this.#tenant, mac, { id: uuidV7(at), at, kind, words });
  }
}
