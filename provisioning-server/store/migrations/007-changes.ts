import type { Migration } from "../migrate.ts";

/** What was changed by whom, so that it can be undone; and what each phone was last served. */
export const changesMigration: Migration = {
  name: "007-changes",
  async up({ schema }) {
    await schema
      .createTable("change_set")
      .addColumn("tenant_id", "text", (column) => column.notNull())
      .addColumn("change_id", "text", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("who", "text", (column) => column.notNull())
      .addColumn("reason", "text")
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("applied_at", "bigint")
      .addColumn("undoes", "text")
      .addColumn("undone_by", "text")
      .addPrimaryKeyConstraint("change_set_key", ["tenant_id", "change_id"])
      .execute();
    await schema
      .createTable("change_entry")
      .addColumn("tenant_id", "text", (column) => column.notNull())
      .addColumn("change_id", "text", (column) => column.notNull())
      .addColumn("holder", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("sealed", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("change_entry_key", ["tenant_id", "change_id", "holder", "name"])
      .execute();
    await schema
      .createTable("served_file")
      .addColumn("tenant_id", "text", (column) => column.notNull())
      .addColumn("mac", "text", (column) => column.notNull())
      .addColumn("door", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("etag", "text", (column) => column.notNull())
      .addColumn("sealed", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("served_file_key", ["tenant_id", "mac", "door", "name"])
      .execute();
  },
};
