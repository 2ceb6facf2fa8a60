import type { Migration } from "../migrate.ts";

/** What the trace tells beside requests, phones nobody registered, where phones were let in from, and who is shut out. */
export const claimsMigration: Migration = {
  name: "011-claims",
  async up({ schema }) {
    await schema.alterTable("provision_event").addColumn("revision", "integer").execute();
    await schema.alterTable("device_seen").addColumn("claimed_at", "bigint").execute();
    await schema.alterTable("device_seen").addColumn("claimed_address", "text").execute();
    await schema
      .createIndex("provision_event_by_address")
      .on("provision_event")
      .columns(["tenant_id", "outcome", "address", "at"])
      .execute();
    await schema
      .createTable("phone_event")
      .addColumn("tenant_id", "text", (column) => column.notNull())
      .addColumn("mac", "text", (column) => column.notNull())
      .addColumn("event_id", "text", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("words", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("phone_event_key", ["tenant_id", "mac", "event_id"])
      .execute();
    await schema.createIndex("phone_event_by_time").on("phone_event").columns(["at"]).execute();
    await schema
      .createTable("unknown_seen")
      .addColumn("tenant_id", "text", (column) => column.notNull())
      .addColumn("mac", "text", (column) => column.notNull())
      .addColumn("site_id", "text")
      .addColumn("first_at", "bigint", (column) => column.notNull())
      .addColumn("last_at", "bigint", (column) => column.notNull())
      .addColumn("times", "integer", (column) => column.notNull())
      .addColumn("via", "text", (column) => column.notNull())
      .addColumn("address", "text", (column) => column.notNull())
      .addColumn("vendor", "text")
      .addColumn("model", "text")
      .addColumn("user_agent", "text")
      .addPrimaryKeyConstraint("unknown_seen_key", ["tenant_id", "mac"])
      .execute();
    await schema
      .createIndex("unknown_seen_by_time")
      .on("unknown_seen")
      .columns(["tenant_id", "last_at"])
      .execute();
    await schema
      .createTable("ban")
      .addColumn("source", "text", (column) => column.primaryKey())
      .addColumn("kind", "text", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("until", "bigint", (column) => column.notNull())
      .execute();
  },
};
