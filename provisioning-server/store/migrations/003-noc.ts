import type { Migration } from "../migrate.ts";

/** Incidents, their timelines, staff. */
export const nocMigration: Migration = {
  name: "003-noc",
  async up({ schema }) {
    void schema;
  },
};
