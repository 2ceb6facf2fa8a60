import { diagnose } from "../diagnosis/diagnose.ts";
import { thresholdsFrom } from "../diagnosis/thresholds.ts";
import type { Device } from "../protocol/device.ts";
import type { Finding } from "../protocol/finding.ts";
import type { Inventory } from "./inventory/inventory.ts";
import { chartedKeys } from "./noc/charts.ts";
import type {
  NocAgent,
  NocPhone,
  NocSources,
  NocTraceEntry,
  SeenObservation,
  SiteRef,
} from "./noc/sources.ts";
import type { AgentRecord, Agents } from "./store/agents.ts";
import { Readings } from "./store/readings.ts";
import { Reports } from "./store/reports.ts";
import type { CurrentObservations } from "./store/observations.ts";
import { Trace, type TraceEntry } from "./store/trace.ts";
import type { PhoneWithSeen } from "./inventory/phones.ts";

export interface NocSourcesParts {
  readonly inventory: Inventory;
  readonly agents: Agents;
  readonly observations: CurrentObservations;
}

/** What the NOC reads, from the rest of the server: agents' observations and the server's own facts, judged together. */
export function nocSources(parts: NocSourcesParts): NocSources {
  const { inventory, agents } = parts;
  const readings = new Readings(new Reports(inventory.store), chartedKeys);
  return {
    sites: async () => {
      const sites = await Promise.all((await inventory.ofAll()).map((each) => each.listSites()));
      return sites.flat().map(({ tenant, id, name }) => ({ tenant, id, name }));
    },
    phones: async ({ tenant, site }) => (await inventory.ofTenant(tenant).listPhones(site)).map(nocPhone),
    observations: (site) => observationsOf(parts, site),
    findings: (site, now, seen) => findingsOf(parts, site, now, seen),
    agents: async () => (await agents.agents()).map(nocAgent),
    trace: async (tenant, mac, limit) =>
      (await new Trace(inventory.store).ofMac(tenant, mac, limit)).flatMap(nocTraceEntry),
    readings: (site, from) => readings.of(site, from),
  };
}

async function observationsOf(parts: NocSourcesParts, site: SiteRef): Promise<SeenObservation[]> {
  const [seen, facts, heard] = await Promise.all([
    parts.observations.observationsOf(site),
    parts.inventory.ofTenant(site.tenant).facts(site.site, parts.inventory.store.now()),
    parts.agents.observations(site),
  ]);
  return [...seen, ...[...facts, ...heard].map((observation) => ({ observation }))];
}

async function findingsOf(
  parts: NocSourcesParts,
  site: SiteRef,
  now: number,
  seen: readonly SeenObservation[],
): Promise<Finding[]> {
  const config = await parts.agents.siteConfig(site);
  const { thresholds } = thresholdsFrom(config?.thresholds ?? {});
  const findings = diagnose(
    seen.map(({ observation }) => observation),
    thresholds,
    now,
  );
  // A note for a technician is no incident.
  return findings.filter((finding) => finding.severity !== "info");
}

function lineName({ settings }: Device["lines"][number]): string {
  return settings.label ?? settings.user ?? "";
}

function nocPhone({ device, seen }: PhoneWithSeen): NocPhone {
  return {
    mac: device.mac,
    vendor: device.vendor,
    model: device.model,
    state: device.state,
    lines: device.lines.map(lineName).filter((name) => name !== ""),
    ...(device.label === undefined ? {} : { label: device.label }),
    ...(seen === undefined ? {} : { lastSeen: seen.at }),
  };
}

function nocAgent(agent: AgentRecord): NocAgent {
  return {
    id: agent.id,
    tenant: agent.tenant,
    site: agent.site,
    hostname: agent.hostname,
    version: agent.version,
    revoked: agent.revoked,
    ...(agent.lastHeard === undefined ? {} : { lastHeard: agent.lastHeard }),
    ...(agent.spoolReports === undefined ? {} : { spoolReports: agent.spoolReports }),
  };
}

function nocTraceEntry(entry: TraceEntry): NocTraceEntry[] {
  if (entry.outcome === "tls-error") return [];
  const isFile = entry.outcome === "file";
  return [
    {
      id: entry.requestId,
      at: entry.at,
      via: entry.door,
      method: entry.method,
      path: entry.path,
      address: entry.address,
      outcome: entry.outcome,
      ...(entry.userAgent === undefined ? {} : { userAgent: entry.userAgent }),
      ...(entry.reason === undefined ? {} : { reason: entry.reason }),
      ...(entry.remedy === undefined ? {} : { remedy: entry.remedy }),
      ...(entry.outcome === "no-such-file" ? { normal: entry.normal === true } : {}),
      ...(isFile ? { bytes: entry.bytes, file: entry.path.slice(entry.path.lastIndexOf("/") + 1) } : {}),
    },
  ];
}
