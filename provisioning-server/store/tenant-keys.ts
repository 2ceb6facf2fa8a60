import type { StoreHandle } from "./open-store.ts";

/** A tenant's key of secrets, wrapped with the installation's key. */
export interface WrappedKey {
  /** `""` is the installation itself. */
  readonly tenant: string;
  readonly id: string;
  readonly wrapped: string;
}

export interface TenantKeyTables {
  tenant_key: { tenant_id: string; key_id: string; wrapped: string; created_at: number };
}

/** The wrapped keys of all tenants. A key stays as long as a secret is sealed with it; the newest seals. */
export class TenantKeys {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  async newest(tenant: string): Promise<WrappedKey | undefined> {
    const row = await this.#store.db
      .selectFrom("tenant_key")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .orderBy("created_at", "desc")
      .orderBy("key_id")
      .executeTakeFirst();
    return row === undefined ? undefined : fromRow(row);
  }

  async find(tenant: string, id: string): Promise<WrappedKey | undefined> {
    const row = await this.#store.db
      .selectFrom("tenant_key")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("key_id", "=", id)
      .executeTakeFirst();
    return row === undefined ? undefined : fromRow(row);
  }

  async all(): Promise<WrappedKey[]> {
    const rows = await this.#store.db.selectFrom("tenant_key").selectAll().orderBy("tenant_id").execute();
    return rows.map((row) => fromRow(row));
  }

  /** Stores the key, or the new wrapping of one that is there. */
  async put({ tenant, id, wrapped }: WrappedKey): Promise<void> {
    await this.#store.transaction((inside) =>
      inside.db
        .insertInto("tenant_key")
        .values({ tenant_id: tenant, key_id: id, wrapped, created_at: inside.now() })
        .onConflict((conflict) => conflict.columns(["tenant_id", "key_id"]).doUpdateSet({ wrapped }))
        .execute(),
    );
  }

  /** Without its keys a tenant's secrets are nothing: this is how they go for good, out of backups too. */
  async removeAll(tenant: string): Promise<void> {
    await this.#store.transaction((inside) =>
      inside.db.deleteFrom("tenant_key").where("tenant_id", "=", tenant).execute(),
    );
  }
}

function fromRow(row: TenantKeyTables["tenant_key"]): WrappedKey {
  return { tenant: row.tenant_id, id: row.key_id, wrapped: row.wrapped };
}
