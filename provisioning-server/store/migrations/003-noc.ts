import type { SchemaModule } from "kysely";
import type { Migration } from "../migrate.ts";

/** Incidents, their timelines, staff. */
export const nocMigration: Migration = {
  name: "003-noc",
  async up({ schema }) {
    await createIncidents(schema);
    await createStaff(schema);
    await createSignIn(schema);
  },
};

async function createIncidents(schema: SchemaModule): Promise<void> {
  await schema
    .createTable("incident")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("incident_id", "text", (column) => column.notNull())
    .addColumn("site_id", "text", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("rule", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("severity", "text", (column) => column.notNull())
    .addColumn("since", "bigint", (column) => column.notNull())
    .addColumn("changed_at", "bigint", (column) => column.notNull())
    .addColumn("doc", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("incident_key", ["tenant_id", "incident_id"])
    .execute();
  await schema
    .createIndex("incident_by_site")
    .on("incident")
    .columns(["tenant_id", "site_id", "state"])
    .execute();
  await schema
    .createIndex("incident_by_state")
    .on("incident")
    .columns(["tenant_id", "state", "changed_at"])
    .execute();
  await schema
    .createTable("incident_event")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("incident_id", "text", (column) => column.notNull())
    .addColumn("event_id", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("event", "text", (column) => column.notNull())
    .addColumn("severity", "text", (column) => column.notNull())
    .addColumn("who", "text")
    .addColumn("note", "text")
    .addPrimaryKeyConstraint("incident_event_key", ["tenant_id", "incident_id", "event_id"])
    .execute();
}

async function createStaff(schema: SchemaModule): Promise<void> {
  await schema
    .createTable("staff")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("staff_id", "text", (column) => column.notNull())
    .addColumn("login", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("role", "text", (column) => column.notNull())
    .addColumn("password_hash", "text")
    .addColumn("disabled", "integer", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("staff_key", ["tenant_id", "staff_id"])
    .addUniqueConstraint("staff_login", ["tenant_id", "login"])
    .execute();
  await schema
    .createTable("staff_session")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("token_hash", "text", (column) => column.notNull())
    .addColumn("staff_id", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("used_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("staff_session_key", ["tenant_id", "token_hash"])
    .execute();
}

async function createSignIn(schema: SchemaModule): Promise<void> {
  await schema
    .createTable("sign_in_link")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("token_hash", "text", (column) => column.notNull())
    .addColumn("staff_id", "text", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("sign_in_link_key", ["tenant_id", "token_hash"])
    .execute();
  await schema
    .createTable("sign_in_failure")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("login", "text", (column) => column.notNull())
    .addColumn("prefix", "text", (column) => column.notNull())
    .addColumn("failures", "integer", (column) => column.notNull())
    .addColumn("last_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("sign_in_failure_key", ["tenant_id", "login", "prefix"])
    .execute();
}
