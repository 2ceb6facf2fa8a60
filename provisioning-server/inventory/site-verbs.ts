import type { Site } from "../../protocol/site.ts";
import type { ChangeLog } from "../changes/change-log.ts";
import { siteChange } from "../changes/leaves.ts";
import type { StoreHandle } from "../store/open-store.ts";
import type { Sealing } from "../store/sealing.ts";
import { maskSecrets } from "../store/secret-leaves.ts";
import { Sites } from "../store/sites.ts";
import { Devices } from "../store/devices.ts";
import { settingFlaws } from "./check-settings.ts";
import { closestWord } from "./closest-word.ts";
import { decodeNetwork } from "./network.ts";
import { done, refused, type Flaw, type Verb } from "./flaw.ts";
import { restoreSecrets } from "./restore-secrets.ts";
import { stale, type Expected } from "./stale.ts";
import { decodeSettingPath, putSetting } from "./setting-place.ts";
import { decodeSettingValue } from "./setting-value.ts";

/** A site as a person describes it; what is absent stays as it is. */
export interface SiteDraft {
  readonly id: string;
  readonly name?: string;
  readonly networks?: readonly string[];
  /** What TFTP and plain HTTP may carry: only the way to the HTTPS door, or whole configs, passwords included. */
  readonly clearDoors?: "bootstrap" | "full";
  /** Whether an agent's word on a phone's port lets it in; `off` takes that back. */
  readonly location?: "off" | "port" | "switches";
}

/** A site as a program describes it: the whole of it, as a document. Dots stand for a secret that stays. */
export type SiteDocument = Pick<Site, "name" | "networks" | "clearDoors" | "settings">;

export interface SiteWithRevision {
  readonly site: Site;
  readonly revision: number;
}

/** A window is for the morning somebody plugs phones in, not for good. */
const longestWindow = 7 * 86_400_000;

/** The verbs about sites, of one tenant. */
export class SiteVerbs {
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

