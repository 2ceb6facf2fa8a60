import type { Dialect } from "kysely";

/** One kind of database under the store: how it is spoken to, and what its errors mean. */
export interface Engine {
  readonly dialect: Dialect;
  /** Of transactions that write; absent: the engine has one only. */
  readonly isolation?: "serializable";
  /** The same transaction may well succeed when it is tried again: busy, a conflict with another's, a lost connection. */
  isPassing(error: unknown): boolean;
  /** What the world did to the database becomes a StoreError; the rest is a bug and stays as it is. */
  asStoreError(error: unknown): unknown;
}

/** The code that a driver put on its error; empty without one. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
