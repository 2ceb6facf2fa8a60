import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Device } from "../../protocol/device.ts";
import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Observation } from "../../protocol/observation.ts";
import type { Phonebook } from "../../protocol/phonebook.ts";
import type { PhoneSettings } from "../../protocol/phone-settings.ts";
import type { Site } from "../../protocol/site.ts";
import { type Author, ChangeLog, newChangeId } from "../changes/change-log.ts";
import { type ChangePreview, Changes } from "../changes/changes.ts";
import type { ServedDifference } from "../changes/since-served.ts";
import type { RenderContext } from "../answer/directory.ts";
import { deviceToken } from "../answer/device-token.ts";
import { previewFiles } from "../answer/preview-files.ts";
import { type ConfigDifference, diffConfig } from "../profile-read/diff-config.ts";
import type { RenderedFile, RenderOptions } from "../answer/render-file.ts";
import { findModel, type Profiles } from "../profiles/profiles.ts";
import { Shelf } from "../firmware/shelf.ts";
import { FirmwareImages } from "../store/firmware-images.ts";
import { storeFileName } from "../store-place.ts";
import { openStore, type StoreHandle } from "../store/open-store.ts";
import { Phonebooks } from "../store/phonebooks.ts";
import { Settings } from "../store/settings.ts";
import { Trace, type TraceEntry } from "../store/trace.ts";
import { StoreDirectory } from "./directory.ts";
import { effectiveSettings, type EffectiveSetting } from "./effective-settings.ts";
import { exportPhones } from "./export-phones.ts";
import { provisioningFacts } from "./facts.ts";
import { done, refused, type Verb } from "./flaw.ts";
import { importPhones, type ImportOptions, type ImportResult } from "./import-phones.ts";
import { lintPhones } from "./lint.ts";
import type { LintProblem } from "./lint-phone.ts";
import { phonesToLint } from "./phones-to-lint.ts";
import { decodePhonebookTable } from "./phonebook-table.ts";
import { Phones, type PhoneWithSeen } from "./phones.ts";
import { readMac, type PhoneDraft, type PhonePlan } from "./plan-phone.ts";
import { Recorder } from "./record.ts";
import { SiteVerbs, type SiteDraft } from "./site-verbs.ts";
import { TenantVerbs } from "./tenant-verbs.ts";
import { describeTrace, type TraceWords } from "./trace-words.ts";
import type { Vault } from "./vault.ts";
import { openServerKey, openVault } from "./open-vault.ts";
import { keyPlace, type KeyPlace } from "./key-file.ts";

/** The tenant of an installation that has only one. */
export const defaultTenant = "default";

export interface InventoryOptions {
  /** The data folder, with the vault's key; made when missing. */
  readonly data: string;
  /** The store: a file in the data folder unless told, or the address of a PostgreSQL. */
  readonly store?: string;
  /** Where the key of its secrets lies, when not in the data folder. */
  readonly key?: KeyPlace;
  readonly now: () => number;
  /** Read when a verb first needs them: `phone trace` waits for no profile. */
  readonly profiles: () => Promise<Profiles>;
  /** Whose changes these are, when a verb is not told by {@link Inventory.by}; `server` when absent. */
  readonly author?: Author;
}

/** A phone's trace: what it asked, newest first, and the known MAC nearest to an unknown one. */
export interface PhoneTrace {
  readonly mac: MacAddress;
  readonly known: boolean;
  readonly nearest?: MacAddress;
  readonly steps: readonly { readonly entry: TraceEntry; readonly words: TraceWords }[];
}

/** Everything one can ask of phones and sites of one tenant, for the command line, the API, and the doors. */
export class Inventory implements AsyncDisposable {
  readonly store: StoreHandle;
  readonly vault: Vault;
  /** Whose phones and sites these are. */
  readonly tenant: string;
  /** The verbs about tenants: of the whole installation. */
  readonly tenants: TenantVerbs;
  readonly phones: Phones;
  readonly sites: SiteVerbs;
  /** What was changed by whom, what a change would do, and how it is taken back. */
  readonly changes: Changes;
  /** The one change that all verbs of this inventory are part of; else each verb is one of its own. */
  readonly changeId: string | undefined;
  readonly #options: InventoryOptions;
  #profiles: Promise<Profiles> | undefined;

  readonly #log: ChangeLog;

