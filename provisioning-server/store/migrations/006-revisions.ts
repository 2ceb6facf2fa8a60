import type { Migration } from "../migrate.ts";

/** Which version everything has that a phone's file is made of. Phones and sites count theirs since 001. */
export const revisionsMigration: Migration = {
  name: "006-revisions",
  async up({ schema, query }) {
    await schema
      .alterTable("tenant")
      .addColumn("revision", "integer", (column) => column.notNull().defaultTo(1))
      .execute();
    await schema
      .createTable("revision")
      .addColumn("tenant_id", "text", (column) => column.notNull())
      .addColumn("scope", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("version", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("revision_key", ["tenant_id", "scope", "name"])
      .execute();
    await schema.createIndex("device_seen_by_address").on("device_seen").columns(["address"]).execute();
    await schema.createIndex("revision_by_version").on("revision").columns(["version"]).execute();
    await query
      .insertInto("revision")
      .values({ tenant_id: "", scope: "all", name: "", version: 1 })
      .execute();
  },
};
