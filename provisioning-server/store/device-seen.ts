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
}

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

  /** What is not given stays as it was: a phone that tells its firmware once is remembered. */
  async put(tenant: string, mac: MacAddress, seen: Seen): Promise<void> {
    const columns = {
      last_at: seen.at,
      via: seen.via,
      address: seen.address,
      last_outcome: seen.outcome,
      ...(seen.userAgent === undefined ? {} : { user_agent: seen.userAgent }),
      ...(seen.firmware === undefined ? {} : { firmware: seen.firmware }),
      ...(seen.configAt === undefined ? {} : { config_at: seen.configAt }),
      ...(seen.configRevision === undefined ? {} : { config_revision: seen.configRevision }),
    };
    await this.#store.transaction((inside) =>
      inside.db
        .insertInto("device_seen")
        .values({ tenant_id: tenant, mac, ...columns })
        .onConflict((conflict) => conflict.columns(["tenant_id", "mac"]).doUpdateSet(columns))
        .execute(),
    );
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
  };
}
