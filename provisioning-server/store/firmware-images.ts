import type { FirmwareImage } from "../firmware/image.ts";
import type { StoreHandle } from "./open-store.ts";

export interface FirmwareImageTables {
  /** Belongs to no tenant. */
  firmware_image: {
    vendor: string;
    version: string;
    /** Empty: of any. */
    hardware: string;
    name: string;
    /** JSON array of the models as the profiles spell them; empty: a part that another file names. */
    models: string;
    sha256: string;
    size: number;
    added_at: number;
    added_by: string;
  };
}

/** The catalogue of images; their octets lie in the data folder under their SHA-256. */
export class FirmwareImages {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  /** By vendor, version and name. */
  async list(): Promise<FirmwareImage[]> {
    const rows = await this.#store.db
      .selectFrom("firmware_image")
      .selectAll()
      .orderBy("vendor")
      .orderBy("version")
      .orderBy("hardware")
      .orderBy("name")
      .execute();
    return rows.map(({ models, added_at, added_by, ...rest }) => ({
      ...rest,
      models: JSON.parse(models) as string[],
      size: Number(rest.size),
      addedAt: Number(added_at),
      addedBy: added_by,
    }));
  }

  async put({ addedAt, addedBy, models, ...rest }: FirmwareImage): Promise<void> {
    const row = { ...rest, models: JSON.stringify(models), added_at: addedAt, added_by: addedBy };
    await this.#store.transaction((inside) =>
      inside.db
        .insertInto("firmware_image")
        .values(row)
        .onConflict((conflict) =>
          conflict.columns(["vendor", "version", "hardware", "name"]).doUpdateSet(row),
        )
        .execute(),
    );
  }

  /** Whether another image has the same octets. */
  async remove({ vendor, version, hardware, name, sha256 }: FirmwareImage): Promise<{ shared: boolean }> {
    return this.#store.transaction(async (inside) => {
      await inside.db
        .deleteFrom("firmware_image")
        .where("vendor", "=", vendor)
        .where("version", "=", version)
        .where("hardware", "=", hardware)
        .where("name", "=", name)
        .execute();
      const other = await inside.db
        .selectFrom("firmware_image")
        .select("name")
        .where("sha256", "=", sha256)
        .executeTakeFirst();
      return { shared: other !== undefined };
    });
  }
}
