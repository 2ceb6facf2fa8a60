import type { Migration } from "../migrate.ts";

/** Roll-outs of firmware and how far each phone of them is. */
export const rolloutsMigration: Migration = {
  name: "014-rollouts",
  async up({ schema }) {
    await schema
      .createTable("rollout")
      .addColumn("tenant_id", "text", (column) => column.notNull())
      .addColumn("rollout_id", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("doc", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("rollout_key", ["tenant_id", "rollout_id"])
      .execute();
    await schema
      .createTable("rollout_phone")
      .addColumn("tenant_id", "text", (column) => column.notNull())
      .addColumn("rollout_id", "text", (column) => column.notNull())
      .addColumn("mac", "text", (column) => column.notNull())
      .addColumn("doc", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("rollout_phone_key", ["tenant_id", "rollout_id", "mac"])
      .execute();
  },
};
