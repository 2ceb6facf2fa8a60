import type { FastifyReply, FastifyRequest } from "fastify";
import type { Observation } from "../../protocol/observation.ts";
import { Problem } from "../problem.ts";
import { type Column, csvTable, csvTime } from "./csv-table.ts";
import type { AgentRow, IncidentRow, SiteTile } from "./overview.ts";
import type { PhoneRow, TimelineEntry } from "./pages.ts";
import type { PageReader } from "./page-reader.ts";
import type { PortFace, SwitchFace } from "./switch-face.ts";
import { signedIn } from "./signed-in.ts";

/** One page of the NOC: its address, what it says as JSON, and its main table as CSV. */
export interface NocPage {
  /** fastify's form, such as `/sites/:site`. */
  readonly path: string;
  /** Undefined: no such thing. */
  read(pages: PageReader, tenant: string, request: FastifyRequest): Promise<unknown>;
  csv(data: never): string;
}

interface Reads<Data> {
  readonly path: string;
  read(pages: PageReader, tenant: string, request: FastifyRequest): Promise<Data | undefined>;
  csv(data: Data): string;
}

function page<Data>(reads: Reads<Data>): NocPage {
  return reads;
}

/** Every page, once: the routes of pages, `.json`, `.csv` and `/api/v1` are made from this list. */
export const nocPages: readonly NocPage[] = [
  page({
    path: "/incidents",
    read: (pages, tenant, request) => pages.incidents(tenant, queryOf(request).get("closed") === "1"),
    csv: (rows) => csvTable(incidentColumns, rows),
  }),
  page({
    path: "/incidents/:id",
    read: (pages, tenant, request) => pages.incident(tenant, param(request, "id")),
    csv: (incident) => csvTable(proofColumns, incident.because),
  }),
  page({
    path: "/sites",
    read: async (pages, tenant) => (await pages.overview(tenant)).sites,
    csv: (rows) => csvTable(siteColumns, rows),
  }),
  page({
    path: "/sites/:site",
    read: (pages, tenant, request) => pages.site(tenant, param(request, "site")),
    csv: (site) => csvTable(phoneColumns, site.phoneRows),
  }),
  page({
    path: "/switches",
    read: (pages, tenant) => pages.switches(tenant),
    csv: (rows) => csvTable(switchColumns, rows),
  }),
  page({
    path: "/switches/:site/:switch",
    read: (pages, tenant, request) => pages.switch(tenant, param(request, "site"), param(request, "switch")),
    csv: (face) => csvTable(portColumns, face.ports),
  }),
  page({
    path: "/phones/:mac",
    read: (pages, tenant, request) => pages.phone(tenant, param(request, "mac").toLowerCase()),
    csv: (phone) => csvTable(timelineColumns, phone.timeline),
  }),
  page({
    path: "/agents",
    read: (pages, tenant) => pages.agents(tenant),
    csv: (rows) => csvTable(agentColumns, rows),
  }),
];

/**
 * Sends one page as JSON or CSV.
 *
 * @throws {Problem} not-found
 */
export async function sendPage(
  noc: NocPage,
  form: "json" | "csv",
  pages: PageReader,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const data = await noc.read(pages, signedIn(request).tenant, request);
  if (data === undefined) throw new Problem("not-found", "There is no such thing here.");
  if (form === "json") return reply.send(data);
  // What `read` gives is what `csv` takes: page() has checked the pair.
  const text = noc.csv(data as never);
  return reply
    .type("text/csv; charset=utf-8")
    .header("content-disposition", `attachment; filename="offhook.csv"`)
    .send(text);
}

function param(request: FastifyRequest, name: string): string {
  const params = request.params as Readonly<Record<string, string | undefined>>;
  return params[name] ?? "";
}

function queryOf(request: FastifyRequest): URLSearchParams {
  return new URLSearchParams(request.url.split("?")[1] ?? "");
}

const incidentColumns: readonly Column<IncidentRow>[] = [
  { name: "id", of: (row) => row.id },
  { name: "state", of: (row) => row.state },
  { name: "severity", of: (row) => row.severity },
  { name: "cause", of: (row) => row.cause },
  { name: "rule", of: (row) => row.rule },
  { name: "site", of: (row) => row.site },
  { name: "subject", of: (row) => row.subject },
  { name: "since", of: (row) => csvTime(row.since) },
  { name: "phones", of: (row) => row.affectedPhones.length },
  { name: "owner", of: (row) => row.owner },
  { name: "sentence", of: (row) => row.sentence },
];

