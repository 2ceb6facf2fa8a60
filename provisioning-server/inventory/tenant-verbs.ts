import type { Tenant } from "../../protocol/tenant.ts";
import type { ChangeLog } from "../changes/change-log.ts";
import { tenantChange } from "../changes/leaves.ts";
import type { StoreHandle } from "../store/open-store.ts";
import type { Sealing } from "../store/sealing.ts";
import { maskSecrets } from "../store/secret-leaves.ts";
import { Tenants } from "../store/tenants.ts";
import { closestWord } from "./closest-word.ts";
import { done, refused, type Flaw, type Verb } from "./flaw.ts";
import { settingFlaws } from "./check-settings.ts";
import { restoreSecrets } from "./restore-secrets.ts";
import { stale, type Expected } from "./stale.ts";
import { decodeSettingPath, putSetting } from "./setting-place.ts";
import { decodeSettingValue } from "./setting-value.ts";

/** A tenant as a person describes it; what is absent stays as it is. */
export interface TenantDraft {
  readonly id: string;
  readonly name?: string;
}

/** A tenant as a program describes it. Dots stand for a secret that stays. */
export type TenantDocument = Pick<Tenant, "name" | "settings">;

/** The verbs about tenants: of the whole installation. */
export class TenantVerbs {
  readonly #store: StoreHandle;
  readonly #sealing: Sealing;

  readonly #logOf: (tenant: string) => ChangeLog;

  constructor(store: StoreHandle, sealing: Sealing, logOf: (tenant: string) => ChangeLog) {
    this.#store = store;
    this.#sealing = sealing;
    this.#logOf = logOf;
  }

  /** Adds a tenant, or changes the name of the one that is there. */
  async add({ id, name }: TenantDraft, expected: Expected = {}): Promise<Verb<Tenant>> {
    const flaws = checkTenant(id, name);
    if (flaws.length > 0) return refused(...flaws);
    return this.change(
      id,
      (known) => done({ ...(known ?? { id, settings: {}, revision: 1 }), name: name ?? known?.name ?? id }),
      expected,
    );
  }

  /** Replaces a tenant by what `change` makes of its document, if it is of the revision expected. */
  rewrite(
    id: string,
    change: (known: Tenant) => Verb<TenantDocument>,
    expected: Expected = {},
  ): Promise<Verb<Tenant>> {
    return this.change(
      id,
      (known) => {
        if (known === undefined) return undefined;
        const document = change(known);
        if (!document.ok) return document;
        const restored = restoreSecrets(document.value, known);
        const flaws = [...restored.flaws, ...settingFlaws(document.value.settings, "/settings")];
        return flaws.length > 0 ? refused(...flaws) : done({ ...known, ...restored.document });
      },
      expected,
    );
  }

  /** Tenants by id, after one, so many; secrets are dots. */
  async list(after?: string, limit = 100_000): Promise<Tenant[]> {
    const tenants = await new Tenants(this.#store, this.#sealing).page(after, limit);
    return tenants.map((tenant) => maskSecrets(tenant));
  }

  /** One tenant; secrets are dots. */
  async show(id: string): Promise<Verb<Tenant>> {
    const tenant = await this.withSecrets(id);
    return tenant === undefined ? refused(await this.#unknown(id)) : done(maskSecrets(tenant));
  }

  /** One tenant with its secrets, for rendering; never for people. */
  withSecrets(id: string): Promise<Tenant | undefined> {
    return new Tenants(this.#store, this.#sealing).get(id);
  }

  /** Sets one setting of all the tenant's phones from its text, or takes it out. */
  async set(id: string, path: string, text: string | undefined): Promise<Verb<Tenant>> {
    const place = decodeSettingPath(path);
    if (!place.ok) return refused(place.why);
    if (place.value.line !== undefined)
      return refused({
        place: "setting",
        expected: `line.… (a tenant's phones have no lines of its own)`,
        found: path,
      });
    const value = text === undefined ? undefined : decodeSettingValue(place.value.about, text, path);
    if (value?.ok === false) return refused(value.why);
    return this.change(id, (known) =>
      known === undefined
        ? undefined
        : done({ ...known, settings: putSetting(known.settings, place.value, value?.value) }),
    );
  }

  /** Forgets a tenant that has nothing left. */
  async remove(id: string, expected: Expected = {}): Promise<Verb<string>> {
    return this.#store.transaction(async (inside) => {
      const tenants = new Tenants(inside, this.#sealing);
      const known = await tenants.get(id);
      if (known === undefined) return refused(await this.#unknown(id, inside));
      if (id === "default")
        return refused({ place: "tenant", expected: "another than the first", found: id });
      const late = stale(known.revision, expected);
      if (late !== undefined) return refused(late);
      const left = Object.entries(await tenants.holdings(id)).filter(([, count]) => count > 0);
      const [[what, count] = []] = left;
      if (what !== undefined)
        return refused({ place: "tenant", expected: `a tenant without ${what}`, found: `${count} ${what}` });
      await tenants.remove(id);
      return done(id);
    });
  }

  /** Changes a tenant as `change` says of the one that stands (undefined: none), if it is of the revision expected. */
  async change(
    id: string,
    change: (known: Tenant | undefined) => Verb<Tenant> | undefined,
    expected: Expected = {},
  ): Promise<Verb<Tenant>> {
    return this.#store.transaction(async (inside) => {
      const tenants = new Tenants(inside, this.#sealing);
      const known = await tenants.get(id);
      const late = known === undefined ? undefined : stale(known.revision, expected);
      if (late !== undefined) return refused(late);
      const changed = change(known);
      if (changed === undefined) return refused(await this.#unknown(id, inside));
      if (!changed.ok) return changed;
      const stored = { ...changed.value, revision: (known?.revision ?? 0) + 1 };
      await tenants.put(stored);
      if (known !== undefined) await this.#logOf(id).record(inside, [tenantChange(known, stored)]);
      return done(maskSecrets(stored));
    });
  }

  async #unknown(id: string, store = this.#store): Promise<Flaw> {
    const ids = (await new Tenants(store, this.#sealing).page(undefined, 1000)).map((tenant) => tenant.id);
    const close = closestWord(id, ids);
    return {
      kind: "unknown",
      place: "tenant",
      expected: "a tenant that there is",
      found: id,
      remedy: close === undefined ? `\`offhook tenant add ${id}\` makes it.` : `Was ${close} meant?`,
    };
  }
}

function checkTenant(id: string, name: string | undefined): Flaw[] {
  const flaws: Flaw[] = [];
  if (!/^[a-z0-9-]{1,40}$/.test(id))
    flaws.push({ place: "tenant", expected: "1 to 40 of a–z, 0–9 and -", found: id });
  if (name !== undefined && name.length > 100)
    flaws.push({ place: "name", expected: "at most 100 characters", found: `${name.length}` });
  return flaws;
}
