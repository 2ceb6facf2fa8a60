import type { Migration } from "../migrate.ts";

/** The catalogue of firmware images; of the whole installation, for an image holds nothing of anybody. */
export const firmwareImagesMigration: Migration = {
  name: "012-firmware-images",
  async up({ schema }) {
    await schema
      .createTable("firmware_image")
      .addColumn("vendor", "text", (column) => column.notNull())
      .addColumn("version", "text", (column) => column.notNull())
      .addColumn("hardware", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("models", "text", (column) => column.notNull())
      .addColumn("sha256", "text", (column) => column.notNull())
      .addColumn("size", "bigint", (column) => column.notNull())
      .addColumn("added_at", "bigint", (column) => column.notNull())
      .addColumn("added_by", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("firmware_image_key", ["vendor", "version", "hardware", "name"])
      .execute();
  },
};
