import type { Selectable } from "kysely";
import { Compile } from "typebox/compile";
import { Tenant } from "../../protocol/tenant.ts";
import type { InventoryTables } from "./inventory-tables.ts";
import type { StoreHandle } from "./open-store.ts";
import { revise } from "./revisions.ts";
import type { Sealing } from "./sealing.ts";
import { giveSecrets, takeSecrets } from "./secret-leaves.ts";
import { Secrets } from "./secrets.ts";
import { TenantKeys } from "./tenant-keys.ts";

const tenantSchema = Compile(Tenant);

/** What still belongs to a tenant, by its kind. */
export type TenantHoldings = Readonly<Record<"sites" | "phones" | "agents" | "members", number>>;

/** Tenants; the secrets of their settings are sealed apart from their document. */
export class Tenants {
  readonly #store: StoreHandle;
  readonly #sealing: Sealing;

  constructor(store: StoreHandle, sealing: Sealing) {
    this.#store = store;
    this.#sealing = sealing;
  }

  /** The tenant with its secrets. */
  async get(id: string): Promise<Tenant | undefined> {
    const row = await this.#store.db
      .selectFrom("tenant")
      .selectAll()
      .where("tenant_id", "=", id)
      .executeTakeFirst();
    return row === undefined ? undefined : this.#read(row);
  }

  /** Tenants by id, after one, so many. */
  async page(after: string | undefined, limit: number): Promise<Tenant[]> {
    let query = this.#store.db.selectFrom("tenant").selectAll();
    if (after !== undefined) query = query.where("tenant_id", ">", after);
    const rows = await query.orderBy("tenant_id").limit(limit).execute();
    return Promise.all(rows.map((row) => this.#read(row)));
  }

  /** Stores the tenant as it is, new or known; its revision is the caller's. */
  async put(tenant: Tenant): Promise<void> {
    const { doc, secrets } = takeSecrets({ settings: tenant.settings });
    await this.#store.transaction(async (inside) => {
      const now = inside.now();
      const { name, revision } = tenant;
      const columns = { name, revision, doc: JSON.stringify(doc), changed_at: now };
      await inside.db
        .insertInto("tenant")
        .values({ tenant_id: tenant.id, created_at: now, ...columns })
        .onConflict((conflict) => conflict.column("tenant_id").doUpdateSet(columns))
        .execute();
      await new Secrets(inside, this.#sealing).put(
        { tenant: tenant.id, holder: "tenant", name: tenant.id },
        secrets,
      );
      await revise(inside, "tenant", tenant.id, [tenant.id]);
    });
  }

  /** What would be left without an owner if the tenant went. */
  async holdings(tenant: string): Promise<TenantHoldings> {
    const count = async (table: "site" | "device" | "agent" | "staff") => {
      const row = await this.#store.db
        .selectFrom(table)
        .select(({ fn }) => fn.countAll<number>().as("count"))
        .where("tenant_id", "=", tenant)
        .executeTakeFirstOrThrow();
      return Number(row.count);
    };
    return {
      sites: await count("site"),
      phones: await count("device"),
      agents: await count("agent"),
      members: await count("staff"),
    };
  }

  /** Forgets the tenant, its secrets and the keys they were sealed with; its trace and its audit stay. */
  async remove(tenant: string): Promise<void> {
    await this.#store.transaction(async (inside) => {
      await new Secrets(inside, this.#sealing).remove({ tenant, holder: "tenant", name: tenant });
      await new TenantKeys(inside).removeAll(tenant);
      await inside.db.deleteFrom("api_token").where("tenant_id", "=", tenant).execute();
      await inside.db.deleteFrom("idempotency").where("tenant_id", "=", tenant).execute();
      await inside.db.deleteFrom("tenant").where("tenant_id", "=", tenant).execute();
      await revise(inside, "tenant", tenant, [tenant]);
    });
  }

  async #read(row: Selectable<InventoryTables["tenant"]>): Promise<Tenant> {
    const holder = { tenant: row.tenant_id, holder: "tenant", name: row.tenant_id } as const;
    const doc: unknown = JSON.parse(row.doc);
    giveSecrets(doc, await new Secrets(this.#store, this.#sealing).of(holder));
    const tenant: unknown = {
      id: row.tenant_id,
      name: row.name,
      settings: {},
      ...(doc as object),
      revision: row.revision,
    };
    if (!tenantSchema.Check(tenant))
      throw new Error(`tenant ${row.tenant_id} in the store does not fit its schema`);
    return tenant;
  }
}
