import type { Migration } from "../migrate.ts";

/** Which missing files are no news. */
export const normalMigration: Migration = {
  name: "004-normal",
  async up({ schema }) {
    await schema
      .alterTable("provision_event")
      .addColumn("normal", "integer", (column) => column.notNull().defaultTo(0))
      .execute();
  },
};
