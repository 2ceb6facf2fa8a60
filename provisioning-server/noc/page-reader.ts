import type { Subject } from "../../protocol/observation.ts";
import type { Incidents } from "../store/incidents.ts";
import { type Incident, compareIncidents, isActive } from "./incident.ts";
import {
  type IncidentRow,
  type Overview,
  type SitePicture,
  agentRows,
  compareTiles,
  incidentRow,
  incidentRows,
  phoneStates,
  portsOf,
  siteNames,
  siteTile,
  switchOf,
} from "./overview.ts";
import { type Chart, chartsOf } from "./charts.ts";
import { farEnds } from "./far-ends.ts";
import type { IncidentPage, PhonePage, PhoneRow, SearchHit, SitePage, TimelineEntry } from "./pages.ts";
import { searchSite } from "./search.ts";
import { type AgentPolicy, heardAgents, sightingsOf } from "./sightings.ts";
import type { NocAgent, NocSite, NocSources, NocTraceEntry } from "./sources.ts";
import { type SwitchFace, switchFace } from "./switch-face.ts";

const hour = 3_600_000;
const maxHits = 20;

export interface PageReaderParts {
  readonly sources: NocSources;
  readonly incidents: Incidents;
  readonly agentPolicy: AgentPolicy;
  readonly now: () => number;
}

/** Reads what each page shows, for one tenant; undefined is "no such thing" (also: another tenant's). */
export class PageReader {
  readonly #parts: PageReaderParts;

  constructor(parts: PageReaderParts) {
    this.#parts = parts;
  }

