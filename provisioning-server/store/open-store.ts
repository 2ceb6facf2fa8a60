import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { Kysely } from "kysely";
import type { Database } from "./database.ts";
import type { Engine } from "./engine.ts";
import { migrate } from "./migrate.ts";
import { postgresEngine } from "./postgres-engine.ts";
import { sqliteEngine } from "./sqlite-engine.ts";

/**
 * The store, opened. How it is used:
 *
 * - Each noun is one file in store/ that exports a class over the handle (`new Devices(store)`, `new Trace(store)`):
 *   its methods are the queries. Only these files touch `db`; nothing outside store/ knows a table.
 * - Every write goes through `transaction`. `fn` gets a handle of its own: build the nouns on that one
 *   (`store.transaction(async (inside) => new Devices(inside).put(device))`). Inside, `transaction` joins the one that is
 *   open, so that verbs can be put together. `fn` has no effects outside the store: it may run again.
 * - SQL stays portable: no triggers, sequences or upserts by row id; ids are UUIDv7 made here; `tenant_id` leads every key.
 */
export interface StoreHandle {
  /** For the files of store/ alone. */
  readonly db: Kysely<Database>;
  /** Ms since 1970. */
  readonly now: () => number;
  /**
   * Runs `fn` in one transaction; again, up to ten times, when the store was busy.
   *
   * @throws {StoreError} `locked` when it stayed busy; whatever `fn` throws, after undoing its writes.
   */
  transaction<T>(fn: (inside: StoreHandle) => Promise<T>): Promise<T>;
  /** For revisions.ts: the transaction writes something that others keep. Outside of one: nothing. */
  changed(): void;
  /** How many transactions of this handle have committed that said {@link changed}. */
  changes(): number;
  /** Ends the connection; safe to call twice. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** A file, made with its folder if missing, or `:memory:`; or the address of a PostgreSQL (`postgres://…`). */
  readonly path: string;
  readonly now: () => number;
  /** Spreads retries; 0 ≤ x < 1. */
  readonly random?: () => number;
}

const attempts = 10;

/**
 * Opens the store and brings its schema up to date.
 *
 * @throws {StoreError} when it cannot be opened, is locked, or was made by a later version.
 */
export async function openStore(options: StoreOptions): Promise<StoreHandle> {
  const engine = /^postgres(?:ql)?:/.test(options.path)
    ? postgresEngine(options.path)
    : sqliteEngine(options.path);
  const store = new Store(engine, options.now, options.random ?? Math.random);
  try {
    await store.transaction((inside) => migrate(inside.db, options.now()));
  } catch (error) {
    await store.close();
    throw engine.asStoreError(error);
  }
  return store;
}

/** Handles whose transaction this very call chain is in: waiting for them again would wait for ever. */
const open = new AsyncLocalStorage<ReadonlySet<Store>>();

class Store implements StoreHandle {
  readonly db: Kysely<Database>;
  readonly now: () => number;
  readonly #engine: Engine;
  readonly #random: () => number;
  #closed = false;
  #changes = 0;

  constructor(engine: Engine, now: () => number, random: () => number) {
    this.#engine = engine;
    this.db = new Kysely<Database>({ dialect: engine.dialect });
    this.now = now;
    this.#random = random;
  }

  async transaction<T>(fn: (inside: StoreHandle) => Promise<T>): Promise<T> {
    const outer = open.getStore() ?? new Set();
    if (outer.has(this)) throw new Error("a write inside a write: use the handle that transaction() gave");
    for (let attempt = 1; ; attempt += 1) {
      try {
        let inside: Inside | undefined;
        const result = await open.run(new Set([...outer, this]), () =>
          this.#begin().execute((db) => fn((inside = new Inside(db, this.now)))),
        );
        this.#changes += inside?.changes() ?? 0;
        return result;
      } catch (error) {
        if (!this.#engine.isPassing(error)) throw error;
        if (attempt === attempts) throw this.#engine.asStoreError(error);
        await wait(5 + this.#random() * Math.min(495, 5 * 2 ** attempt));
      }
    }
  }

  #begin() {
    const { isolation } = this.#engine;
    const begin = this.db.transaction();
    return isolation === undefined ? begin : begin.setIsolationLevel(isolation);
  }

  changed(): void {}

  changes(): number {
    return this.#changes;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.db.destroy();
  }
}

class Inside implements StoreHandle {
  readonly db: Kysely<Database>;
  readonly now: () => number;
  #changes = 0;

  constructor(db: Kysely<Database>, now: () => number) {
    this.db = db;
    this.now = now;
  }

  transaction<T>(fn: (inside: StoreHandle) => Promise<T>): Promise<T> {
    return fn(this);
  }

  changed(): void {
    this.#changes = 1;
  }

  changes(): number {
    return this.#changes;
  }

  close(): Promise<void> {
    throw new Error("close() the store, not the handle inside a transaction");
  }
}
