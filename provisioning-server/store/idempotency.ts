import type { StoreHandle } from "./open-store.ts";

export interface IdempotencyTables {
  idempotency: {
    tenant_id: string;
    caller: string;
    key: string;
    created_at: number;
    /** What was asked and what was answered: tokens and passwords stand in it. */
    sealed: string;
  };
}

/** Whose write it is: keys of two callers never meet. */
export interface IdempotencyPlace {
  readonly tenant: string;
  readonly caller: string;
  readonly key: string;
}

/** What was answered to writes that came with an `Idempotency-Key`; each in the transaction of its write. */
export class Idempotency {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  /** What was kept of an earlier write, sealed; undefined: none, or older than `since`. */
  async find({ tenant, caller, key }: IdempotencyPlace, since: number): Promise<string | undefined> {
    const row = await this.#store.db
      .selectFrom("idempotency")
      .select("sealed")
      .where("tenant_id", "=", tenant)
      .where("caller", "=", caller)
      .where("key", "=", key)
      .where("created_at", ">=", since)
      .executeTakeFirst();
    return row?.sealed;
  }

  /** Also drops what is older than `since`. */
  async put({ tenant, caller, key }: IdempotencyPlace, sealed: string, since: number): Promise<void> {
    await this.#store.transaction(async ({ db, now }) => {
      await db
        .deleteFrom("idempotency")
        .where("tenant_id", "=", tenant)
        .where("created_at", "<", since)
        .execute();
      await db
        .insertInto("idempotency")
        .values({ tenant_id: tenant, caller, key, created_at: now(), sealed })
        .execute();
    });
  }
}
