import type { SchemaModule } from "kysely";
import type { Migration } from "../migrate.ts";

/** Agents, their tokens, reports and observations. */
export const agentsMigration: Migration = {
  name: "002-agents",
  async up({ schema }) {
    await createAgents(schema);
    await createReports(schema);
    await createCurrentObservations(schema);
  },
};

async function createAgents(schema: SchemaModule): Promise<void> {
  // Tokens and agent ids come without a tenant, like MACs: they are unique across tenants, and lead to one.
  await schema
    .createTable("enrol_token")
    .addColumn("token_hash", "text", (column) => column.primaryKey())
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("site_id", "text", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("used_key", "text")
    .addColumn("agent_id", "text")
    .execute();
  await schema
    .createTable("agent_owner")
    .addColumn("agent_id", "text", (column) => column.primaryKey())
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .execute();
  await schema
    .createTable("agent")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("agent_id", "text", (column) => column.notNull())
    .addColumn("site_id", "text", (column) => column.notNull())
    .addColumn("public_key", "text", (column) => column.notNull())
    .addColumn("hostname", "text", (column) => column.notNull())
    .addColumn("version", "text", (column) => column.notNull())
    .addColumn("platform", "text", (column) => column.notNull())
    .addColumn("enrolled_at", "bigint", (column) => column.notNull())
    .addColumn("revoked_at", "bigint")
    .addColumn("boot_id", "text")
    .addColumn("nonce_at", "bigint", (column) => column.notNull())
    .addColumn("conflict_at", "bigint")
    .addColumn("last_heard", "bigint")
    .addColumn("skew", "real")
    .addColumn("epoch", "text")
    .addColumn("epoch_open", "integer", (column) => column.notNull())
    .addColumn("last_seq", "bigint", (column) => column.notNull())
    .addColumn("state_epoch", "text")
    .addColumn("state_seq", "bigint", (column) => column.notNull())
    .addColumn("config_version", "bigint", (column) => column.notNull())
    .addColumn("health", "text")
    .addColumn("findings", "text")
    .addPrimaryKeyConstraint("agent_key", ["tenant_id", "agent_id"])
    .execute();
  await schema.createIndex("agent_by_site").on("agent").columns(["tenant_id", "site_id"]).execute();
  await schema.createIndex("agent_by_public_key").on("agent").columns(["tenant_id", "public_key"]).execute();
  await schema
    .createTable("site_config")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("site_id", "text", (column) => column.notNull())
    .addColumn("version", "bigint", (column) => column.notNull())
    .addColumn("doc", "text", (column) => column.notNull())
    .addColumn("changed_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("site_config_key", ["tenant_id", "site_id"])
    .execute();
}

async function createReports(schema: SchemaModule): Promise<void> {
  await schema
    .createTable("report")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("agent_id", "text", (column) => column.notNull())
    .addColumn("epoch", "text", (column) => column.notNull())
    .addColumn("seq", "bigint", (column) => column.notNull())
    .addColumn("site_id", "text", (column) => column.notNull())
    .addColumn("received_at", "bigint", (column) => column.notNull())
    .addColumn("from_at", "bigint", (column) => column.notNull())
    .addColumn("to_at", "bigint", (column) => column.notNull())
    .addColumn("shift", "bigint", (column) => column.notNull())
    .addColumn("dropped", "bigint", (column) => column.notNull())
    .addColumn("body", "blob", (column) => column.notNull())
    .addPrimaryKeyConstraint("report_key", ["tenant_id", "agent_id", "epoch", "seq"])
    .execute();
  await schema
    .createIndex("report_by_site")
    .on("report")
    .columns(["tenant_id", "site_id", "to_at"])
    .execute();
  await schema.createIndex("report_by_time").on("report").columns(["received_at"]).execute();
  await schema
    .createTable("report_gap")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("agent_id", "text", (column) => column.notNull())
    .addColumn("epoch", "text", (column) => column.notNull())
    .addColumn("first_seq", "bigint", (column) => column.notNull())
    .addColumn("last_seq", "bigint", (column) => column.notNull())
    .addColumn("seen_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("report_gap_key", ["tenant_id", "agent_id", "epoch", "first_seq"])
    .execute();
  await schema
    .createTable("report_quarantine")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("agent_id", "text", (column) => column.notNull())
    .addColumn("epoch", "text", (column) => column.notNull())
    .addColumn("seq", "bigint", (column) => column.notNull())
    .addColumn("received_at", "bigint", (column) => column.notNull())
    .addColumn("why", "text", (column) => column.notNull())
    .addColumn("body", "blob", (column) => column.notNull())
    .addPrimaryKeyConstraint("report_quarantine_key", ["tenant_id", "agent_id", "epoch", "seq"])
    .execute();
}

async function createCurrentObservations(schema: SchemaModule): Promise<void> {
  await schema
    .createTable("current_observation")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("site_id", "text", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("key", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("agent_id", "text", (column) => column.notNull())
    .addColumn("doc", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("current_observation_key", ["tenant_id", "site_id", "subject", "key"])
    .execute();
}