  private constructor(
    options: InventoryOptions,
    store: StoreHandle,
    vault: Vault,
    tenant: string,
    changeId?: string,
  ) {
    this.#options = options;
    this.store = store;
    this.vault = vault;
    this.tenant = tenant;
    this.changeId = changeId;
    const author = options.author ?? { who: "server" };
    const set = changeId === undefined ? {} : { set: changeId };
    this.#log = new ChangeLog({ sealing: vault, tenant, author, ...set });
    const logOf = (of: string) => new ChangeLog({ sealing: vault, tenant: of, author, ...set });
    this.tenants = new TenantVerbs(store, vault, logOf);
    this.phones = new Phones(store, vault, tenant, this.#log);
    this.sites = new SiteVerbs(store, vault, tenant, this.#log);
    this.changes = new Changes({
      store,
      sealing: vault,
      tenant,
      profiles: () => this.profiles(),
      context: () => this.renderContext(),
      tenantSettings: () => this.#tenantSettings(),
    });
  }

  /**
   * Opens (or makes) the store and the key of a data folder.
   *
   * @throws {StoreError} with a sentence: cannot open, locked, made by a later version, wrong or missing key.
   */
  static async open(options: InventoryOptions): Promise<Inventory> {
    const store = await openStore({
      path: options.store ?? join(options.data, storeFileName),
      now: options.now,
    });
    try {
      const place = options.key ?? keyPlace(options.data, {});
      return new Inventory(options, store, await openVault(store, place), defaultTenant);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
  }

  /** The same store, for another tenant; whether there is such a tenant, `tenants.show` says. It needs no closing. */
  ofTenant(tenant: string): Inventory {
    const options = { ...this.#options, profiles: () => this.profiles() };
    return new Inventory(options, this.store, this.vault, tenant);
  }

  /** One for each tenant. */
  async ofAll(): Promise<Inventory[]> {
    return (await this.tenants.list()).map(({ id }) => this.ofTenant(id));
  }

  /** The same inventory for somebody who changes something: all that its verbs change is one change. It needs no closing. */
  by(author: Author): Inventory {
    return this.#over(this.store, author, newChangeId(this.store.now()));
  }

  #over(store: StoreHandle, author: Author, changeId: string): Inventory {
    const options = { ...this.#options, author, profiles: () => this.profiles() };
    return new Inventory(options, store, this.vault, this.tenant, changeId);
  }

  /**
   * Runs verbs as one change of somebody, in one transaction: what `work` throws undoes all of them. It may run again, so
   * it has no effects outside the store.
   */
  async atomically<T>(author: Author, work: (inside: Inventory) => Promise<T>): Promise<T> {
    await this.profiles();
    const id = newChangeId(this.store.now());
    return this.store.transaction((inside) => work(this.#over(inside, author, id)));
  }

  /** What the verbs in `work` would change, and what that does to phones; nothing is stored. */
  async rehearse<T>(
    work: (inventory: Inventory) => Promise<T>,
    onProgress?: (done: number) => void,
  ): Promise<{ readonly value: T; readonly preview: ChangePreview }> {
    const author = this.#options.author ?? { who: "server" };
    const { value, entries } = await this.changes.rehearse((inside, id) =>
      work(this.#over(inside, author, id)),
    );
    return { value, preview: await this.changes.preview(entries, onProgress) };
  }

  /** Keeps what the verbs in `work` would change as a planned change, which `changes.apply` makes. */
  async planChange<T>(
    work: (inventory: Inventory) => Promise<T>,
  ): Promise<{ readonly value: T; readonly id: string }> {
    const author = this.#options.author ?? { who: "server" };
    const { value, entries } = await this.changes.rehearse((inside, id) =>
      work(this.#over(inside, author, id)),
    );
    const { id } = await this.changes.plan(author, entries);
    return { value, id };
  }

  async #tenantSettings(): Promise<PhoneSettings | undefined> {
    return (await this.tenants.withSecrets(this.tenant))?.settings;
  }

  profiles(): Promise<Profiles> {
    this.#profiles ??= this.#options.profiles();
    return this.#profiles;
  }

  /** Adds a phone, or changes the one that is there as the draft says. Secrets in the result are dots. */
  async addPhone(draft: PhoneDraft): Promise<Verb<PhonePlan>> {
    return this.phones.add(draft, await this.profiles());
  }

  /** Imports a CSV table of phones (phone-table.ts names the columns); all or nothing, unless `keepGoing`. */
  async importPhones(text: string, options: ImportOptions = {}): Promise<ImportResult> {
    const profiles = await this.profiles();
    // All rows are one change, however many transactions they take.
    const log =
      this.changeId === undefined ? this.by(this.#options.author ?? { who: "server" }).#log : this.#log;
    return importPhones(
      { store: this.store, sealing: this.vault, tenant: this.tenant, profiles, log },
      text,
      options,
    );
  }

  /** Phones by MAC; secrets are dots. */
  listPhones(site?: string): Promise<PhoneWithSeen[]> {
    return this.phones.list(site);
  }

  /** The phones as a CSV table that `importPhones` reads, without secrets. */
  async exportPhones(site?: string): Promise<string> {
    return exportPhones((await this.listPhones(site)).map(({ device }) => device));
  }

  /** One phone; secrets are dots. */
  showPhone(mac: string): Promise<Verb<PhoneWithSeen>> {
    return this.phones.show(mac);
  }

  removePhone(mac: string): Promise<Verb<MacAddress>> {
    return this.phones.remove(mac);
  }

  /** Sets (or, with undefined, takes out) one setting of a phone: `line2.password`, `time.zone`. */
  setPhone(mac: string, path: string, text: string | undefined): Promise<Verb<PhonePlan>> {
    return this.phones.set(mac, path, text);
  }

  addSite(draft: SiteDraft): Promise<Verb<Site>> {
    return this.sites.add(draft);
  }

  listSites(): Promise<Site[]> {
    return this.sites.list();
  }

  showSite(id: string): Promise<Verb<Site>> {
    return this.sites.show(id);
  }

  /** Sets (or, with undefined, takes out) one setting of all phones of a site. */
  setSite(id: string, path: string, text: string | undefined): Promise<Verb<Site>> {
    return this.sites.set(id, path, text);
  }

  /** Opens a site's enrolment window until a time (ms), or closes it. */
  openWindow(id: string, until: number | undefined): Promise<Verb<Site>> {
    return this.sites.openWindow(id, until);
  }

  /** A site's phonebook, which its phones fetch; undefined where it has none. */
  async phonebook(site: string): Promise<Verb<Phonebook | undefined>> {
    const known = await this.sites.show(site);
    return known.ok ? done(await new Phonebooks(this.store).get(this.tenant, site)) : known;
  }

  /** Stores a site's phonebook, or takes it out (`undefined`). */
  async replacePhonebook(site: string, book: Phonebook | undefined): Promise<Verb<Phonebook | undefined>> {
    const known = await this.sites.show(site);
    if (!known.ok) return known;
    await new Phonebooks(this.store).put(this.tenant, site, book);
    return done(book);
  }

  /** Every setting that holds for a phone, with the layer it comes from; secrets are dots. */
  async effectiveSettings(macText: string): Promise<Verb<EffectiveSetting[]>> {
    const phone = await this.phones.withSecrets(macText);
    if (!phone.ok) return phone;
    const [profiles, site, tenant] = await Promise.all([
      this.profiles(),
      this.sites.withSecrets(phone.value.site),
      this.#tenantSettings(),
    ]);
    return done(effectiveSettings(profiles, phone.value, site, tenant));
  }

  /** Stores a site's phonebook from a CSV table (phonebook-table.ts), or takes it out (`undefined`). */
  async putPhonebook(site: string, table: string | undefined): Promise<Verb<Phonebook | undefined>> {
    const known = await this.sites.show(site);
    if (!known.ok) return known;
    const { entries, flaws } = table === undefined ? { entries: [], flaws: [] } : decodePhonebookTable(table);
    if (flaws.length > 0) return refused(...flaws);
    const name = known.value.name.slice(0, 60) || site;
    const book = table === undefined ? undefined : { name, entries };
    await new Phonebooks(this.store).put(this.tenant, site, book);
    return done(book);
  }

  /** What a MAC asked, known or not, newest first. */
  async trace(macText: string, limit = 20): Promise<Verb<PhoneTrace>> {
    const mac = readMac(macText);
    if (!mac.ok) return mac;
    const entries = await new Trace(this.store).ofMac(this.tenant, mac.value, limit);
    const known = (await this.phones.show(mac.value)).ok;
    const nearest = known ? undefined : await this.phones.nearest(mac.value);
    const steps = entries.map((entry) => ({ entry, words: describeTrace(entry) }));
    return done({ mac: mac.value, known, steps, ...(nearest === undefined ? {} : { nearest }) });
  }

  /** Every file the phone would get, with the provenance of each line. Secrets are masked unless asked for. */
  async preview(
    macText: string,
    options: RenderOptions = { secrets: "masked" },
  ): Promise<Verb<RenderedFile[]>> {
    const phone = await this.phones.withSecrets(macText);
    if (!phone.ok) return phone;
    const files = await this.#render(phone.value, options);
    if (files.length > 0) return done(files);
    const found = `${phone.value.vendor} ${phone.value.model}`;
    return refused({ place: "model", expected: "a model that the profiles have", found });
  }

  /** What is typed into the phone, or handed out by DHCP: the address of its own folder, or of its one file. */
  async phoneAddress(macText: string): Promise<Verb<string>> {
    const phone = await this.phones.show(macText);
    if (!phone.ok) return phone;
    const { device } = phone.value;
    const { baseUrl, serverKey } = await this.renderContext();
    const folder = `${baseUrl}/${deviceToken(serverKey, device.mac, device.tokenGeneration)}/`;
    const found = findModel(await this.profiles(), device.vendor, device.model);
    const wanted = found?.family.vendor.address;
    if (wanted === undefined || wanted === "folder") return done(folder);
    const files = await this.preview(device.mac);
    const name = files.ok ? files.value.find((file) => file.fileId === wanted.file)?.name : undefined;
    return done(folder + (name ?? ""));
  }

  /** What is not good about the settings of one phone, or of all; some faults are between two phones. */
  async lint(macText?: string): Promise<Verb<LintProblem[]>> {
    const one = macText === undefined ? undefined : await this.phones.withSecrets(macText);
    if (one?.ok === false) return one;
    const [profiles, context] = await Promise.all([this.profiles(), this.renderContext()]);
    const from = { store: this.store, sealing: this.vault, tenant: this.tenant, profiles, context };
    const phones = await phonesToLint({ ...from, settings: await this.#tenantSettings() });
    const problems = lintPhones(phones);
    return done(one === undefined ? problems : problems.filter(({ mac }) => mac === one.value.mac));
  }

  /** What differs, setting by setting, between what a phone gets and another config of its vendor. Secrets are dots. */
  async diff(macText: string, text: string): Promise<Verb<readonly ConfigDifference[]>> {
    const phone = await this.phones.withSecrets(macText);
    if (!phone.ok) return phone;
    const files = await this.#render(phone.value, { secrets: "written" });
    const found = diffConfig(await this.profiles(), phone.value, files, text);
    return found.ok ? done(found.value) : refused(found.why);
  }

  /** What differs between what a phone would get now and what it last fetched, file by file; secrets are dots. */
  async diffSinceServed(macText: string): Promise<Verb<readonly ServedDifference[]>> {
    const phone = await this.phones.withSecrets(macText);
    return phone.ok ? this.changes.sinceServed(phone.value.mac) : phone;
  }

  async #render(device: Device, options: RenderOptions): Promise<RenderedFile[]> {
    const [profiles, tenant, phonebook, site, seen, context] = await Promise.all([
      this.profiles(),
      this.#tenantSettings(),
      new Phonebooks(this.store).get(this.tenant, device.site),
      this.sites.withSecrets(device.site),
      this.phones.show(device.mac),
      this.renderContext(),
    ]);
    const firmware = seen.ok ? seen.value.seen?.firmware : undefined;
    return previewFiles(
      profiles,
      device,
      site,
      { ...context, at: this.store.now() },
      {
        ...options,
        ...(tenant === undefined ? {} : { tenant }),
        ...(firmware === undefined ? {} : { firmware }),
        ...(phonebook === undefined ? {} : { phonebook }),
      },
    );
  }

  /** Where phones find the server (as it last said by {@link setBaseUrl}) and the key of their tokens, made at first use. */
  async renderContext(): Promise<Omit<RenderContext, "at">> {
    const settings = new Settings(this.store);
    const serverKey = await openServerKey(this.store, this.vault, () =>
      randomBytes(32).toString("base64url"),
    );
    const baseUrl = (await settings.get("server.base-url")) ?? "https://provisioning.invalid:8443";
    const images = await new FirmwareImages(this.store).list();
    return { baseUrl, serverKey, firmware: new Shelf({ baseUrl, serverKey }, images) };
  }

  /** The server says, when it starts, where phones find it, so that previews made beside it say the same. */
  setBaseUrl(baseUrl: string): Promise<void> {
    return new Settings(this.store).put("server.base-url", baseUrl);
  }

  /** What answer/ asks of the inventory. */
  async directory(): Promise<StoreDirectory> {
    const [profiles, context] = await Promise.all([this.profiles(), this.renderContext()]);
    return new StoreDirectory({
      store: this.store,
      sealing: this.vault,
      profiles,
      context,
    });
  }

  /** Writes down what phones ask; `crash` hears of writes that failed. */
  recorder(crash: (error: unknown) => void): Recorder {
    return new Recorder({ store: this.store, sealing: this.vault, tenant: this.tenant, crash });
  }

  /** What the server knows of a site's phones, for diagnosis. */
  facts(site: string, at: number): Promise<Observation[]> {
    return provisioningFacts(this.store, this.vault, { tenant: this.tenant, id: site }, at);
  }

  /** Deletes what the trace need not keep longer; returns how many entries went. */
  async prune(): Promise<number> {
    const trace = new Trace(this.store);
    let total = 0;
    for (;;) {
      const gone = await trace.prune();
      if (gone === 0) return total;
      total += gone;
    }
  }
}
