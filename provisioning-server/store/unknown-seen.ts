import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Door } from "../../protocol/phone-request.ts";
import type { StoreHandle } from "./open-store.ts";

/** A MAC that asked and is in nobody's inventory. What is told by the request stays from the last one that told it. */
export interface UnknownPhone {
  readonly mac: MacAddress;
  /** Whose network it asked from. */
  readonly site?: string;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly times: number;
  readonly via: Door;
  readonly address: string;
  readonly vendor?: string;
  readonly model?: string;
  readonly userAgent?: string;
}

/** So many MACs of a tenant are remembered: whoever makes MACs up must not fill the store. */
const most = 10_000;

export class UnknownSeen {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  async note(
    tenant: string,
    { mac, at, ...seen }: Omit<UnknownPhone, "firstAt" | "lastAt" | "times"> & { readonly at: number },
  ): Promise<void> {
    const columns = {
      last_at: at,
      via: seen.via,
      address: seen.address,
      ...(seen.site === undefined ? {} : { site_id: seen.site }),
      ...(seen.vendor === undefined ? {} : { vendor: seen.vendor }),
      ...(seen.model === undefined ? {} : { model: seen.model }),
      ...(seen.userAgent === undefined ? {} : { user_agent: seen.userAgent.slice(0, 1000) }),
    };
    await this.#store.transaction((inside) =>
      inside.db
        .insertInto("unknown_seen")
        .values({ tenant_id: tenant, mac, first_at: at, times: 1, ...columns })
        .onConflict((conflict) =>
          conflict
            .columns(["tenant_id", "mac"])
            .doUpdateSet((set) => ({ ...columns, times: set("unknown_seen.times", "+", 1) })),
        )
        .execute(),
    );
  }

  /** The tenant's, last seen first; those that some tenant has by now are left out. */
  async list(tenant: string, limit = 500): Promise<UnknownPhone[]> {
    const rows = await this.#store.db
      .selectFrom("unknown_seen")
      .leftJoin("mac_owner", "mac_owner.mac", "unknown_seen.mac")
      .selectAll("unknown_seen")
      .where("unknown_seen.tenant_id", "=", tenant)
      .where("mac_owner.mac", "is", null)
      .orderBy("unknown_seen.last_at", "desc")
      .orderBy("unknown_seen.mac")
      .limit(limit)
      .execute();
    return rows.map((row) => ({
      mac: row.mac,
      ...(row.site_id === null ? {} : { site: row.site_id }),
      firstAt: row.first_at,
      lastAt: row.last_at,
      times: row.times,
      via: row.via as Door,
      address: row.address,
      ...(row.vendor === null ? {} : { vendor: row.vendor }),
      ...(row.model === null ? {} : { model: row.model }),
      ...(row.user_agent === null ? {} : { userAgent: row.user_agent }),
    }));
  }

  async remove(tenant: string, mac: MacAddress): Promise<void> {
    await this.#store.transaction((inside) =>
      inside.db.deleteFrom("unknown_seen").where("tenant_id", "=", tenant).where("mac", "=", mac).execute(),
    );
  }

  /** Forgets what was last seen before, and of each tenant all but the newest {@link most}. */
  async prune(before: number): Promise<void> {
    await this.#store.transaction(async (inside) => {
      await inside.db.deleteFrom("unknown_seen").where("last_at", "<", before).execute();
      const tenants = await inside.db.selectFrom("unknown_seen").select("tenant_id").distinct().execute();
      for (const { tenant_id: tenant } of tenants) {
        const oldest = await inside.db
          .selectFrom("unknown_seen")
          .select("last_at")
          .where("tenant_id", "=", tenant)
          .orderBy("last_at", "desc")
          .offset(most)
          .limit(1)
          .executeTakeFirst();
        if (oldest === undefined) continue;
        await inside.db
          .deleteFrom("unknown_seen")
          .where("tenant_id", "=", tenant)
          .where("last_at", "<=", oldest.last_at)
          .execute();
      }
    });
  }
}
