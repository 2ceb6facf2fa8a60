import type { Observation } from "../../protocol/observation.ts";
import type { SeenObservation, SiteRef } from "../noc/sources.ts";
import type { StoreHandle } from "./open-store.ts";

export interface ObservationTables {
  current_observation: {
    tenant_id: string;
    site_id: string;
    subject: string;
    key: string;
    at: number;
    agent_id: string;
    doc: string;
  };
}

/** Rows in one statement: seven parameters each, of SQLite's 32,766. */
const batch = 1000;

/** The newest observation of every (subject, key) of a site: what the switch face and the server's diagnosis read. */
export class CurrentObservations {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  /** Takes each observation that is not older than the one that stands there, so that late history changes nothing. */
  async put(site: SiteRef, agent: string, observations: Iterable<Observation>): Promise<void> {
    const newest = new Map<string, Observation>();
    for (const observation of observations) {
      const name = `${observation.subject}\n${observation.key}`;
      const known = newest.get(name);
      if (known === undefined || known.at <= observation.at) newest.set(name, observation);
    }
    const rows = [...newest.values()].map((observation) => ({
      tenant_id: site.tenant,
      site_id: site.site,
      subject: observation.subject,
      key: observation.key,
      at: Math.round(observation.at),
      agent_id: agent,
      doc: JSON.stringify(observation),
    }));
    await this.#store.transaction(async (inside) => {
      for (let start = 0; start < rows.length; start += batch)
        await putRows(inside, rows.slice(start, start + batch));
    });
  }

  /** All of a site, or those seen since `since`. */
  async observationsOf(site: SiteRef, since = 0): Promise<SeenObservation[]> {
    const rows = await this.#store.db
      .selectFrom("current_observation")
      .select(["doc", "agent_id"])
      .where("tenant_id", "=", site.tenant)
      .where("site_id", "=", site.site)
      .where("at", ">=", since)
      .orderBy("subject")
      .orderBy("key")
      .execute();
    return rows.map((row) => ({ observation: JSON.parse(row.doc) as Observation, agent: row.agent_id }));
  }

  /** Forgets what nobody has seen since `before`: a port that is gone must not stay on the page for ever. */
  async prune(before: number): Promise<void> {
    await this.#store.transaction((inside) =>
      inside.db.deleteFrom("current_observation").where("at", "<", before).execute(),
    );
  }
}

async function putRows(inside: StoreHandle, rows: ObservationTables["current_observation"][]): Promise<void> {
  await inside.db
    .insertInto("current_observation")
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(["tenant_id", "site_id", "subject", "key"])
        .doUpdateSet((excluded) => ({
          at: excluded.ref("excluded.at"),
          agent_id: excluded.ref("excluded.agent_id"),
          doc: excluded.ref("excluded.doc"),
        }))
        .whereRef("excluded.at", ">=", "current_observation.at"),
    )
    .execute();
}
