import type { Migration } from "../migrate.ts";

/** Tokens for a phone's first access: one a phone, the newest. */
export const firstAccessMigration: Migration = {
  name: "015-first-access",
  async up({ schema }) {
    await schema
      .createTable("first_access")
      .addColumn("tenant_id", "text", (column) => column.notNull())
      .addColumn("mac", "text", (column) => column.notNull())
      .addColumn("hash", "text", (column) => column.notNull())
      .addColumn("generation", "integer", (column) => column.notNull())
      .addColumn("expires_at", "bigint", (column) => column.notNull())
      .addColumn("uses_left", "integer", (column) => column.notNull())
      .addPrimaryKeyConstraint("first_access_key", ["tenant_id", "mac"])
      .execute();
    await schema.createIndex("first_access_hash").on("first_access").column("hash").execute();
  },
};
