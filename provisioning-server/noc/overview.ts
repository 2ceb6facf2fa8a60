import type { Severity } from "../../protocol/finding.ts";
import type { Observation } from "../../protocol/observation.ts";
import { type Incident, compareIncidents, isActive, severities } from "./incident.ts";
import { type AgentPolicy, type AgentState, type Sightings, agentState } from "./sightings.ts";
import type { NocAgent, NocPhone, NocSite } from "./sources.ts";

/** How a subject is, as the page says it: shape, word and colour stand for one of these. */
export type SubjectState = "ok" | "degraded" | "down" | "unknown";

/** An incident as lists show it. */
export type IncidentRow = Pick<
  Incident,
  | "id"
  | "site"
  | "subject"
  | "rule"
  | "state"
  | "severity"
  | "cause"
  | "sentence"
  | "since"
  | "affectedPhones"
  | "owner"
  | "unknown"
  | "flapping"
> & { readonly siteName: string };

export type StateCounts = Readonly<Record<SubjectState, number>>;

export interface SiteTile {
  readonly id: string;
  readonly name: string;
  readonly state: SubjectState;
  readonly phones: StateCounts;
  readonly incidents: number;
  readonly worst?: Severity;
  /** Ids of the switches seen there. */
  readonly switches: readonly string[];
  /** The newest fact anyone gave of it: an observation, a request. Ms. */
  readonly lastHeard?: number;
}

export interface AgentRow {
  readonly id: string;
  readonly site: string;
  readonly siteName: string;
  readonly hostname: string;
  readonly version: string;
  readonly state: AgentState;
  readonly lastHeard?: number;
  readonly spoolReports?: number;
}

/** The one screen: what the incidents page draws and the live feed keeps fresh. */
export interface Overview {
  readonly incidents: readonly IncidentRow[];
  readonly sites: readonly SiteTile[];
  readonly agents: readonly AgentRow[];
}

/** All of one site that its tile is made of. */
export interface SitePicture {
  readonly site: NocSite;
  readonly phones: readonly NocPhone[];
  readonly observations: readonly Observation[];
  readonly sightings: Sightings;
}

export function incidentRows(incidents: readonly Incident[], sites: readonly NocSite[]): IncidentRow[] {
  const names = siteNames(sites);
  const shown = incidents.filter((incident) => incident.state !== "suspected" && incident.state !== "closed");
  return shown.toSorted(compareIncidents).map((incident) => incidentRow(incident, names));
}

export function incidentRow(incident: Incident, names: ReadonlyMap<string, string>): IncidentRow {
  const { id, site, subject, rule, state, severity, cause, sentence, since, affectedPhones } = incident;
  const { owner, unknown, flapping } = incident;
  const row = { id, site, subject, rule, state, severity, cause, sentence, since, affectedPhones };
  const siteName = names.get(site) ?? site;
  return { ...row, siteName, unknown, flapping, ...(owner === undefined ? {} : { owner }) };
}

export function siteNames(sites: readonly NocSite[]): ReadonlyMap<string, string> {
  return new Map(sites.map((site) => [site.id, site.name]));
}

export function agentRows(
  agents: readonly NocAgent[],
  sites: readonly NocSite[],
  now: number,
  policy: AgentPolicy,
): AgentRow[] {
  const names = siteNames(sites);
  const rows = agents.map(({ id, site, hostname, version, lastHeard, spoolReports, ...agent }) => ({
    id,
    site,
    siteName: names.get(site) ?? site,
    hostname,
    version,
    state: agentState({ ...agent, id, site, hostname, version, ...heard(lastHeard) }, now, policy),
    ...heard(lastHeard),
    ...(spoolReports === undefined ? {} : { spoolReports }),
  }));
  return rows.toSorted((a, b) => agentRank(a.state) - agentRank(b.state) || (a.id < b.id ? -1 : 1));
}

function heard(lastHeard: number | undefined): { lastHeard?: number } {
  return lastHeard === undefined ? {} : { lastHeard };
}

function agentRank(state: AgentState): number {
  return ["silent", "never", "late", "away", "online", "revoked"].indexOf(state);
}

/** Worst first, then by name. Unknown is counted apart: never painted as down, nor as ok. */
export function compareTiles(a: SiteTile, b: SiteTile): number {
  const worst = (tile: SiteTile): number =>
    tile.worst === undefined ? severities.length : severities.indexOf(tile.worst);
  return stateRank(a.state) - stateRank(b.state) || worst(a) - worst(b) || a.name.localeCompare(b.name, "en");
}

