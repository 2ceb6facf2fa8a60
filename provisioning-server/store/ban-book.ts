import type { Ban } from "../claims/bans.ts";
import type { AbuseKind } from "../claims/strangers.ts";
import type { StoreHandle } from "./open-store.ts";

/** So many bans are kept, the newest. */
const most = 10_000;

/** Who is shut out, kept over restarts and shared by servers of one store. */
export class BanBook {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  async put({ source, kind, at, until }: Ban): Promise<void> {
    await this.#store.transaction(async (inside) => {
      await inside.db
        .insertInto("ban")
        .values({ source, kind, at, until })
        .onConflict((conflict) => conflict.column("source").doUpdateSet({ kind, at, until }))
        .execute();
      await inside.db.deleteFrom("ban").where("until", "<=", inside.now()).execute();
    });
  }

  /** Those in force, newest last. */
  async list(): Promise<Ban[]> {
    const rows = await this.#store.db
      .selectFrom("ban")
      .selectAll()
      .where("until", ">", this.#store.now())
      .orderBy("at", "desc")
      .limit(most)
      .execute();
    return rows.map((row) => ({ ...row, kind: row.kind as AbuseKind })).toReversed();
  }

  /** False when there was none. */
  async lift(source: string): Promise<boolean> {
    return this.#store.transaction(async (inside) => {
      const gone = await inside.db.deleteFrom("ban").where("source", "=", source).executeTakeFirst();
      return gone.numDeletedRows > 0n;
    });
  }
}
