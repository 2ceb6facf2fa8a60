import { createHash } from "node:crypto";
import type { StoreHandle } from "./open-store.ts";

export interface AuditTables {
  audit: {
    tenant_id: string;
    /** Counts from 1 within a tenant, without a gap. */
    entry: number;
    at: number;
    who: string;
    address: string | null;
    what: string;
    subject: string;
    detail: string;
    before_hash: string;
    hash: string;
  };
}

/** One thing that somebody did. */
export interface AuditEntry {
  /** A login, or `agent:<id>`. */
  readonly who: string;
  /** Where from; absent for what an agent says. */
  readonly address?: string;
  /** Such as `bounce-port asked`. */
  readonly what: string;
  readonly subject: string;
  /** In words, without secrets. */
  readonly detail: string;
}

export interface AuditRow extends AuditEntry {
  readonly entry: number;
  readonly at: number;
  readonly hash: string;
}

/** What the chain of a tenant begins with. */
const first = "0".repeat(64);

/**
 * The book of who did what: entries are added and never changed. Each carries the hash of the one before it, so that one
 * that was altered or taken out shows.
 */
export class Audit {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  /** Inside the caller's transaction where there is one: what was done and that it was done stand together. */
  async add(tenant: string, { who, address, what, subject, detail }: AuditEntry): Promise<void> {
    await this.#store.transaction(async (inside) => {
      const last = await inside.db
        .selectFrom("audit")
        .select(["entry", "hash"])
        .where("tenant_id", "=", tenant)
        .orderBy("entry", "desc")
        .limit(1)
        .executeTakeFirst();
      const row = {
        tenant_id: tenant,
        entry: (last?.entry ?? 0) + 1,
        at: inside.now(),
        who,
        address: address ?? null,
        what,
        subject,
        detail,
        before_hash: last?.hash ?? first,
      };
      await inside.db
        .insertInto("audit")
        .values({ ...row, hash: hashOf(row) })
        .execute();
    });
  }

  /** Newest first. */
  async latest(tenant: string, limit: number): Promise<AuditRow[]> {
    const rows = await this.#store.db
      .selectFrom("audit")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .orderBy("entry", "desc")
      .limit(limit)
      .execute();
    return rows.map(({ entry, at, who, address, what, subject, detail, hash }) => ({
      entry,
      at,
      who,
      what,
      subject,
      detail,
      hash,
      ...(address === null ? {} : { address }),
    }));
  }

  /** The first entry that does not fit the ones before it; undefined: the book is whole. */
  async firstBroken(tenant: string): Promise<number | undefined> {
    let before = first;
    let expected = 1;
    const rows = this.#store.db
      .selectFrom("audit")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .orderBy("entry");
    for (const { hash, ...row } of await rows.execute()) {
      if (row.entry !== expected || row.before_hash !== before || hash !== hashOf(row)) return row.entry;
      before = hash;
      expected += 1;
    }
    return undefined;
  }
}

function hashOf(row: Omit<AuditTables["audit"], "hash">): string {
  const { tenant_id, entry, at, who, address, what, subject, detail, before_hash } = row;
  const text = JSON.stringify([tenant_id, entry, at, who, address, what, subject, detail, before_hash]);
  return createHash("sha256").update(text).digest("hex");
}
