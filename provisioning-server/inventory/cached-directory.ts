import type { Device } from "../../protocol/device.ts";
import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Phonebook } from "../../protocol/phonebook.ts";
import type { PhoneSettings } from "../../protocol/phone-settings.ts";
import type { Site } from "../../protocol/site.ts";
import type { Directory, RenderContext } from "../answer/directory.ts";
import type { FirstAccess } from "../answer/first-access.ts";
import type { SeenPort } from "../answer/location.ts";
import type { Profiles } from "../profiles/profiles.ts";
import type { StoreHandle } from "../store/open-store.ts";
import { type Revised, Revisions } from "../store/revisions.ts";
import type { StoreDirectory } from "./directory.ts";
import { Lru } from "./lru.ts";

/** What the store said; `undefined` is an answer, too. */
interface Kept<T> {
  readonly value: T | undefined;
}

interface KeptPhone extends Kept<Device> {
  /** Its enrolment went on: to be read again, though its document is as it was. */
  readonly isMoved: boolean;
}

/** ms for which what another process writes may stay unseen, while phones ask without a pause. */
const lookEvery = 25;
/** A store that does not answer is asked again after this time, and waited for no longer. */
const patience = 1000;
/** How long phones are answered from what is kept while the store is gone. */
const longestWithout = 600_000;

const mostPhones = 100_000;
/** MACs that nobody has: whoever tries many must not push out the phones. */
const mostUnknown = 10_000;
const mostAddresses = 10_000;
const mostSites = 20_000;

export interface CachedDirectoryOptions {
  readonly store: StoreHandle;
  /** Asked for what is not kept. */
  readonly directory: StoreDirectory;
  /** Monotonic, ms. */
  readonly mono: () => number;
  readonly onLookUp?: (hit: boolean) => void;
}

/**
 * The directory of the doors: hands out the same object until what it was read from was written anew, by this process (seen
 * at once) or by another (within 25 ms). On the way to a phone's file it asks the store for one number at most. While the
 * store is gone it tells for ten minutes what it knows, and says so: {@link stale}.
 */
export class CachedDirectory implements Required<Directory> {
  readonly profiles: Profiles;
  readonly context: Omit<RenderContext, "at">;
  readonly firstAccess: FirstAccess;
  readonly #options: CachedDirectoryOptions;
  readonly #directory: StoreDirectory;
  readonly #revisions: Revisions;
  readonly #phones = new Lru<MacAddress, KeptPhone>(mostPhones);
  readonly #unknown = new Lru<MacAddress, KeptPhone>(mostUnknown);
  readonly #sites = new Lru<string, Kept<Site>>(mostSites);
  readonly #tenants = new Lru<string, Kept<PhoneSettings>>(mostSites);
  readonly #books = new Lru<string, Kept<Phonebook>>(mostSites);
  readonly #here = new Lru<string, Kept<readonly Site[]>>(mostAddresses);
  #version: number | undefined;
  /** Of the last write to any phone: tokens are looked over again when it moves. */
  #phonesVersion = 0;
  #ownChanges = -1;
  #freshUntil = -Infinity;
  #heardAt = -Infinity;
  #looking: Promise<void> | undefined;
  #stale = false;
  /** Grows with every look that found something: what was read before it may be older, and is not kept. */
  #turn = 0;

  constructor(options: CachedDirectoryOptions) {
    this.#options = options;
    this.#directory = options.directory;
    this.#revisions = new Revisions(options.store);
    this.profiles = options.directory.profiles;
    this.context = options.directory.context;
    this.firstAccess = options.directory.firstAccess;
  }

  /** The store does not answer: phones are told what was last known. */
  get stale(): boolean {
    return this.#stale;
  }