const proofColumns: readonly Column<Observation>[] = [
  { name: "subject", of: (row) => row.subject },
  { name: "key", of: (row) => row.key },
  { name: "value", of: (row) => (Array.isArray(row.value) ? row.value.join(" ") : (row.value ?? "")) },
  { name: "unit", of: (row) => row.unit },
  { name: "outcome", of: (row) => row.outcome },
  { name: "at", of: (row) => csvTime(row.at) },
  { name: "probe", of: (row) => row.probe },
  { name: "evidence", of: (row) => row.evidence },
];

const siteColumns: readonly Column<SiteTile>[] = [
  { name: "id", of: (row) => row.id },
  { name: "name", of: (row) => row.name },
  { name: "state", of: (row) => row.state },
  { name: "phones_ok", of: (row) => row.phones.ok },
  { name: "phones_degraded", of: (row) => row.phones.degraded },
  { name: "phones_down", of: (row) => row.phones.down },
  { name: "phones_unknown", of: (row) => row.phones.unknown },
  { name: "incidents", of: (row) => row.incidents },
  { name: "last_heard", of: (row) => csvTime(row.lastHeard) },
];

const phoneColumns: readonly Column<PhoneRow>[] = [
  { name: "mac", of: (row) => row.mac },
  { name: "status", of: (row) => row.status },
  { name: "vendor", of: (row) => row.vendor },
  { name: "model", of: (row) => row.model },
  { name: "label", of: (row) => row.label },
  { name: "lines", of: (row) => row.lines.join(" ") },
  { name: "port", of: (row) => row.port },
  { name: "enrolment", of: (row) => row.state },
  { name: "last_seen", of: (row) => csvTime(row.lastSeen) },
];

const switchColumns: readonly Column<SwitchFace>[] = [
  { name: "site", of: (row) => row.site },
  { name: "id", of: (row) => row.id },
  { name: "name", of: (row) => row.name },
  { name: "state", of: (row) => row.state },
  { name: "ports", of: (row) => row.ports.length },
  { name: "poe_budget_watts", of: (row) => row.budget },
  { name: "poe_used_watts", of: (row) => row.used },
];

const portColumns: readonly Column<PortFace>[] = [
  { name: "port", of: (row) => row.name },
  { name: "state", of: (row) => row.state },
  { name: "link", of: (row) => row.link },
  { name: "speed_mbit", of: (row) => row.speed },
  { name: "poe", of: (row) => row.poe },
  { name: "watts", of: (row) => row.watts },
  { name: "class", of: (row) => row.poeClass },
  { name: "phone", of: (row) => row.phone?.mac },
  { name: "model", of: (row) => row.phone?.model },
  { name: "label", of: (row) => row.phone?.label },
  { name: "incident", of: (row) => row.incident?.sentence },
];

const timelineColumns: readonly Column<TimelineEntry>[] = [
  { name: "at", of: (row) => csvTime(row.at) },
  { name: "kind", of: (row) => row.kind },
  { name: "what", of: whatHappened },
  { name: "why", of: (row) => (row.kind === "request" ? row.reason : undefined) },
];

function whatHappened(row: TimelineEntry): string {
  switch (row.kind) {
    case "request":
      return `${row.method} ${row.path} over ${row.via}: ${row.outcome}`;
    case "observation":
      return `${row.observation.key} = ${String(row.observation.value)} (${row.observation.outcome})`;
    case "incident":
      return `${row.event}: ${row.sentence}`;
  }
}

const agentColumns: readonly Column<AgentRow>[] = [
  { name: "id", of: (row) => row.id },
  { name: "site", of: (row) => row.site },
  { name: "hostname", of: (row) => row.hostname },
  { name: "state", of: (row) => row.state },
  { name: "version", of: (row) => row.version },
  { name: "last_heard", of: (row) => csvTime(row.lastHeard) },
  { name: "spool_reports", of: (row) => row.spoolReports },
];