  /** Adds a site, or changes the name and networks of the one that is there. */
  async add(draft: SiteDraft): Promise<Verb<Site>> {
    const flaws = checkDraft(draft);
    if (flaws.length > 0) return refused(...flaws);
    return this.#change(draft.id, (known) => {
      const base: Site = known ?? {
        id: draft.id,
        tenant: this.#tenant,
        name: draft.id,
        networks: [],
        settings: {},
      };
      const { location: _before, ...rest } = base;
      const location = draft.location ?? base.location ?? "off";
      return done({
        ...rest,
        ...(location === "off" ? {} : { location }),
        name: draft.name ?? base.name,
        networks: [...(draft.networks ?? base.networks)],
        ...(draft.clearDoors === undefined ? {} : { clearDoors: draft.clearDoors }),
      });
    });
  }

  /** Makes a site by its whole document. */
  create(id: string, document: SiteDocument): Promise<Verb<SiteWithRevision>> {
    return this.#put(id, {}, (known) =>
      known === undefined
        ? done(document)
        : refused({ kind: "taken", place: "/id", expected: "an id that is not in use", found: id }),
    );
  }

  /** Replaces a site by what `change` makes of its document, if it is of the revision expected. */
  rewrite(
    id: string,
    change: (known: Site) => Verb<SiteDocument>,
    expected: Expected = {},
  ): Promise<Verb<SiteWithRevision>> {
    return this.#put(id, expected, (known) => (known === undefined ? undefined : change(known)));
  }

  async #put(
    id: string,
    expected: Expected,
    make: (known: Site | undefined) => Verb<SiteDocument> | undefined,
  ): Promise<Verb<SiteWithRevision>> {
    const stored = await this.#change(
      id,
      (known) => {
        const document = make(known);
        if (document?.ok !== true) return document;
        const flaws = checkDraft({ id, ...document.value });
        const restored = restoreSecrets(document.value, known);
        flaws.push(...restored.flaws, ...settingFlaws(document.value.settings, "/settings"));
        if (flaws.length > 0) return refused(...flaws);
        const window = known?.windowUntil === undefined ? {} : { windowUntil: known.windowUntil };
        return done({ id, tenant: this.#tenant, ...restored.document, ...window });
      },
      expected,
    );
    return stored.ok ? this.withRevision(id) : stored;
  }

  /** One site and its revision; secrets are dots. */
  async withRevision(id: string): Promise<Verb<SiteWithRevision>> {
    const site = await this.show(id);
    const revision = await new Sites(this.#store, this.#sealing).revision(this.#tenant, id);
    return site.ok ? done({ site: site.value, revision: revision ?? 1 }) : site;
  }

  /** Sites by id, after one, so many; secrets are dots. */
  async page(after: string | undefined, limit: number): Promise<SiteWithRevision[]> {
    const rows = await new Sites(this.#store, this.#sealing).page(this.#tenant, after, limit);
    return rows.map(({ site, revision }) => ({ site: maskSecrets(site), revision }));
  }

  /** Forgets a site that has no phones. */
  async remove(id: string, expected: Expected = {}): Promise<Verb<string>> {
    return this.#store.transaction(async (inside) => {
      const sites = new Sites(inside, this.#sealing);
      const known = await sites.get(this.#tenant, id);
      if (known === undefined) return refused(await this.#unknown(id, inside));
      const late = stale((await sites.revision(this.#tenant, id)) ?? 1, expected);
      if (late !== undefined) return refused(late);
      const phones = await new Devices(inside, this.#sealing).macsOf(this.#tenant, id);
      if (phones.length > 0)
        return refused({
          place: "site",
          expected: "a site without phones",
          found: `${phones.length} phones`,
        });
      await sites.remove(this.#tenant, id);
      await this.#log.record(inside, [siteChange(known, undefined)]);
      return done(id);
    });
  }

  /** Every site by id; secrets are dots. */
  async list(): Promise<Site[]> {
    const sites = await new Sites(this.#store, this.#sealing).list(this.#tenant);
    return sites.map((site) => maskSecrets(site));
  }

  /** One site; secrets are dots. */
  async show(id: string): Promise<Verb<Site>> {
    const site = await this.withSecrets(id);
    return site === undefined ? refused(await this.#unknown(id, this.#store)) : done(maskSecrets(site));
  }

  /** One site with its secrets, for rendering; never for people. */
  async withSecrets(id: string): Promise<Site | undefined> {
    return new Sites(this.#store, this.#sealing).get(this.#tenant, id);
  }

  /** Sets one setting of all the site's phones from its text, or takes it out. */
  async set(id: string, path: string, text: string | undefined): Promise<Verb<Site>> {
    const place = decodeSettingPath(path);
    if (!place.ok) return refused(place.why);
    if (place.value.line !== undefined)
      return refused({
        place: "setting",
        expected: `line.… (a site's phones have no lines of its own)`,
        found: path,
      });
    const value = text === undefined ? undefined : decodeSettingValue(place.value.about, text, path);
    if (value?.ok === false) return refused(value.why);
    return this.#change(id, (known) =>
      known === undefined
        ? undefined
        : done({ ...known, settings: putSetting(known.settings, place.value, value?.value) }),
    );
  }

  /**
   * Until `until` (ms), phones we know may claim their config from the site's networks without more; undefined closes.
   */
  async openWindow(id: string, until: number | undefined): Promise<Verb<Site>> {
    const now = this.#store.now();
    if (until !== undefined && until - now > longestWindow)
      return refused({ place: "window", expected: "at most 7 days", found: new Date(until).toISOString() });
    return this.#change(id, (known) => {
      if (known === undefined) return undefined;
      if (until !== undefined && known.networks.length === 0)
        return refused({
          place: "networks",
          expected: "the site's networks: a window is for phones of these",
          found: "none",
          remedy: `\`offhook site add ${id} --network 10.1.2.0/24\` gives them.`,
        });
      const { windowUntil: _closed, ...rest } = known;
      return done(until === undefined ? rest : { ...rest, windowUntil: until });
    });
  }

  async #change(
    id: string,
    change: (known: Site | undefined) => Verb<Site> | undefined,
    expected: Expected = {},
  ): Promise<Verb<Site>> {
    return this.#store.transaction(async (inside) => {
      const sites = new Sites(inside, this.#sealing);
      const known = await sites.get(this.#tenant, id);
      const revision = known === undefined ? undefined : await sites.revision(this.#tenant, id);
      const late = revision === undefined ? undefined : stale(revision, expected);
      if (late !== undefined) return refused(late);
      const changed = change(known);
      if (changed === undefined) return refused(await this.#unknown(id, inside));
      if (!changed.ok) return changed;
      await sites.put(changed.value);
      await this.#log.record(inside, [siteChange(known, changed.value)]);
      return done(maskSecrets(changed.value));
    });
  }

  async #unknown(id: string, store: StoreHandle): Promise<Flaw> {
    const ids = (await new Sites(store, this.#sealing).list(this.#tenant)).map((site) => site.id);
    const close = closestWord(id, ids);
    return {
      kind: "unknown",
      place: "site",
      expected: ids.length === 0 ? "a site, and there is none yet" : `one of ${ids.slice(0, 20).join(", ")}`,
      found: id,
      remedy: close === undefined ? `\`offhook site add ${id}\` makes it.` : `Was ${close} meant?`,
    };
  }
}

function checkDraft(draft: SiteDraft): Flaw[] {
  const flaws: Flaw[] = [];
  if (!/^[a-z0-9-]{1,40}$/.test(draft.id))
    flaws.push({ place: "site", expected: "1 to 40 of a–z, 0–9 and -", found: draft.id });
  if (draft.name !== undefined && draft.name.length > 100)
    flaws.push({ place: "name", expected: "at most 100 characters", found: `${draft.name.length}` });
  if ((draft.networks?.length ?? 0) > 50)
    flaws.push({ place: "networks", expected: "at most 50", found: `${draft.networks?.length}` });
  for (const text of draft.networks ?? []) {
    const network = decodeNetwork(text);
    if (!network.ok) flaws.push(network.why);
  }
  return flaws;
}
