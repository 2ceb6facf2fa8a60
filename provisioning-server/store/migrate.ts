import type { Kysely, SchemaModule } from "kysely";
import type { Database } from "./database.ts";
import { agentsMigration } from "./migrations/002-agents.ts";
import { inventoryMigration } from "./migrations/001-inventory.ts";
import { nocMigration } from "./migrations/003-noc.ts";
import { normalMigration } from "./migrations/004-normal.ts";
import { commandsMigration } from "./migrations/005-commands.ts";
import { revisionsMigration } from "./migrations/006-revisions.ts";
import { changesMigration } from "./migrations/007-changes.ts";
import { apiMigration } from "./migrations/008-api.ts";
import { tenantsMigration } from "./migrations/010-tenants.ts";
import { claimsMigration } from "./migrations/011-claims.ts";
import { firmwareImagesMigration } from "./migrations/012-firmware-images.ts";
import { resyncMigration } from "./migrations/013-resync.ts";
import { rolloutsMigration } from "./migrations/014-rollouts.ts";
import { firstAccessMigration } from "./migrations/015-first-access.ts";
import { StoreError } from "./store-error.ts";

/** One step of the schema. A released step is never edited: a change is a new step at the end of the list. */
export interface Migration {
  /** Sorts where it stands in the list, such as `004-firmware`. */
  readonly name: string;
  /** Makes tables through `schema` and fills them through `query`; both are inside one transaction. */
  up(step: { readonly schema: SchemaModule; readonly query: Kysely<Database> }): Promise<void>;
}

/** Every step, oldest first: a new one is a file in migrations/ and a line here. */
export const migrations: readonly Migration[] = [
  inventoryMigration,
  agentsMigration,
  nocMigration,
  normalMigration,
  commandsMigration,
  revisionsMigration,
  changesMigration,
  apiMigration,
  tenantsMigration,
  claimsMigration,
  firmwareImagesMigration,
  resyncMigration,
  rolloutsMigration,
  firstAccessMigration,
];

/** The store's own list of the steps it has taken. */
export interface MigrationTables {
  migration: { name: string; at: number };
}

/**
 * Takes the steps the store lacks, all in the caller's transaction, and returns their names.
 *
 * @throws {StoreError} `schema-newer` when the store has steps this program does not know.
 */
export async function migrate(query: Kysely<Database>, now: number): Promise<string[]> {
  await query.schema
    .createTable("migration")
    .ifNotExists()
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("at", "bigint", (column) => column.notNull())
    .execute();
  const rows = await query.selectFrom("migration").select("name").execute();
  const taken = new Set(rows.map((row) => row.name));
  const known = new Set(migrations.map((migration) => migration.name));
  const foreign = [...taken].filter((name) => !known.has(name));
  if (foreign.length > 0)
    throw new StoreError(
      "schema-newer",
      `the store was made by a newer offhook (it has ${foreign.join(", ")}); use that version or restore a backup`,
    );
  const missing = migrations.filter((migration) => !taken.has(migration.name));
  for (const migration of missing) {
    await migration.up({ schema: query.schema, query });
    await query.insertInto("migration").values({ name: migration.name, at: now }).execute();
  }
  return missing.map((migration) => migration.name);
}
