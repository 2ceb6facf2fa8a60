import type { Migration } from "../migrate.ts";

/** Tokens of programs, and what was answered to writes that may come twice. */
export const apiMigration: Migration = {
  name: "008-api",
  async up({ schema }) {
    await schema
      .createTable("api_token")
      .addColumn("tenant_id", "text", (column) => column.notNull())
      .addColumn("token_id", "text", (column) => column.notNull())
      .addColumn("token_hash", "text", (column) => column.notNull())
      .addColumn("name", "text", (column) => column.notNull())
      .addColumn("role", "text", (column) => column.notNull())
      .addColumn("made_by", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("expires_at", "bigint", (column) => column.notNull())
      .addColumn("used_at", "bigint")
      .addPrimaryKeyConstraint("api_token_key", ["tenant_id", "token_id"])
      .addUniqueConstraint("api_token_hash", ["tenant_id", "token_hash"])
      .execute();
    await schema
      .createTable("idempotency")
      .addColumn("tenant_id", "text", (column) => column.notNull())
      .addColumn("caller", "text", (column) => column.notNull())
      .addColumn("key", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("sealed", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("idempotency_key", ["tenant_id", "caller", "key"])
      .execute();
    await schema.createIndex("idempotency_by_time").on("idempotency").columns(["created_at"]).execute();
  },
};
