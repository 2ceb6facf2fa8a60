import type { StoreHandle } from "./open-store.ts";

/**
 * What has a version of its own. `device-state`: how far a phone's enrolment is, which no file of it depends on.
 * Phonebooks have the site's id as their name.
 */
export type RevisedScope = "device" | "device-state" | "site" | "tenant" | "phonebook" | "setting";

/** One thing that was written, and at which version of the whole store. */
export interface Revised {
  readonly scope: RevisedScope;
  /** Empty for what belongs to the whole installation. */
  readonly tenant: string;
  /** MAC, site id, tenant id, name of the setting. */
  readonly name: string;
  readonly version: number;
}

export interface RevisionTables {
  /** One row a thing, and one of scope `all` whose version is that of the last write to any of them. */
  revision: { tenant_id: string; scope: string; name: string; version: number };
}

const all = { tenant_id: "", scope: "all", name: "" } as const;
/** Most parameters of a statement (see devices.ts), at four a row. */
const batch = 200;

/**
 * What changed, for everybody who keeps something read from the store: the doors' directory and its rendered files, other
 * processes beside this one (`offhook phone set` beside a running server). Every write of a phone, site, tenant, phonebook
 * or setting calls {@link revise} in its own transaction, so the version grows exactly when a change can be read.
 */
export class Revisions {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  /** Grows with every write by anybody; one look-up by key. */
  async version(): Promise<number> {
    const row = await this.#store.db
      .selectFrom("revision")
      .select("version")
      .where("tenant_id", "=", all.tenant_id)
      .where("scope", "=", all.scope)
      .where("name", "=", all.name)
      .executeTakeFirstOrThrow();
    return Number(row.version);
  }

  /** What was written after that version, oldest first. */
  async since(version: number): Promise<Revised[]> {
    const rows = await this.#store.db
      .selectFrom("revision")
      .selectAll()
      .where("version", ">", version)
      .where("scope", "<>", all.scope)
      .orderBy("version")
      .execute();
    return rows.map((row) => ({
      scope: row.scope as RevisedScope,
      tenant: row.tenant_id,
      name: row.name,
      version: Number(row.version),
    }));
  }
}

/**
 * Says that these were written; in the transaction that writes them. The counter's row is held until that transaction
 * ends, so versions can be read in the order in which they were given.
 */
export async function revise(
  inside: StoreHandle,
  scope: RevisedScope,
  tenant: string,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  const { version } = await inside.db
    .updateTable("revision")
    .set((row) => ({ version: row("version", "+", 1) }))
    .where("tenant_id", "=", all.tenant_id)
    .where("scope", "=", all.scope)
    .where("name", "=", all.name)
    .returning("version")
    .executeTakeFirstOrThrow();
  for (let start = 0; start < names.length; start += batch) {
    const rows = names
      .slice(start, start + batch)
      .map((name) => ({ tenant_id: tenant, scope, name, version }));
    await inside.db
      .insertInto("revision")
      .values(rows)
      .onConflict((conflict) => conflict.columns(["tenant_id", "scope", "name"]).doUpdateSet({ version }))
      .execute();
  }
  inside.changed();
}
