import { closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import BetterSqlite3 from "better-sqlite3";
import { codeOf, type Engine } from "./engine.ts";
import { EmbeddedDialect } from "./sqlite-dialect.ts";
import { StoreError } from "./store-error.ts";
import { takeDataFolder } from "./take-data-folder.ts";

/** The embedded database: a file, made with its folder if missing, or `:memory:`. @throws StoreError */
export function sqliteEngine(path: string): Engine {
  return {
    dialect: new EmbeddedDialect(openSqlite(path)),
    isPassing: isBusy,
    asStoreError: (error) => asStoreError(error, path),
  };
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

function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith("SQLITE_BUSY");
}

function asStoreError(error: unknown, path: string): unknown {
  if (error instanceof StoreError) return error;
  if (isBusy(error))
    return new StoreError("locked", `${path} is locked by another process; end it and try again`, {
      cause: error,
    });
  const code = codeOf(error);
  if (/^SQLITE_(CANTOPEN|NOTADB|READONLY|PERM|CORRUPT|IOERR|FULL)/.test(code) || /^E[A-Z]+$/.test(code))
    return new StoreError(
      "cannot-open",
      `cannot open the store ${path}: ${error instanceof Error ? error.message : code}; check the folder and its owner`,
      { cause: error },
    );
  return error;
}
