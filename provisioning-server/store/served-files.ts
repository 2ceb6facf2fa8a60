import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Door } from "../../protocol/phone-request.ts";
import type { StoreHandle } from "./open-store.ts";
import type { Sealing } from "./sealing.ts";

export interface ServedTables {
  /** What each phone was last served; written when the file is another than before, not at each request. */
  served_file: {
    tenant_id: string;
    mac: string;
    door: string;
    /** As the phone asked for it. */
    name: string;
    /** When the phone got this content first. */
    at: number;
    etag: string;
    /** The deflated body, sealed: passwords stand in it. */
    sealed: string;
  };
}

/** A file that a phone has been served. */
export interface ServedFile {
  readonly mac: MacAddress;
  /** What a door without encryption carries is another file than the same name over HTTPS. */
  readonly door: Door;
  readonly name: string;
  readonly at: number;
  readonly etag: string;
  readonly body: Uint8Array;
}

/** No config is larger; a damaged row shall not eat the memory. */
const mostBytes = 8 * 1024 * 1024;

/** The files that phones were last served, to tell what a phone would get now that it has not got yet. */
export class ServedFiles {
  readonly #store: StoreHandle;
  readonly #sealing: Sealing;

  constructor(store: StoreHandle, sealing: Sealing) {
    this.#store = store;
    this.#sealing = sealing;
  }

  /** Tags of all that these phones were last served; at most some hundred MACs. */
  async etags(
    tenant: string,
    macs: readonly MacAddress[],
  ): Promise<Pick<ServedFile, "mac" | "door" | "name" | "etag">[]> {
    const rows = await this.#store.db
      .selectFrom("served_file")
      .select(["mac", "door", "name", "etag"])
      .where("tenant_id", "=", tenant)
      .where("mac", "in", macs)
      .execute();
    return rows.map((row) => ({ ...row, door: row.door as Door }));
  }

  /** In one statement: at most some hundred files, each once. */
  async put(tenant: string, files: readonly ServedFile[]): Promise<void> {
    if (files.length === 0) return;
    const rows: ServedTables["served_file"][] = [];
    for (const file of files) rows.push(await this.#rowOf(tenant, file));
    await this.#store.db
      .insertInto("served_file")
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(["tenant_id", "mac", "door", "name"]).doUpdateSet((set) => ({
          at: set.ref("excluded.at"),
          etag: set.ref("excluded.etag"),
          sealed: set.ref("excluded.sealed"),
        })),
      )
      .execute();
  }

  async #rowOf(tenant: string, file: ServedFile): Promise<ServedTables["served_file"]> {
    const { mac, door, name, at, etag } = file;
    // The fastest level: it is on the way of phones that boot, and configs shrink to a fifth with it.
    const packed = deflateRawSync(file.body, { level: 1 }).toString("base64");
    const sealed = await this.#sealing.seal(this.#store, packed, placeOf(tenant, file));
    return { tenant_id: tenant, mac, door, name, at, etag, sealed };
  }

  /** What a phone was last served, the newest first. */
  async ofPhone(tenant: string, mac: MacAddress): Promise<ServedFile[]> {
    const rows = await this.#store.db
      .selectFrom("served_file")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("mac", "=", mac)
      .orderBy("at", "desc")
      .orderBy("name")
      .execute();
    const files: ServedFile[] = [];
    for (const row of rows) {
      const file = { mac, door: row.door as Door, name: row.name, at: row.at, etag: row.etag };
      const packed = await this.#sealing.open(this.#store, row.sealed, placeOf(tenant, file));
      const body = inflateRawSync(Buffer.from(packed, "base64"), { maxOutputLength: mostBytes });
      files.push({ ...file, body });
    }
    return files;
  }

  async remove(tenant: string, mac: MacAddress): Promise<void> {
    await this.#store.db
      .deleteFrom("served_file")
      .where("tenant_id", "=", tenant)
      .where("mac", "=", mac)
      .execute();
  }
}

const placeOf = (tenant: string, { mac, door, name }: Pick<ServedFile, "mac" | "door" | "name">) =>
  ({ tenant, holder: "served", name: mac, path: `/${door}/${name}` }) as const;
