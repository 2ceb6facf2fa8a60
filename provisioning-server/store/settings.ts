import type { StoreHandle } from "./open-store.ts";
import { revise } from "./revisions.ts";

/** Facts of the whole installation by name, such as the server's id. */
export class Settings {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  async get(name: string): Promise<string | undefined> {
    const row = await this.#store.db
      .selectFrom("setting")
      .select("value")
      .where("name", "=", name)
      .executeTakeFirst();
    return row?.value;
  }

  async put(name: string, value: string): Promise<void> {
    await this.#store.transaction(async (inside) => {
      await inside.db
        .insertInto("setting")
        .values({ name, value })
        .onConflict((conflict) => conflict.column("name").doUpdateSet({ value }))
        .execute();
      await revise(inside, "setting", "", [name]);
    });
  }

  /** The value that stands there, or `make()`'s, which then stands there: two that start at once get the same. */
  async getOrPut(name: string, make: () => string): Promise<string> {
    return this.#store.transaction(async (inside) => {
      const settings = new Settings(inside);
      const known = await settings.get(name);
      if (known !== undefined) return known;
      const value = make();
      await settings.put(name, value);
      return value;
    });
  }
}
