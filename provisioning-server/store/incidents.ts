import { randomUUIDv7 } from "node:crypto";
import type { Incident, IncidentEvent, IncidentEventKind } from "../noc/incident.ts";
import type { SiteRef } from "../noc/sources.ts";
import type { Severity } from "../../protocol/finding.ts";
import type { StoreHandle } from "./open-store.ts";

/** Incidents and their timelines. Suspected ones are never stored: after a restart they are suspected anew. */
export class Incidents {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  /** All of a site that are not closed. */
  async unclosed(site: SiteRef): Promise<Incident[]> {
    const rows = await this.#store.db
      .selectFrom("incident")
      .select("doc")
      .where("tenant_id", "=", site.tenant)
      .where("site_id", "=", site.site)
      .where("state", "!=", "closed")
      .execute();
    return rows.map(fromRow);
  }

  /** All of a tenant that are not closed, and those closed since `closedSince`; at most 1,000, newest change first. */
  async list(tenant: string, closedSince: number): Promise<Incident[]> {
    const rows = await this.#store.db
      .selectFrom("incident")
      .select("doc")
      .where("tenant_id", "=", tenant)
      .where((either) => either.or([either("state", "!=", "closed"), either("changed_at", ">", closedSince)]))
      .orderBy("changed_at", "desc")
      .limit(1000)
      .execute();
    return rows.map(fromRow);
  }

  async find(tenant: string, id: string): Promise<Incident | undefined> {
    const row = await this.#store.db
      .selectFrom("incident")
      .select("doc")
      .where("tenant_id", "=", tenant)
      .where("incident_id", "=", id)
      .executeTakeFirst();
    return row === undefined ? undefined : fromRow(row);
  }

  /** Oldest first. */
  async events(tenant: string, id: string): Promise<IncidentEvent[]> {
    const rows = await this.#store.db
      .selectFrom("incident_event")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("incident_id", "=", id)
      .orderBy("at")
      .orderBy("event_id")
      .execute();
    return rows.map((row) => ({
      tenant: row.tenant_id,
      incident: row.incident_id,
      at: row.at,
      event: row.event as IncidentEventKind,
      severity: row.severity as Severity,
      ...(row.who === null ? {} : { who: row.who }),
      ...(row.note === null ? {} : { note: row.note }),
    }));
  }

  /** Writes the incidents as they are now and adds their events, all or nothing. */
  async save(incidents: readonly Incident[], events: readonly IncidentEvent[]): Promise<void> {
    if (incidents.length === 0 && events.length === 0) return;
    await this.#store.transaction(async (inside) => {
      for (const incident of incidents) await put(inside, incident);
      for (const event of events) await add(inside, event);
    });
  }
}

async function put(inside: StoreHandle, incident: Incident): Promise<void> {
  const changing = {
    state: incident.state,
    severity: incident.severity,
    changed_at: inside.now(),
    doc: JSON.stringify(incident),
  };
  const row = {
    tenant_id: incident.tenant,
    incident_id: incident.id,
    site_id: incident.site,
    subject: incident.subject,
    rule: incident.rule,
    since: incident.since,
    ...changing,
  };
  await inside.db
    .insertInto("incident")
    .values(row)
    .onConflict((conflict) => conflict.columns(["tenant_id", "incident_id"]).doUpdateSet(changing))
    .execute();
}

async function add(inside: StoreHandle, event: IncidentEvent): Promise<void> {
  await inside.db
    .insertInto("incident_event")
    .values({
      tenant_id: event.tenant,
      incident_id: event.incident,
      event_id: randomUUIDv7(),
      at: event.at,
      event: event.event,
      severity: event.severity,
      who: event.who ?? null,
      note: event.note ?? null,
    })
    .execute();
}

/** Only this file writes `doc`, from an Incident. */
function fromRow(row: { readonly doc: string }): Incident {
  return JSON.parse(row.doc) as Incident;
}
