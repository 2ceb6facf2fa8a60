import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Device } from "../../protocol/device.ts";
import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Observation } from "../../protocol/observation.ts";
import type { Phonebook } from "../../protocol/phonebook.ts";
import type { Site } from "../../protocol/site.ts";
import type { RenderContext } from "../answer/directory.ts";
import { deviceToken } from "../answer/device-token.ts";
import { previewFiles } from "../answer/preview-files.ts";
import { type ConfigDifference, diffConfig } from "../profile-read/diff-config.ts";
import type { RenderedFile, RenderOptions } from "../answer/render-file.ts";
import { findModel, type Profiles } from "../profiles/profiles.ts";
import { openStore, type StoreHandle } from "../store/open-store.ts";
import { Phonebooks } from "../store/phonebooks.ts";
import { Settings } from "../store/settings.ts";
import { StoreError } from "../store/store-error.ts";
import { Trace, type TraceEntry } from "../store/trace.ts";
import { StoreDirectory } from "./directory.ts";
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
import { describeTrace, type TraceWords } from "./trace-words.ts";
import { openVault, type Vault } from "./vault.ts";

export const storeFileName = "offhook.sqlite";
/** The tenant of an installation that has only one. */
export const defaultTenant = "default";

export interface InventoryOptions {
  /** The data folder: the store and the vault's key; made when missing. */
  readonly data: string;
  readonly now: () => number;
  /** Read when a verb first needs them: `phone trace` waits for no profile. */
  readonly profiles: () => Promise<Profiles>;
}

/** A phone's trace: what it asked, newest first, and the known MAC nearest to an unknown one. */
export interface PhoneTrace {
  readonly mac: MacAddress;
  readonly known: boolean;
  readonly nearest?: MacAddress;
  readonly steps: readonly { readonly entry: TraceEntry; readonly words: TraceWords }[];
}

/** Everything one can ask of phones and sites, for the command line, the API, and the doors; of the default tenant. */
export class Inventory implements AsyncDisposable {
  readonly store: StoreHandle;
  readonly vault: Vault;
  readonly #options: InventoryOptions;
  readonly #phones: Phones;
  readonly #sites: SiteVerbs;
  #profiles: Promise<Profiles> | undefined;

  private constructor(options: InventoryOptions, store: StoreHandle, vault: Vault) {
    this.#options = options;
    this.store = store;
    this.vault = vault;
    this.#phones = new Phones(store, vault, defaultTenant);
    this.#sites = new SiteVerbs(store, vault, defaultTenant);
  }