  async deviceByMac(mac: MacAddress): Promise<Device | undefined> {
    await this.#look();
    const known = this.#phones.get(mac) ?? this.#unknown.get(mac);
    this.#options.onLookUp?.(known?.isMoved === false);
    if (known?.isMoved === false) return known.value;
    const turn = this.#turn;
    const value = sameDocument(known?.value, await this.#directory.deviceByMac(mac));
    if (turn === this.#turn)
      (value === undefined ? this.#unknown : this.#phones).set(mac, { value, isMoved: false });
    return value;
  }

  async deviceByToken(token: string): Promise<Device | undefined> {
    await this.#look();
    const mac = await this.#directory.macOfToken(token, `${this.#phonesVersion}`);
    return mac === undefined ? undefined : this.deviceByMac(mac);
  }

  async site(id: string, device: Device): Promise<Site | undefined> {
    const tenant = await this.#directory.tenantOf(device);
    return tenant === undefined ? undefined : this.#siteOf(tenant, id);
  }

  async sitesByAddress(address: string): Promise<readonly Site[]> {
    await this.#look();
    return (await this.#keep(this.#here, address, () => this.#sitesAt(address))) ?? [];
  }

  tenantSettings(tenant: string): Promise<PhoneSettings | undefined> {
    return this.#keep(this.#tenants, tenant, () => this.#directory.tenantSettings(tenant));
  }

  phonebook(site: string, tenant: string): Promise<Phonebook | undefined> {
    return this.#keep(this.#books, `${tenant} ${site}`, () => this.#directory.phonebook(site, tenant));
  }

  /** Kept by the port book itself, for some seconds. */
  portsOf(device: Device, site: Site): Promise<readonly SeenPort[]> {
    return this.#directory.portsOf(device, site);
  }

  #siteOf(tenant: string, id: string): Promise<Site | undefined> {
    return this.#keep(this.#sites, `${tenant} ${id}`, () => this.#directory.siteOf(tenant, id));
  }

  async #sitesAt(address: string): Promise<readonly Site[]> {
    const found = await this.#directory.sitesAt(address);
    const sites = await Promise.all(found.map(({ tenant, id }) => this.#siteOf(tenant, id)));
    return sites.filter((site) => site !== undefined);
  }

  async #keep<T>(
    kept: Lru<string, Kept<T>>,
    key: string,
    read: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const known = kept.get(key);
    if (known !== undefined) return known.value;
    const turn = this.#turn;
    const value = await read();
    if (turn === this.#turn) kept.set(key, { value });
    return value;
  }

  /** Waits until what is kept is as young as it must be. A look under way may have begun too early for this caller. */
  async #look(): Promise<void> {
    if (this.#isFresh()) return;
    if (this.#looking !== undefined) await this.#looking;
    if (this.#isFresh()) return;
    this.#looking ??= this.#lookNow().finally(() => (this.#looking = undefined));
    await this.#looking;
  }

  #isFresh(): boolean {
    const { store, mono } = this.#options;
    return store.changes() === this.#ownChanges && mono() < this.#freshUntil;
  }

  async #lookNow(): Promise<void> {
    const { store, mono } = this.#options;
    const changes = store.changes();
    try {
      await within(patience, this.#readChanges());
      this.#stale = false;
      this.#heardAt = mono();
      this.#freshUntil = this.#heardAt + lookEvery;
    } catch (error) {
      if (mono() - this.#heardAt > longestWithout) throw error;
      this.#stale = true;
      this.#freshUntil = mono() + patience;
    }
    this.#ownChanges = changes;
  }

  async #readChanges(): Promise<void> {
    const version = await this.#revisions.version();
    const before = this.#version ?? version;
    const changed = version === before ? [] : await this.#revisions.since(before);
    if (changed.length > 0) this.#turn += 1;
    for (const each of changed) this.#forget(each);
    this.#version = version;
  }

  #forget({ scope, tenant, name, version }: Revised): void {
    switch (scope) {
      case "device":
        this.#phonesVersion = version;
        this.#unknown.delete(name);
        this.#phones.delete(name);
        return;
      case "device-state": {
        const known = this.#phones.get(name);
        if (known !== undefined) this.#phones.set(name, { ...known, isMoved: true });
        return;
      }
      case "site":
        this.#sites.delete(`${tenant} ${name}`);
        this.#here.clear();
        return;
      case "tenant":
        this.#tenants.delete(name);
        return;
      case "phonebook":
        this.#books.delete(`${tenant} ${name}`);
        return;
      case "setting": // none that a phone's file is made of
    }
  }
}

/** The phone as it is now; with the parts of the old object where nobody wrote them, so that files made from them hold. */
function sameDocument(old: Device | undefined, now: Device | undefined): Device | undefined {
  if (old === undefined || now === undefined || old.revision !== now.revision) return now;
  return Object.assign(now, { lines: old.lines, settings: old.settings, raw: old.raw });
}

/** @throws when it takes longer, or as `work` does. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`the store did not answer within ${ms} ms`)), ms);
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
