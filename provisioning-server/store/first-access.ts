import type { MacAddress } from "../../protocol/mac-address.ts";
import type { StoreHandle } from "./open-store.ts";

/** A token for a phone's first access as the store has it: never the token itself. */
export interface FirstAccessRow {
  readonly tenant: string;
  readonly mac: MacAddress;
  /** SHA-256 of the token, hex. */
  readonly hash: string;
  /** Of the phone's own token when it was made: it is worth nothing when that one is replaced. */
  readonly generation: number;
  readonly expiresAt: number;
  readonly usesLeft: number;
}

/** One a phone: a new one takes the place of the old. */
export class FirstAccessRows {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  async put({ tenant, mac, ...row }: FirstAccessRow): Promise<void> {
    const columns = {
      hash: row.hash,
      generation: row.generation,
      expires_at: row.expiresAt,
      uses_left: row.usesLeft,
    };
    await this.#store.transaction((inside) =>
      inside.db
        .insertInto("first_access")
        .values({ tenant_id: tenant, mac, ...columns })
        .onConflict((conflict) => conflict.columns(["tenant_id", "mac"]).doUpdateSet(columns))
        .execute(),
    );
  }

  /** Used up and expired ones, too: the refusal says so. */
  async byHash(hash: string): Promise<FirstAccessRow | undefined> {
    const row = await this.#store.db
      .selectFrom("first_access")
      .selectAll()
      .where("hash", "=", hash)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return {
      tenant: row.tenant_id,
      mac: row.mac,
      hash,
      generation: row.generation,
      expiresAt: row.expires_at,
      usesLeft: row.uses_left,
    };
  }

  /** Takes one use, in one step; false: none was left, or its time is over. */
  async spend({ tenant, mac, hash }: FirstAccessRow, at: number): Promise<boolean> {
    return this.#store.transaction(async (inside) => {
      const { numUpdatedRows } = await inside.db
        .updateTable("first_access")
        .set((set) => ({ uses_left: set("uses_left", "-", 1) }))
        .where("tenant_id", "=", tenant)
        .where("mac", "=", mac)
        .where("hash", "=", hash)
        .where("uses_left", ">", 0)
        .where("expires_at", ">", at)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    });
  }

  async remove(tenant: string, mac: MacAddress): Promise<void> {
    await this.#store.transaction((inside) =>
      inside.db.deleteFrom("first_access").where("tenant_id", "=", tenant).where("mac", "=", mac).execute(),
    );
  }
}
