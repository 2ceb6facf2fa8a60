import { Compile } from "typebox/compile";
import { Site } from "../../protocol/site.ts";
import type { InventoryTables } from "./inventory-tables.ts";
import { Phonebooks } from "./phonebooks.ts";
import type { Sealing } from "./sealing.ts";
import type { StoreHandle } from "./open-store.ts";
import { revise } from "./revisions.ts";
import { giveSecrets, takeSecrets } from "./secret-leaves.ts";
import { Secrets } from "./secrets.ts";

const siteSchema = Compile(Site);

/** Sites of all tenants; a site's secrets are sealed apart from its document. */
export class Sites {
  readonly #store: StoreHandle;
  readonly #sealing: Sealing;

  constructor(store: StoreHandle, sealing: Sealing) {
    this.#store = store;
    this.#sealing = sealing;
  }

  /** The site with its secrets. */
  async get(tenant: string, id: string): Promise<Site | undefined> {
    const row = await this.#store.db
      .selectFrom("site")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("site_id", "=", id)
      .executeTakeFirst();
    return row === undefined ? undefined : this.#read(row);
  }

  /** Every site of the tenant, by id. */
  async list(tenant: string): Promise<Site[]> {
    const rows = await this.#store.db
      .selectFrom("site")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .orderBy("site_id")
      .execute();
    return Promise.all(rows.map((row) => this.#read(row)));
  }

  /** The tenant's sites by id, after one, so many, with their revisions. */
  async page(
    tenant: string,
    after: string | undefined,
    limit: number,
  ): Promise<{ readonly site: Site; readonly revision: number }[]> {
    let query = this.#store.db.selectFrom("site").selectAll().where("tenant_id", "=", tenant);
    if (after !== undefined) query = query.where("site_id", ">", after);
    const rows = await query.orderBy("site_id").limit(limit).execute();
    return Promise.all(rows.map(async (row) => ({ site: await this.#read(row), revision: row.revision })));
  }

  /** Whose networks are where, for every site of every tenant: what a door needs to place an address. */
  async networks(): Promise<Pick<Site, "id" | "tenant" | "networks">[]> {
    const rows = await this.#store.db
      .selectFrom("site")
      .select(["tenant_id", "site_id", "networks"])
      .orderBy("tenant_id")
      .orderBy("site_id")
      .execute();
    return rows.map((row) => ({
      id: row.site_id,
      tenant: row.tenant_id,
      networks: JSON.parse(row.networks) as string[],
    }));
  }

  /** Counts the changes of a site, which each {@link put} makes greater: an API's ETag. Undefined: no such site. */
  async revision(tenant: string, id: string): Promise<number | undefined> {
    const row = await this.#store.db
      .selectFrom("site")
      .select("revision")
      .where("tenant_id", "=", tenant)
      .where("site_id", "=", id)
      .executeTakeFirst();
    return row?.revision;
  }

  /** Stores the site as it is, new or known. */
  async put(site: Site): Promise<void> {
    const { doc, secrets } = takeSecrets({
      settings: site.settings,
      ...(site.clearDoors === undefined ? {} : { clearDoors: site.clearDoors }),
      ...(site.location === undefined ? {} : { location: site.location }),
    });
    await this.#store.transaction(async (inside) => {
      const now = inside.now();
      const columns = {
        name: site.name,
        networks: JSON.stringify(site.networks),
        window_until: site.windowUntil ?? null,
        doc: JSON.stringify(doc),
        changed_at: now,
      };
      await inside.db
        .insertInto("site")
        .values({ tenant_id: site.tenant, site_id: site.id, revision: 1, created_at: now, ...columns })
        .onConflict((conflict) =>
          conflict
            .columns(["tenant_id", "site_id"])
            .doUpdateSet((set) => ({ ...columns, revision: set("site.revision", "+", 1) })),
        )
        .execute();
      await new Secrets(inside, this.#sealing).put(
        { tenant: site.tenant, holder: "site", name: site.id },
        secrets,
      );
      await revise(inside, "site", site.tenant, [site.id]);
    });
  }

  /** Forgets the site, its secrets and its phonebook. Its phones go first: they stand on it. */
  async remove(tenant: string, id: string): Promise<boolean> {
    return this.#store.transaction(async (inside) => {
      await new Secrets(inside, this.#sealing).remove({ tenant, holder: "site", name: id });
      await new Phonebooks(inside).put(tenant, id, undefined);
      const gone = await inside.db
        .deleteFrom("site")
        .where("tenant_id", "=", tenant)
        .where("site_id", "=", id)
        .executeTakeFirst();
      await revise(inside, "site", tenant, [id]);
      return gone.numDeletedRows > 0n;
    });
  }

  async #read(row: InventoryTables["site"]): Promise<Site> {
    const secrets = await new Secrets(this.#store, this.#sealing).of({
      tenant: row.tenant_id,
      holder: "site",
      name: row.site_id,
    });
    const doc: unknown = JSON.parse(row.doc);
    giveSecrets(doc, secrets);
    const site: unknown = {
      id: row.site_id,
      tenant: row.tenant_id,
      name: row.name,
      networks: JSON.parse(row.networks),
      ...(row.window_until === null ? {} : { windowUntil: row.window_until }),
      ...(doc as object),
    };
    if (!siteSchema.Check(site)) throw new Error(`site ${row.site_id} in the store does not fit its schema`);
    return site;
  }
}
