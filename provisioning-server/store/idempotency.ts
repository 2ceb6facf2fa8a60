import type { StoreHandle } from "./open-store.ts";

export interface IdempotencyTables {
  idempotency: {
    tenant_id: string;
    caller: string;
    key: string;
    fingerprint: string;
    created_at: number;
    /** Sealed; null while the first one is under way. */
    reply: string | null;
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
  readonly reply: string | undefined;
}

/** What was answered to writes that came with an `Idempotency-Key`. */
export class Idempotency {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  /** The earlier write of this key; or undefined, and the key is taken by this one. Older ones than `since` are none. */
  async take(
    { tenant, caller, key }: IdempotencyPlace,
    fingerprint: string,
    since: { readonly done: number; readonly underWay: number },
  ): Promise<KnownWrite | undefined> {
    return this.#store.transaction(async ({ db, now }) => {
      await db
        .deleteFrom("idempotency")
        .where((either) =>
          either.or([
            either("created_at", "<", since.done),
            either.and([either("created_at", "<", since.underWay), either("reply", "is", null)]),
          ]),
        )
        .where("tenant_id", "=", tenant)
        .execute();
      const row = await db
        .selectFrom("idempotency")
        .select(["fingerprint", "reply"])
        .where("tenant_id", "=", tenant)
        .where("caller", "=", caller)
        .where("key", "=", key)
        .executeTakeFirst();
      if (row !== undefined) return { fingerprint: row.fingerprint, reply: row.reply ?? undefined };
      await db
        .insertInto("idempotency")
        .values({ tenant_id: tenant, caller, key, fingerprint, created_at: now(), reply: null })
        .execute();
      return undefined;
    });
  }

  async keep({ tenant, caller, key }: IdempotencyPlace, reply: string): Promise<void> {
    await this.#store.transaction(({ db }) =>
      db
        .updateTable("idempotency")
        .set({ reply })
        .where("tenant_id", "=", tenant)
        .where("caller", "=", caller)
        .where("key", "=", key)
        .execute(),
    );
  }

  /** The write did not happen: the next one may. */
  async release({ tenant, caller, key }: IdempotencyPlace): Promise<void> {
    await this.#store.transaction(({ db }) =>
      db
        .deleteFrom("idempotency")
        .where("tenant_id", "=", tenant)
        .where("caller", "=", caller)
        .where("key", "=", key)
        .execute(),
    );
  }
}