  /**
   * Opens (or makes) the store and the key of a data folder.
   *
   * @throws {StoreError} with a sentence: cannot open, locked, made by a later version, wrong or missing key.
   */
  static async open(options: InventoryOptions): Promise<Inventory> {
    const store = await openStore({ path: join(options.data, storeFileName), now: options.now });
    try {
      const settings = new Settings(store);
      const before = await settings.get("vault.key-id");
      const vault = openVault(options.data, before === undefined);
      const keyId = await settings.getOrPut("vault.key-id", () => vault.keyId);
      if (keyId !== vault.keyId)
        throw new StoreError(
          "wrong-key",
          `the key in ${options.data} is not the one this store was sealed with`,
        );
      return new Inventory(options, store, vault);
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
  }

  profiles(): Promise<Profiles> {
    this.#profiles ??= this.#options.profiles();
    return this.#profiles;
  }

  /** Adds a phone, or changes the one that is there as the draft says. Secrets in the result are dots. */
  async addPhone(draft: PhoneDraft): Promise<Verb<PhonePlan>> {
    return this.#phones.add(draft, await this.profiles());
  }

  /** Imports a CSV table of phones (phone-table.ts names the columns); all or nothing, unless `keepGoing`. */
  async importPhones(text: string, options: ImportOptions = {}): Promise<ImportResult> {
    const profiles = await this.profiles();
    return importPhones(
      { store: this.store, sealing: this.vault, tenant: defaultTenant, profiles },
      text,
      options,
    );
  }

  /** Phones by MAC; secrets are dots. */
  listPhones(site?: string): Promise<PhoneWithSeen[]> {
    return this.#phones.list(site);
  }

  /** The phones as a CSV table that `importPhones` reads, without secrets. */
  async exportPhones(site?: string): Promise<string> {
    return exportPhones((await this.listPhones(site)).map(({ device }) => device));
  }

  /** One phone; secrets are dots. */
  showPhone(mac: string): Promise<Verb<PhoneWithSeen>> {
    return this.#phones.show(mac);
  }

  removePhone(mac: string): Promise<Verb<MacAddress>> {
    return this.#phones.remove(mac);
  }

  /** Sets (or, with undefined, takes out) one setting of a phone: `line2.password`, `time.zone`. */
  setPhone(mac: string, path: string, text: string | undefined): Promise<Verb<PhonePlan>> {
    return this.#phones.set(mac, path, text);
  }

  addSite(draft: SiteDraft): Promise<Verb<Site>> {
    return this.#sites.add(draft);
  }

  listSites(): Promise<Site[]> {
    return this.#sites.list();
  }

  showSite(id: string): Promise<Verb<Site>> {
    return this.#sites.show(id);
  }

  /** Sets (or, with undefined, takes out) one setting of all phones of a site. */
  setSite(id: string, path: string, text: string | undefined): Promise<Verb<Site>> {
    return this.#sites.set(id, path, text);
  }

  /** Opens a site's enrolment window until a time (ms), or closes it. */
  openWindow(id: string, until: number | undefined): Promise<Verb<Site>> {
    return this.#sites.openWindow(id, until);
  }

  /** A site's phonebook, which its phones fetch; undefined where it has none. */
  async phonebook(site: string): Promise<Verb<Phonebook | undefined>> {
    const known = await this.#sites.show(site);
    return known.ok ? done(await new Phonebooks(this.store).get(defaultTenant, site)) : known;
  }

  /** Stores a site's phonebook from a CSV table (phonebook-table.ts), or takes it out (`undefined`). */
  async putPhonebook(site: string, table: string | undefined): Promise<Verb<Phonebook | undefined>> {
    const known = await this.#sites.show(site);
    if (!known.ok) return known;
    const { entries, flaws } = table === undefined ? { entries: [], flaws: [] } : decodePhonebookTable(table);
    if (flaws.length > 0) return refused(...flaws);
    const name = known.value.name.slice(0, 60) || site;
    const book = table === undefined ? undefined : { name, entries };
    await new Phonebooks(this.store).put(defaultTenant, site, book);
    return done(book);
  }

  /** What a MAC asked, known or not, newest first. */
  async trace(macText: string, limit = 20): Promise<Verb<PhoneTrace>> {
    const mac = readMac(macText);
    if (!mac.ok) return mac;
    const entries = await new Trace(this.store).ofMac(defaultTenant, mac.value, limit);
    const known = (await this.#phones.show(mac.value)).ok;
    const nearest = known ? undefined : await this.#phones.nearest(mac.value);
    const steps = entries.map((entry) => ({ entry, words: describeTrace(entry) }));
    return done({ mac: mac.value, known, steps, ...(nearest === undefined ? {} : { nearest }) });
  }

  /** Every file the phone would get, with the provenance of each line. Secrets are masked unless asked for. */
  async preview(
    macText: string,
    options: RenderOptions = { secrets: "masked" },
  ): Promise<Verb<RenderedFile[]>> {
    const phone = await this.#phones.withSecrets(macText);
    if (!phone.ok) return phone;
    const files = await this.#render(phone.value, options);
    if (files.length > 0) return done(files);
    const found = `${phone.value.vendor} ${phone.value.model}`;
    return refused({ place: "model", expected: "a model that the profiles have", found });
  }

  /** What is typed into the phone, or handed out by DHCP: the address of its own folder, or of its one file. */
  async phoneAddress(macText: string): Promise<Verb<string>> {
    const phone = await this.#phones.show(macText);
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
    const one = macText === undefined ? undefined : await this.#phones.withSecrets(macText);
    if (one?.ok === false) return one;
    const [profiles, context] = await Promise.all([this.profiles(), this.renderContext()]);
    const tenant = defaultTenant;
    const phones = await phonesToLint({ store: this.store, sealing: this.vault, tenant, profiles, context });
    const problems = lintPhones(phones);
    return done(one === undefined ? problems : problems.filter(({ mac }) => mac === one.value.mac));
  }

  /** What differs, setting by setting, between what a phone gets and another config of its vendor. Secrets are dots. */
  async diff(macText: string, text: string): Promise<Verb<readonly ConfigDifference[]>> {
    const phone = await this.#phones.withSecrets(macText);
    if (!phone.ok) return phone;
    const files = await this.#render(phone.value, { secrets: "written" });
    const found = diffConfig(await this.profiles(), phone.value, files, text);
    return found.ok ? done(found.value) : refused(found.why);
  }

  async #render(device: Device, options: RenderOptions): Promise<RenderedFile[]> {
    const [profiles, phonebook, site, seen, context] = await Promise.all([
      this.profiles(),
      new Phonebooks(this.store).get(defaultTenant, device.site),
      this.#sites.withSecrets(device.site),
      this.#phones.show(device.mac),
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
        ...(firmware === undefined ? {} : { firmware }),
        ...(phonebook === undefined ? {} : { phonebook }),
      },
    );
  }

  /** Where phones find the server (as it last said by {@link setBaseUrl}) and the key of their tokens, made at first use. */
  async renderContext(): Promise<Omit<RenderContext, "at">> {
    const settings = new Settings(this.store);
    const place = { tenant: "", holder: "setting", name: "server.key", path: "" } as const;
    const sealed = await settings.getOrPut("server.key", () =>
      this.vault.seal(randomBytes(32).toString("base64url"), place),
    );
    const serverKey = Buffer.from(this.vault.open(sealed, place), "base64url");
    const baseUrl = (await settings.get("server.base-url")) ?? "https://provisioning.invalid:8443";
    return { baseUrl, serverKey };
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
      tenant: defaultTenant,
    });
  }

  /** Writes down what phones ask; `crash` hears of writes that failed. */
  recorder(crash: (error: unknown) => void): Recorder {
    return new Recorder({ store: this.store, sealing: this.vault, tenant: defaultTenant, crash });
  }

  /** What the server knows of a site's phones, for diagnosis. */
  facts(site: string, at: number): Promise<Observation[]> {
    return provisioningFacts(this.store, this.vault, { tenant: defaultTenant, id: site }, at);
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
