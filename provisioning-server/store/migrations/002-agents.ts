import type { Migration } from "../migrate.ts";

/** Agents, their tokens, reports and observations. */
export const agentsMigration: Migration = {
  name: "002-agents",
  async up({ schema }) {
    void schema;
  },
};
