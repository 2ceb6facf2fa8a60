import { AsyncLocalStorage } from "node:async_hooks";
import { closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import BetterSqlite3 from "better-sqlite3";
import { Kysely } from "kysely";
import type { Database } from "./database.ts";
import { takeDataFolder } from "./take-data-folder.ts";
import { migrate } from "./migrate.ts";
import { EmbeddedDialect } from "./sqlite-dialect.ts";
import { StoreError } from "./store-error.ts";

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
  /** A file, made with its folder if missing, or `:memory:`. */
  readonly path: string;
  readonly now: () => number;
  /** Spreads retries; 0 ≤ x < 1. */
  readonly random?: () => number;
}

const attempts = 10;

/**
 * Opens the embedded store and brings its schema up to date.
 *
 * @throws {StoreError} when the file cannot be opened, is locked, or was made by a later version.
 */
export async function openStore(options: StoreOptions): Promise<StoreHandle> {
  const sqlite = openSqlite(options.path);
  const store = new Store(
    new Kysely<Database>({ dialect: new EmbeddedDialect(sqlite) }),
    options.now,
    options.random ?? Math.random,
  );
  try {
    await store.transaction((inside) => migrate(inside.db, options.now()));
  } catch (error) {
    await store.close();
    throw asStoreError(error, options.path);
  }
  return store;
}

function openSqlite(path: string): BetterSqlite3.Database {
  let sqlite: BetterSqlite3.Database | undefined;
  try {
    if (path !== ":memory:") {
      takeDataFolder(dirname(path));
      // SQLite gives the files beside it (WAL) the mode of this one.
      closeSync(openSync(path, "a", 0o600));
    }
    sqlite = new BetterSqlite3(path);
    sqlite.pragma("busy_timeout = 5000");
    sqlite.pragma("journal_mode = WAL");
    sqlite.pragma("synchronous = FULL");
    sqlite.pragma("foreign_keys = ON");
    sqlite.pragma(`journal_size_limit = ${64 * 1024 * 1024}`);
    return sqlite;
  } catch (error) {
    sqlite?.close();
    throw asStoreError(error, path);
  }
}

/** Handles whose transaction this very call chain is in: waiting for them again would wait for ever. */
const open = new AsyncLocalStorage<ReadonlySet<Store>>();

class Store implements StoreHandle {
  readonly db: Kysely<Database>;
  readonly now: () => number;
  readonly #random: () => number;
  #closed = false;
  #changes = 0;

  constructor(db: Kysely<Database>, now: () => number, random: () => number) {
    this.db = db;
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
          this.db.transaction().execute((db) => fn((inside = new Inside(db, this.now)))),
        );
        this.#changes += inside?.changes() ?? 0;
        return result;
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (attempt === attempts) throw asStoreError(error, "the store");
        await wait(5 + this.#random() * Math.min(495, 5 * 2 ** attempt));
      }
    }
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

function sqliteCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function isBusy(error: unknown): boolean {
  return sqliteCode(error).startsWith("SQLITE_BUSY");
}

/** What the world did to the file becomes a StoreError; the rest is a bug and stays as it is. */
function asStoreError(error: unknown, path: string): unknown {
  if (error instanceof StoreError) return error;
  if (isBusy(error))
    return new StoreError("locked", `${path} is locked by another process; end it and try again`, {
      cause: error,
    });
  const code = sqliteCode(error);
  if (/^SQLITE_(CANTOPEN|NOTADB|READONLY|PERM|CORRUPT|IOERR|FULL)/.test(code) || /^E[A-Z]+$/.test(code))
    return new StoreError(
      "cannot-open",
      `cannot open the store ${path}: ${error instanceof Error ? error.message : code}; check the folder and its owner`,
      { cause: error },
    );
  return error;
}
