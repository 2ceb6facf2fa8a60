import type { Migration } from "../migrate.ts";

/** The tenants' own settings, and the keys of their secrets. */
export const tenantsMigration: Migration = {
  name: "010-tenants",
  async up({ schema }) {
    await schema
      .alterTable("tenant")
      .addColumn("doc", "text", (column) => column.notNull().defaultTo("{}"))
      .execute();
    await schema
      .alterTable("tenant")
      .addColumn("changed_at", "bigint", (column) => column.notNull().defaultTo(0))
      .execute();
    // The installation's own secrets have a key too: under the tenant "", so no foreign key.
    await schema
      .createTable("tenant_key")
      .addColumn("tenant_id", "text", (column) => column.notNull())
      .addColumn("key_id", "text", (column) => column.notNull())
      .addColumn("wrapped", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("tenant_key_key", ["tenant_id", "key_id"])
      .execute();
  },
};
