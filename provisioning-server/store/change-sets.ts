import { deflateSync, inflateSync } from "node:zlib";
import type { StoreHandle } from "./open-store.ts";
import type { Sealing } from "./sealing.ts";

export interface ChangeTables {
  change_set: {
    tenant_id: string;
    change_id: string;
    at: number;
    who: string;
    reason: string | null;
    /** `planned`, `applied` or `undone`. */
    state: string;
    applied_at: number | null;
    /** The change that this one takes back. */
    undoes: string | null;
    undone_by: string | null;
  };
  change_entry: {
    tenant_id: string;
    change_id: string;
    /** `device`, `site` or `tenant`. */
    holder: string;
    /** MAC, site id or tenant id. */
    name: string;
    /** Deflated JSON of what was and what is, sealed: passwords stand in it. */
    sealed: string;
  };
}

export type ChangeHolder = "device" | "site" | "tenant";
/** Settings and other leaves of a phone, site or tenant by path; see changes/leaves.ts. */
export type Leaves = ReadonlyMap<string, unknown>;

/** What one change did to one phone, site or tenant: the leaves that differ. An absent side: it was not there. */
export interface ChangeEntry {
  readonly holder: ChangeHolder;
  readonly name: string;
  readonly before?: Leaves;
  readonly after?: Leaves;
}

export type ChangeState = "planned" | "applied" | "undone";

export interface ChangeSet {
  readonly id: string;
  readonly at: number;
  readonly who: string;
  readonly reason?: string;
  readonly state: ChangeState;
  readonly appliedAt?: number;
  readonly undoes?: string;
  readonly undoneBy?: string;
}

/** Changes that were made or are planned, and what each did; sealed, for secrets are part of it. */
export class ChangeSets {
  readonly #store: StoreHandle;
  readonly #sealing: Sealing;

  constructor(store: StoreHandle, sealing: Sealing) {
    this.#store = store;
    this.#sealing = sealing;
  }

  async put(tenant: string, set: ChangeSet): Promise<void> {
    const columns = {
      at: set.at,
      who: set.who,
      reason: set.reason ?? null,
      state: set.state,
      applied_at: set.appliedAt ?? null,
      undoes: set.undoes ?? null,
      undone_by: set.undoneBy ?? null,
    };
    await this.#store.db
      .insertInto("change_set")
      .values({ tenant_id: tenant, change_id: set.id, ...columns })
      .onConflict((conflict) => conflict.columns(["tenant_id", "change_id"]).doUpdateSet(columns))
      .execute();
  }

  async get(tenant: string, id: string): Promise<ChangeSet | undefined> {
    const row = await this.#store.db
      .selectFrom("change_set")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("change_id", "=", id)
      .executeTakeFirst();
    return row === undefined ? undefined : readSet(row);
  }

  /** Newest first; of `before` and older, where given. */
  async list(tenant: string, limit: number, before?: string): Promise<(ChangeSet & { entries: number })[]> {
    let query = this.#store.db
      .selectFrom("change_set")
      .selectAll()
      .select((build) =>
        build
          .selectFrom("change_entry")
          .select(({ fn }) => fn.countAll<number>().as("entries"))
          .whereRef("change_entry.tenant_id", "=", "change_set.tenant_id")
          .whereRef("change_entry.change_id", "=", "change_set.change_id")
          .as("entries"),
      )
      .where("tenant_id", "=", tenant);
    if (before !== undefined) query = query.where("change_id", "<", before);
    const rows = await query.orderBy("change_id", "desc").limit(limit).execute();
    return rows.map(({ entries, ...row }) => ({ ...readSet(row), entries: Number(entries ?? 0) }));
  }

  /** Ids that begin or end so (hex digits and dashes), at most two: enough to know whether a short id names one. */
  async named(tenant: string, part: string): Promise<string[]> {
    const rows = await this.#store.db
      .selectFrom("change_set")
      .select("change_id")
      .where("tenant_id", "=", tenant)
      .where((build) =>
        build.or([build("change_id", "like", `${part}%`), build("change_id", "like", `%${part}`)]),
      )
      .orderBy("change_id")
      .limit(2)
      .execute();
    return rows.map((row) => row.change_id);
  }

  async putEntry(tenant: string, id: string, entry: ChangeEntry): Promise<void> {
    const { holder, name, before, after } = entry;
    const text = JSON.stringify([sideOf(before), sideOf(after)]);
    const packed = deflateSync(text).toString("base64");
    const place = { tenant, holder: "change", name: id, path: placeOf(entry) } as const;
    const sealed = await this.#sealing.seal(this.#store, packed, place);
    await this.#store.db
      .insertInto("change_entry")
      .values({ tenant_id: tenant, change_id: id, holder, name, sealed })
      .onConflict((conflict) =>
        conflict.columns(["tenant_id", "change_id", "holder", "name"]).doUpdateSet({ sealed }),
      )
      .execute();
  }

  async removeEntry(
    tenant: string,
    id: string,
    { holder, name }: Pick<ChangeEntry, "holder" | "name">,
  ): Promise<void> {
    await this.#store.db
      .deleteFrom("change_entry")
      .where("tenant_id", "=", tenant)
      .where("change_id", "=", id)
      .where("holder", "=", holder)
      .where("name", "=", name)
      .execute();
  }

  async entry(
    tenant: string,
    id: string,
    { holder, name }: Pick<ChangeEntry, "holder" | "name">,
  ): Promise<ChangeEntry | undefined> {
    const row = await this.#store.db
      .selectFrom("change_entry")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("change_id", "=", id)
      .where("holder", "=", holder)
      .where("name", "=", name)
      .executeTakeFirst();
    return row === undefined ? undefined : this.#readEntry(row);
  }

  /** Everything a change did: tenants and sites first, then phones by MAC. */
  async entries(tenant: string, id: string): Promise<ChangeEntry[]> {
    const rows = await this.#store.db
      .selectFrom("change_entry")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("change_id", "=", id)
      .orderBy("holder", "desc")
      .orderBy("name")
      .execute();
    const entries: ChangeEntry[] = [];
    for (const row of rows) entries.push(await this.#readEntry(row));
    return entries;
  }

  async #readEntry(row: ChangeTables["change_entry"]): Promise<ChangeEntry> {
    const { tenant_id: tenant, change_id: id, name } = row;
    const holder = row.holder as ChangeHolder;
    const place = { tenant, holder: "change", name: id, path: placeOf({ holder, name }) } as const;
    const packed = await this.#sealing.open(this.#store, row.sealed, place);
    const sides: unknown = JSON.parse(inflateSync(Buffer.from(packed, "base64")).toString("utf8"));
    const [before = null, after = null] = sides as readonly ([string, unknown][] | null)[];
    return {
      holder,
      name,
      ...(before === null ? {} : { before: new Map(before) }),
      ...(after === null ? {} : { after: new Map(after) }),
    };
  }
}

const sideOf = (leaves: Leaves | undefined) => (leaves === undefined ? null : [...leaves]);

const placeOf = ({ holder, name }: Pick<ChangeEntry, "holder" | "name">): string => `/${holder}/${name}`;

function readSet(row: ChangeTables["change_set"]): ChangeSet {
  return {
    id: row.change_id,
    at: row.at,
    who: row.who,
    state: row.state as ChangeState,
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.applied_at === null ? {} : { appliedAt: row.applied_at }),
    ...(row.undoes === null ? {} : { undoes: row.undoes }),
    ...(row.undone_by === null ? {} : { undoneBy: row.undone_by }),
  };
}
