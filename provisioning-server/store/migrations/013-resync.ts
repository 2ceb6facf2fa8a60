import type { Migration } from "../migrate.ts";

/** Plans of resyncs with their phones, and the PBX of a site that passes NOTIFYs on. */
export const resyncMigration: Migration = {
  name: "013-resync",
  async up({ schema }) {
    await schema
      .createTable("resync_plan")
      .addColumn("tenant_id", "text", (column) => column.notNull())
      .addColumn("plan_id", "text", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("who", "text", (column) => column.notNull())
      .addColumn("reason", "text")
      .addColumn("wish", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("words", "text")
      .addColumn("forgiven", "integer", (column) => column.notNull().defaultTo(0))
      .addPrimaryKeyConstraint("resync_plan_key", ["tenant_id", "plan_id"])
      .execute();
    await schema.createIndex("resync_plan_by_state").on("resync_plan").columns(["state"]).execute();
    await schema
      .createTable("resync_phone")
      .addColumn("tenant_id", "text", (column) => column.notNull())
      .addColumn("plan_id", "text", (column) => column.notNull())
      .addColumn("mac", "text", (column) => column.notNull())
      .addColumn("place", "integer", (column) => column.notNull())
      .addColumn("site_id", "text", (column) => column.notNull())
      .addColumn("zone", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("batch", "integer")
      .addColumn("asked_at", "bigint")
      .addColumn("again_at", "bigint")
      .addColumn("words", "text")
      .addPrimaryKeyConstraint("resync_phone_key", ["tenant_id", "plan_id", "mac"])
      .execute();
    await schema
      .createTable("site_pbx")
      .addColumn("tenant_id", "text", (column) => column.notNull())
      .addColumn("site_id", "text", (column) => column.notNull())
      .addColumn("host", "text", (column) => column.notNull())
      .addColumn("port", "integer", (column) => column.notNull())
      .addColumn("login", "text")
      .addPrimaryKeyConstraint("site_pbx_key", ["tenant_id", "site_id"])
      .execute();
  },
};
