import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Door } from "../../protocol/phone-request.ts";
import type { Answer } from "../../protocol/answer.ts";
import type { InventoryTables } from "./inventory-tables.ts";
import type { StoreHandle } from "./open-store.ts";

/** When and how a phone of ours last asked for anything. */
export interface Seen {
  readonly at: number;
  readonly via: Door;
  readonly address: string;
  readonly userAgent?: string;
  readonly firmware?: string;
  readonly outcome: Answer["outcome"];
  /** When it last got a config, and of which revision of the phone. */
  readonly configAt?: number;
  readonly configRevision?: number;
  /** When and from where it was last let in (any claim but public). */
  readonly claimedAt?: number;
  readonly claimedAddress?: string;
}

/** Names in a statement; see devices.ts. */
const batch = 500;

/** The hot half of phones: written at every request. */
export class DeviceSeen {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  async get(tenant: string, mac: MacAddress): Promise<Seen | undefined> {
    const row = await this.#store.db
      .selectFrom("device_seen")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("mac", "=", mac)
      .executeTakeFirst();
    return row === undefined ? undefined : readSeen(row);
  }

  /** What was seen of each of the tenant's phones. */
  async all(tenant: string): Promise<Map<MacAddress, Seen>> {
    const rows = await this.#store.db
      .selectFrom("device_seen")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .execute();
    return new Map(rows.map((row) => [row.mac, readSeen(row)]));
  }

  /** What was seen of these of the tenant's phones. */
  async many(tenant: string, macs: readonly MacAddress[]): Promise<Map<MacAddress, Seen>> {
    const seen = new Map<MacAddress, Seen>();
    for (let start = 0; start < macs.length; start += batch) {
      const rows = await this.#store.db
        .selectFrom("device_seen")
        .selectAll()
        .where("tenant_id", "=", tenant)
        .where("mac", "in", macs.slice(start, start + batch))
        .execute();
      for (const row of rows) seen.set(row.mac, readSeen(row));
    }
    return seen;
  }

  /** What is not given stays as it was: a phone that tells its firmware once is remembered. */
  put(tenant: string, mac: MacAddress, seen: Seen): Promise<void> {
    return this.putMany(tenant, new Map([[mac, seen]]));
  }

  /** The same for many: a statement a column set, not a phone. */
  async putMany(tenant: string, seen: ReadonlyMap<MacAddress, Seen>): Promise<void> {
    const rows = [...seen].map(([mac, one]) => ({ tenant_id: tenant, mac, ...columnsOf(one) }));
    const alike = Map.groupBy(rows, (row) => Object.keys(row).join(" "));
    await this.#store.transaction(async (inside) => {
      for (const group of alike.values())
        for (let start = 0; start < group.length; start += batch)
          await putRows(inside, group.slice(start, start + batch));
    });
  }

  /** From where phones were let in since then, newest last; of all tenants, at most `limit`. */
  async claimedSince(
    since: number,
    limit: number,
  ): Promise<{ mac: MacAddress; address: string; at: number }[]> {
    const rows = await this.#store.db
      .selectFrom("device_seen")
      .select(["mac", "claimed_address", "claimed_at"])
      .where("claimed_at", ">=", since)
      .orderBy("claimed_at", "desc")
      .limit(limit)
      .execute();
    return rows
      .map((row) => ({ mac: row.mac, address: row.claimed_address ?? "", at: row.claimed_at ?? 0 }))
      .toReversed();
  }

  /** The phones last seen from this address. */
  async atAddress(address: string): Promise<{ tenant: string; mac: MacAddress }[]> {
    const rows = await this.#store.db
      .selectFrom("device_seen")
      .select(["tenant_id", "mac"])
      .where("address", "=", address)
      .execute();
    return rows.map((row) => ({ tenant: row.tenant_id, mac: row.mac }));
  }
}

type SeenRow = { readonly tenant_id: string; readonly mac: MacAddress } & ReturnType<typeof columnsOf>;

function columnsOf(seen: Seen) {
  return {
    last_at: seen.at,
    via: seen.via,
    address: seen.address,
    last_outcome: seen.outcome,
    ...(seen.userAgent === undefined ? {} : { user_agent: seen.userAgent }),
    ...(seen.firmware === undefined ? {} : { firmware: seen.firmware }),
    ...(seen.configAt === undefined ? {} : { config_at: seen.configAt }),
    ...(seen.configRevision === undefined ? {} : { config_revision: seen.configRevision }),
    ...(seen.claimedAt === undefined ? {} : { claimed_at: seen.claimedAt }),
    ...(seen.claimedAddress === undefined ? {} : { claimed_address: seen.claimedAddress }),
  };
}

/** Rows that all have the same columns. */
async function putRows({ db }: StoreHandle, rows: readonly SeenRow[]): Promise<void> {
  const names = Object.keys(rows[0] ?? {}) as (keyof SeenRow)[];
  const updated = names.filter((name) => name !== "tenant_id" && name !== "mac");
  await db
    .insertInto("device_seen")
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(["tenant_id", "mac"])
        .doUpdateSet((set) => Object.fromEntries(updated.map((name) => [name, set.ref(`excluded.${name}`)]))),
    )
    .execute();
}

function readSeen(row: InventoryTables["device_seen"]): Seen {
  return {
    at: row.last_at,
    via: row.via as Door,
    address: row.address,
    outcome: row.last_outcome as Seen["outcome"],
    ...(row.user_agent === null ? {} : { userAgent: row.user_agent }),
    ...(row.firmware === null ? {} : { firmware: row.firmware }),
    ...(row.config_at === null ? {} : { configAt: row.config_at }),
    ...(row.config_revision === null ? {} : { configRevision: row.config_revision }),
    ...(row.claimed_at === null ? {} : { claimedAt: row.claimed_at }),
    ...(row.claimed_address === null ? {} : { claimedAddress: row.claimed_address }),
  };
}
