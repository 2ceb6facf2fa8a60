import type { SchemaModule } from "kysely";
import type { Migration } from "../migrate.ts";

/** Tenants, sites, phones, secrets, the trace. */
export const inventoryMigration: Migration = {
  name: "001-inventory",
  async up({ schema, query }) {
    await schema
      .createTable("setting")
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("value", "text", (column) => column.notNull())
      .execute();
    await schema
      .createTable("tenant")
      .addColumn("tenant_id", "text", (column) => column.primaryKey())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .execute();
    await query
      .insertInto("tenant")
      .values({ tenant_id: "default", name: "Default", created_at: 0 })
      .execute();
    await schema
      .createTable("site")
      .addColumn("tenant_id", "text", (column) => column.notNull().references("tenant.tenant_id"))
      .addColumn("site_id", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("networks", "text", (column) => column.notNull())
      .addColumn("window_until", "bigint")
      .addColumn("doc", "text", (column) => column.notNull())
      .addColumn("revision", "integer", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("changed_at", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("site_key", ["tenant_id", "site_id"])
      .execute();
    await createPhones(schema);
    await createSeenAndTrace(schema);
  },
};

async function createPhones(schema: SchemaModule): Promise<void> {
  await schema
    .createTable("device")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("mac", "text", (column) => column.notNull())
    .addColumn("site_id", "text", (column) => column.notNull())
    .addColumn("vendor", "text", (column) => column.notNull())
    .addColumn("model", "text", (column) => column.notNull())
    .addColumn("label", "text")
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("doc", "text", (column) => column.notNull())
    .addColumn("token_generation", "integer", (column) => column.notNull())
    .addColumn("revision", "integer", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("changed_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("device_key", ["tenant_id", "mac"])
    .addForeignKeyConstraint("device_site", ["tenant_id", "site_id"], "site", ["tenant_id", "site_id"])
    .execute();
  await schema.createIndex("device_by_site").on("device").columns(["tenant_id", "site_id"]).execute();
  // No foreign key on the device: MACs are unique across tenants, and tenants never point at each other.
  await schema
    .createTable("mac_owner")
    .addColumn("mac", "text", (column) => column.primaryKey())
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .execute();
  await schema
    .createTable("secret")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("holder", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("path", "text", (column) => column.notNull())
    .addColumn("sealed", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("secret_key", ["tenant_id", "holder", "name", "path"])
    .execute();
}

async function createSeenAndTrace(schema: SchemaModule): Promise<void> {
  await schema
    .createTable("device_seen")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("mac", "text", (column) => column.notNull())
    .addColumn("last_at", "bigint", (column) => column.notNull())
    .addColumn("via", "text", (column) => column.notNull())
    .addColumn("address", "text", (column) => column.notNull())
    .addColumn("user_agent", "text")
    .addColumn("firmware", "text")
    .addColumn("last_outcome", "text", (column) => column.notNull())
    .addColumn("config_at", "bigint")
    .addColumn("config_revision", "integer")
    .addPrimaryKeyConstraint("device_seen_key", ["tenant_id", "mac"])
    .execute();
  await schema
    .createTable("provision_event")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("event_id", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("mac", "text")
    .addColumn("site_id", "text")
    .addColumn("request_id", "text", (column) => column.notNull())
    .addColumn("door", "text", (column) => column.notNull())
    .addColumn("method", "text", (column) => column.notNull())
    .addColumn("path", "text", (column) => column.notNull())
    .addColumn("address", "text", (column) => column.notNull())
    .addColumn("user_agent", "text")
    .addColumn("identity", "text", (column) => column.notNull())
    .addColumn("outcome", "text", (column) => column.notNull())
    .addColumn("claim", "text")
    .addColumn("denial", "text")
    .addColumn("reason", "text")
    .addColumn("remedy", "text")
    .addColumn("status", "integer", (column) => column.notNull())
    .addColumn("bytes", "bigint", (column) => column.notNull())
    .addColumn("ms", "real", (column) => column.notNull())
    .addColumn("etag", "text")
    .addPrimaryKeyConstraint("provision_event_key", ["tenant_id", "event_id"])
    .execute();
  await schema
    .createIndex("provision_event_by_mac")
    .on("provision_event")
    .columns(["tenant_id", "mac", "at"])
    .execute();
  await schema
    .createIndex("provision_event_by_site")
    .on("provision_event")
    .columns(["tenant_id", "site_id", "at"])
    .execute();
  await schema
    .createIndex("provision_event_by_time")
    .on("provision_event")
    .columns(["outcome", "at"])
    .execute();
}
