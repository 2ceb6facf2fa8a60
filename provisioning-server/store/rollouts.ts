import type { Rollout, RolloutPhone } from "../firmware/rollout.ts";
import type { StoreHandle } from "./open-store.ts";

export interface RolloutTables {
  /** `doc`: the roll-out without its phones. */
  rollout: { tenant_id: string; rollout_id: string; state: string; at: number; doc: string };
  rollout_phone: { tenant_id: string; rollout_id: string; mac: string; doc: string };
}

/** Rows in one statement. */
const batch = 200;

export class Rollouts {
  readonly #store: StoreHandle;
  readonly #tenant: string;

  constructor(store: StoreHandle, tenant: string) {
    this.#store = store;
    this.#tenant = tenant;
  }

  /** Writes what is another than in `before`: phones count by identity. */
  async put(rollout: Rollout, before?: Rollout): Promise<void> {
    const { phones, ...rest } = rollout;
    const key = { tenant_id: this.#tenant, rollout_id: rollout.id };
    const columns = { state: rollout.state, at: rollout.at, doc: JSON.stringify(rest) };
    const known = new Set(before?.phones);
    const rows = phones
      .filter((phone) => !known.has(phone))
      .map((phone) => ({ ...key, mac: phone.mac, doc: JSON.stringify(phone) }));
    await this.#store.transaction(async (inside) => {
      await inside.db
        .insertInto("rollout")
        .values({ ...key, ...columns })
        .onConflict((conflict) => conflict.columns(["tenant_id", "rollout_id"]).doUpdateSet(columns))
        .execute();
      for (let start = 0; start < rows.length; start += batch)
        await inside.db
          .insertInto("rollout_phone")
          .values(rows.slice(start, start + batch))
          .onConflict((conflict) =>
            conflict
              .columns(["tenant_id", "rollout_id", "mac"])
              .doUpdateSet((excluded) => ({ doc: excluded.ref("excluded.doc") })),
          )
          .execute();
    });
  }

  async get(id: string): Promise<Rollout | undefined> {
    const row = await this.#store.db
      .selectFrom("rollout")
      .select("doc")
      .where("tenant_id", "=", this.#tenant)
      .where("rollout_id", "=", id)
      .executeTakeFirst();
    return row === undefined ? undefined : this.#read(id, row.doc);
  }

  /** Newest first. */
  async list(limit: number): Promise<Rollout[]> {
    const rows = await this.#store.db
      .selectFrom("rollout")
      .select(["rollout_id", "doc"])
      .where("tenant_id", "=", this.#tenant)
      .orderBy("at", "desc")
      .orderBy("rollout_id", "desc")
      .limit(limit)
      .execute();
    return Promise.all(rows.map(({ rollout_id: id, doc }) => this.#read(id, doc)));
  }

  /** Those that are not at their end. */
  async open(): Promise<Rollout[]> {
    const rows = await this.#store.db
      .selectFrom("rollout")
      .select(["rollout_id", "doc"])
      .where("tenant_id", "=", this.#tenant)
      .where("state", "in", ["running", "paused", "rolling-back"])
      .orderBy("at")
      .execute();
    return Promise.all(rows.map(({ rollout_id: id, doc }) => this.#read(id, doc)));
  }

  async #read(id: string, doc: string): Promise<Rollout> {
    const rows = await this.#store.db
      .selectFrom("rollout_phone")
      .select("doc")
      .where("tenant_id", "=", this.#tenant)
      .where("rollout_id", "=", id)
      .orderBy("mac")
      .execute();
    const phones = rows.map((row) => JSON.parse(row.doc) as RolloutPhone);
    return { ...(JSON.parse(doc) as Omit<Rollout, "phones">), phones };
  }
}
