import type { Sealing, SecretPlace } from "./sealing.ts";
import type { StoreHandle } from "./open-store.ts";

type Holder = Omit<SecretPlace, "path">;

/** Sealed secrets of phones and sites; used by the nouns whose documents they belong to. */
export class Secrets {
  readonly #store: StoreHandle;
  readonly #sealing: Sealing;

  constructor(store: StoreHandle, sealing: Sealing) {
    this.#store = store;
    this.#sealing = sealing;
  }

  /** The holder's secrets by JSON pointer, opened. */
  async of(holder: Holder): Promise<Map<string, string>> {
    return (await this.ofMany(holder.tenant, holder.holder, [holder.name])).get(holder.name) ?? new Map();
  }

  async ofMany(
    tenant: string,
    holder: Holder["holder"],
    names: readonly string[],
  ): Promise<Map<string, Map<string, string>>> {
    const found = new Map<string, Map<string, string>>();
    if (names.length === 0) return found;
    const rows = await this.#store.db
      .selectFrom("secret")
      .select(["name", "path", "sealed"])
      .where("tenant_id", "=", tenant)
      .where("holder", "=", holder)
      .where("name", "in", names)
      .execute();
    for (const { name, path, sealed } of rows) {
      const own = found.get(name) ?? new Map<string, string>();
      own.set(path, await this.#sealing.open(this.#store, sealed, { tenant, holder, name, path }));
      found.set(name, own);
    }
    return found;
  }

  /** Replaces all secrets of the holder. */
  async put(holder: Holder, secrets: ReadonlyMap<string, string>): Promise<void> {
    await this.remove(holder);
    const { tenant: tenant_id, ...names } = holder;
    const rows: { tenant_id: string; holder: string; name: string; path: string; sealed: string }[] = [];
    for (const [path, plain] of secrets) {
      const sealed = await this.#sealing.seal(this.#store, plain, { ...holder, path });
      rows.push({ tenant_id, ...names, path, sealed });
    }
    if (rows.length > 0) await this.#store.db.insertInto("secret").values(rows).execute();
  }

  async remove(holder: Holder): Promise<void> {
    await this.#store.db
      .deleteFrom("secret")
      .where("tenant_id", "=", holder.tenant)
      .where("holder", "=", holder.holder)
      .where("name", "=", holder.name)
      .execute();
  }

  /** Seals every secret of the store anew; in the caller's transaction. */
  async sealAnew(): Promise<void> {
    for (const { sealed, ...row } of await this.#store.db.selectFrom("secret").selectAll().execute()) {
      const { tenant_id: tenant, holder, name, path } = row;
      const place = { tenant, holder: holder as Holder["holder"], name, path };
      const plain = await this.#sealing.open(this.#store, sealed, place);
      await this.#store.db
        .updateTable("secret")
        .set({ sealed: await this.#sealing.seal(this.#store, plain, place) })
        .where("tenant_id", "=", tenant)
        .where("holder", "=", holder)
        .where("name", "=", name)
        .where("path", "=", path)
        .execute();
    }
  }
}