  async overview(tenant: string): Promise<Overview> {
    const { now, agentPolicy } = this.#parts;
    const [sites, agents, incidents] = await Promise.all([
      this.#sites(tenant),
      this.#agents(tenant),
      this.#parts.incidents.list(tenant, now()),
    ]);
    const pictures = await Promise.all(sites.map((site) => this.#picture(site, agents)));
    return {
      incidents: incidentRows(incidents, sites),
      sites: pictures.map((picture) => siteTile(picture, incidents)).toSorted(compareTiles),
      agents: agentRows(agents, sites, now(), agentPolicy),
    };
  }

  /** Also those closed in the last day, when asked. */
  async incidents(tenant: string, withClosed: boolean): Promise<IncidentRow[]> {
    const since = this.#parts.now() - (withClosed ? 24 * hour : 0);
    const names = siteNames(await this.#sites(tenant));
    const incidents = await this.#parts.incidents.list(tenant, since);
    return incidents.toSorted(compareIncidents).map((incident) => incidentRow(incident, names));
  }

  async incident(tenant: string, id: string): Promise<IncidentPage | undefined> {
    const incident = await this.#parts.incidents.find(tenant, id);
    if (incident === undefined) return undefined;
    const sites = await this.#sites(tenant);
    const site = sites.find((each) => each.id === incident.site);
    const phones = site === undefined ? [] : await this.#phoneRows(site, [incident]);
    const { remedy, confidence, layer, because, consequences, note, clearedAt } = incident;
    const on = switchOf(incident.subject);
    return {
      ...incidentRow(incident, siteNames(sites)),
      remedy,
      confidence,
      layer,
      because,
      consequences,
      phones: phones.filter((phone) => incident.affectedPhones.includes(phone.mac)),
      events: await this.#parts.incidents.events(tenant, id),
      ...(note === undefined ? {} : { note }),
      ...(clearedAt === undefined ? {} : { clearedAt }),
      ...(on === undefined ? {} : { switch: on }),
    };
  }

  async site(tenant: string, id: string): Promise<SitePage | undefined> {
    const site = await this.#site(tenant, id);
    if (site === undefined) return undefined;
    const incidents = await this.#unclosed(site);
    const agents = await this.#agents(tenant);
    const picture = await this.#picture(site, agents);
    const talksTo = farEnds(picture, incidents);
    return {
      ...siteTile(picture, incidents),
      phoneRows: phoneRows(picture, incidents),
      incidentRows: incidentRows(incidents, [site]),
      agents: agents.filter((agent) => agent.site === id).map((agent) => agent.id),
      farEnds: talksTo,
      charts: await this.#charts(
        site,
        talksTo.map(({ subject }) => subject),
      ),
    };
  }

  async switches(tenant: string): Promise<SwitchFace[]> {
    const faces: SwitchFace[] = [];
    const agents = await this.#agents(tenant);
    for (const site of await this.#sites(tenant)) {
      const picture = await this.#picture(site, agents);
      const incidents = await this.#unclosed(site);
      const ids = siteTile(picture, incidents).switches;
      faces.push(...ids.flatMap((id) => switchFace(picture, id, incidents) ?? []));
    }
    return faces;
  }

  async switch(tenant: string, siteId: string, id: string): Promise<SwitchFace | undefined> {
    const site = await this.#site(tenant, siteId);
    if (site === undefined) return undefined;
    const picture = await this.#picture(site, await this.#agents(tenant));
    return switchFace(picture, id, await this.#unclosed(site));
  }

  async phone(tenant: string, mac: string): Promise<PhonePage | undefined> {
    const agents = await this.#agents(tenant);
    for (const site of await this.#sites(tenant)) {
      const picture = await this.#picture(site, agents);
      const incidents = await this.#unclosed(site);
      const row = phoneRows(picture, incidents).find((phone) => phone.mac === mac);
      if (row !== undefined) return this.#phonePage(site, picture, row, incidents);
    }
    return undefined;
  }

  async agents(tenant: string) {
    const [agents, sites] = await Promise.all([this.#agents(tenant), this.#sites(tenant)]);
    return agentRows(agents, sites, this.#parts.now(), this.#parts.agentPolicy);
  }

  /** Phones, sites, switches and agents by any part of their names; at most 20. */
  async search(tenant: string, text: string): Promise<SearchHit[]> {
    if (text.trim() === "") return [];
    const agents = await this.#agents(tenant);
    const hits: SearchHit[] = [];
    for (const site of await this.#sites(tenant)) {
      hits.push(...searchSite(await this.#picture(site, agents), agents, text, this.#parts.now()));
      if (hits.length >= maxHits) break;
    }
    return hits.slice(0, maxHits);
  }

  async #phonePage(
    site: NocSite,
    picture: SitePicture,
    row: PhoneRow,
    all: readonly Incident[],
  ): Promise<PhonePage> {
    const trace = await this.#parts.sources.trace(site.tenant, row.mac, 200);
    const subjects = [`phone:${row.mac}`, row.port];
    const own = all.filter(
      (each) => each.affectedPhones.includes(row.mac) || subjects.includes(each.subject),
    );
    return {
      ...row,
      site: site.id,
      siteName: site.name,
      incidents: incidentRows(own, [site]),
      timeline: await this.#timeline(picture, row, trace, own),
      charts: await this.#charts(
        site,
        subjects.filter((subject) => subject !== undefined),
      ),
    };
  }

  async #timeline(
    picture: SitePicture,
    row: PhoneRow,
    trace: readonly NocTraceEntry[],
    incidents: readonly Incident[],
  ): Promise<TimelineEntry[]> {
    const events = await Promise.all(incidents.map((each) => this.#incidentEntries(each)));
    const subjects = [`phone:${row.mac}`, row.port];
    const seen = picture.observations.filter((observation) => subjects.includes(observation.subject));
    const entries: TimelineEntry[] = [
      ...trace.map((entry) => ({ kind: "request" as const, ...entry })),
      ...seen.map((observation) => ({ kind: "observation" as const, at: observation.at, observation })),
      ...events.flat(),
    ];
    return entries.toSorted((a, b) => b.at - a.at);
  }

  async #incidentEntries({ tenant, id, sentence }: Incident): Promise<TimelineEntry[]> {
    const events = await this.#parts.incidents.events(tenant, id);
    return events.map(({ at, event }) => ({ kind: "incident", at, event, id, sentence }));
  }

  async #charts(site: NocSite, subjects: readonly Subject[]): Promise<Chart[]> {
    const { sources, now } = this.#parts;
    const ref = { tenant: site.tenant, site: site.id };
    return chartsOf(subjects, await sources.readings(ref, now() - 6 * hour));
  }

  async #phoneRows(site: NocSite, incidents: readonly Incident[]): Promise<PhoneRow[]> {
    return phoneRows(await this.#picture(site, await this.#agents(site.tenant)), incidents);
  }

  async #picture(site: NocSite, agents: readonly NocAgent[]): Promise<SitePicture> {
    const ref = { tenant: site.tenant, site: site.id };
    const [phones, seen] = await Promise.all([
      this.#parts.sources.phones(ref),
      this.#parts.sources.observations(ref),
    ]);
    const heard = heardAgents(agents, this.#parts.now(), this.#parts.agentPolicy);
    const observations = seen.map((each) => each.observation);
    return { site, phones, observations, sightings: sightingsOf(seen, heard) };
  }

  #unclosed(site: NocSite): Promise<Incident[]> {
    return this.#parts.incidents.unclosed({ tenant: site.tenant, site: site.id });
  }

  async #sites(tenant: string): Promise<NocSite[]> {
    return (await this.#parts.sources.sites()).filter((site) => site.tenant === tenant);
  }

  async #site(tenant: string, id: string): Promise<NocSite | undefined> {
    return (await this.#sites(tenant)).find((site) => site.id === id);
  }

  async #agents(tenant: string): Promise<NocAgent[]> {
    return (await this.#parts.sources.agents()).filter((agent) => agent.tenant === tenant);
  }
}

function phoneRows(picture: SitePicture, incidents: readonly Incident[]): PhoneRow[] {
  const states = phoneStates(picture, incidents.filter(isActive));
  const ports = portsOf(picture.observations);
  return picture.phones.map((phone) => {
    const port = ports.get(phone.mac);
    const status = states.get(phone.mac) ?? "unknown";
    return { ...phone, status, ...(port === undefined ? {} : { port }) };
  });
}
