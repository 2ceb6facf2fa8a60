import type { Migration } from "../migrate.ts";

/** What staff asks of agents, and the book of who did what. */
export const commandsMigration: Migration = {
  name: "005-commands",
  async up({ schema }) {
    await schema
      .createTable("agent_command")
      .addColumn("tenant_id", "text", (column) => column.notNull())
      .addColumn("command_id", "text", (column) => column.notNull())
      .addColumn("agent_id", "text", (column) => column.notNull())
      .addColumn("subject", "text", (column) => column.notNull())
      .addColumn("doc", "text", (column) => column.notNull())
      .addColumn("who", "text", (column) => column.notNull())
      .addColumn("created_at", "bigint", (column) => column.notNull())
      .addColumn("taken_at", "bigint")
      .addColumn("done_at", "bigint")
      .addColumn("outcome", "text")
      .addColumn("sentence", "text")
      .addPrimaryKeyConstraint("agent_command_key", ["tenant_id", "command_id"])
      .execute();
    await schema
      .createIndex("agent_command_by_agent")
      .on("agent_command")
      .columns(["tenant_id", "agent_id", "created_at"])
      .execute();
    await schema
      .createTable("audit")
      .addColumn("tenant_id", "text", (column) => column.notNull())
      .addColumn("entry", "bigint", (column) => column.notNull())
      .addColumn("at", "bigint", (column) => column.notNull())
      .addColumn("who", "text", (column) => column.notNull())
      .addColumn("address", "text")
      .addColumn("what", "text", (column) => column.notNull())
      .addColumn("subject", "text", (column) => column.notNull())
      .addColumn("detail", "text", (column) => column.notNull())
      .addColumn("before_hash", "text", (column) => column.notNull())
      .addColumn("hash", "text", (column) => column.notNull())
      .addPrimaryKeyConstraint("audit_key", ["tenant_id", "entry"])
      .execute();
  },
};