function stateRank(state: SubjectState): number {
  return ["down", "degraded", "unknown", "ok"].indexOf(state);
}

export function siteTile(picture: SitePicture, incidents: readonly Incident[]): SiteTile {
  const { site, phones, observations } = picture;
  const active = incidents.filter((incident) => incident.site === site.id && isActive(incident));
  const states = phoneStates(picture, active);
  const counts = countStates(phones.map((phone) => states.get(phone.mac) ?? "unknown"));
  const worst = severities.find((severity) => active.some((incident) => incident.severity === severity));
  const newest = [...observations.map((seen) => seen.at), ...phones.map((phone) => phone.lastSeen ?? 0)];
  const lastHeard = newest.reduce((latest, at) => Math.max(latest, at), 0);
  return {
    id: site.id,
    name: site.name,
    state: rollUp(counts, active),
    phones: counts,
    incidents: active.length,
    ...(worst === undefined ? {} : { worst }),
    switches: switchesOf(observations),
    ...(lastHeard === 0 ? {} : { lastHeard }),
  };
}

/**
 * A site is down when its people cannot call: a critical cause holds what its phones hang on, or each of them is down.
 * Some phones down is a site degraded.
 */
function rollUp(phones: StateCounts, active: readonly Incident[]): SubjectState {
  const allDown = phones.down > 0 && phones.ok + phones.degraded + phones.unknown === 0;
  if (allDown || active.some(holdsSite)) return "down";
  if (phones.down > 0 || phones.degraded > 0 || active.some(({ severity }) => severity !== "info"))
    return "degraded";
  return phones.ok === 0 ? "unknown" : "ok";
}

const holdsSite = ({ severity, subject }: Incident): boolean =>
  severity === "critical" && !subject.startsWith("phone:") && !subject.startsWith("port:");

function countStates(states: readonly SubjectState[]): StateCounts {
  const counts = { ok: 0, degraded: 0, down: 0, unknown: 0 };
  for (const state of states) counts[state] += 1;
  return counts;
}

/**
 * How each phone is: down when a critical cause holds it, or a major one on the phone itself or its port; degraded by
 * lesser ones; ok when something that is still looked at shows it; unknown else.
 */
export function phoneStates(
  picture: SitePicture,
  active: readonly Incident[],
): ReadonlyMap<string, SubjectState> {
  const ports = portsOf(picture.observations);
  return new Map(
    picture.phones.map((phone) => [phone.mac, phoneState(phone, ports.get(phone.mac), picture, active)]),
  );
}

function phoneState(
  phone: NocPhone,
  port: string | undefined,
  picture: SitePicture,
  active: readonly Incident[],
): SubjectState {
  const subject = `phone:${phone.mac}`;
  const suffers = active.filter(
    (incident) => incident.affectedPhones.includes(phone.mac) || incident.subject === port,
  );
  const own = (incident: Incident): boolean => [subject, port].includes(incident.subject);
  const holds = (incident: Incident): boolean =>
    incident.severity === "critical" || (incident.severity === "major" && own(incident));
  if (suffers.some(holds)) return "down";
  if (suffers.some((incident) => incident.severity !== "info")) return "degraded";
  const sights = [subject, port].map((name) => (name === undefined ? name : picture.sightings.subject(name)));
  return sights.some((sight) => sight?.known === true) ? "ok" : "unknown";
}

/** On which port each phone hangs, as the switch says: MAC to `port:sw1/7`. The newest word counts. */
export function portsOf(observations: readonly Observation[]): ReadonlyMap<string, string> {
  const said = observations.filter(({ key, outcome }) => key === "port.phone" && outcome === "ok");
  const oldestFirst = said.toSorted((a, b) => a.at - b.at);
  return new Map(oldestFirst.map(({ value, subject }) => [String(value), subject]));
}

export function switchesOf(observations: readonly Observation[]): string[] {
  const ids = observations.map((observation) => switchOf(observation.subject));
  return [...new Set(ids.filter((id) => id !== undefined))].toSorted();
}

/** `sw1` of `switch:sw1` and of `port:sw1/7`; undefined for all else. */
export function switchOf(subject: string): string | undefined {
  if (subject.startsWith("switch:")) return subject.slice("switch:".length);
  return subject.startsWith("port:") ? subject.slice("port:".length).split("/", 1)[0] : undefined;
}
