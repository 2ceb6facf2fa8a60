import type { StoreHandle } from "./open-store.ts";

export interface IdempotencyTables {
  idempotency: {
    tenant_id: string;
    caller: string;
    key: string;
    fingerprint: string;
    created_at: number;
    /** Sealed: it may hold a token. */
    reply: string;
  };
}

/** Whose write it is: keys of two callers never meet. */
export interface IdempotencyPlace {
  readonly tenant: string;
  readonly caller: string;
  readonly key: string;
}

export interface KnownWrite {
  /** Of method, address and body. */
  readonly fingerprint: string;
  /** Sealed. */
  readonly reply: string;
}

/** What was answered to writes that came with an `Idempotency-Key`; each in the transaction of its write. */
export class Idempotency {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  async find({ tenant, caller, key }: IdempotencyPlace, since: number): Promise<KnownWrite | undefined> {
    return this.#store.db
      .selectFrom("idempotency")
      .select(["fingerprint", "reply"])
      .where("tenant_id", "=", tenant)
      .where("caller", "=", caller)
      .where("key", "=", key)
      .where("created_at", ">=", since)
      .executeTakeFirst();
  }

  /** Also drops what is older than `since`. */
  async put({ tenant, caller, key }: IdempotencyPlace, write: KnownWrite, since: number): Promise<void> {
    await this.#store.transaction(async ({ db, now }) => {
      await db
        .deleteFrom("idempotency")
        .where("tenant_id", "=", tenant)
        .where("created_at", "<", since)
        .execute();
      await db
        .insertInto("idempotency")
        .values({ tenant_id: tenant, caller, key, created_at: now(), ...write })
        .execute();
    });
  }
}
