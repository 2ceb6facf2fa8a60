import type { IncidentEvent } from "./noc/incident.ts";
import type { Overview } from "./noc/overview.ts";
import { severities } from "./noc/incident.ts";
import type { Counter, Gauge, Histogram, MetricsRegistry } from "./metrics.ts";

const durations = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The server's own metrics. Their names are a contract (operations reference, section 6). */
export interface ServerMetrics {
  readonly requests: Counter;
  readonly requestDuration: Histogram;
  readonly responseBytes: Counter;
  readonly refusals: Counter;
  readonly rateLimited: Counter;
  readonly tftpTransfers: Counter;
  readonly tftpActive: Gauge;
  readonly tftpRetransmissions: Counter;
  readonly tftpMalformed: Counter;
  readonly certificateExpiry: Gauge;
  readonly devices: Gauge;
  readonly reports: Counter;
  readonly agents: Gauge;
  readonly findingsOpen: Gauge;
  readonly incidentsOpen: Gauge;
  readonly incidentEvents: Counter;
  readonly logins: Counter;
  readonly cacheRequests: Counter;
  readonly renderDuration: Histogram;
  readonly renderErrors: Counter;
  readonly shed: Counter;
  readonly firmwareRequests: Counter;
  readonly firmwareActive: Gauge;
  readonly firmwareWaiting: Gauge;
  readonly firmwareBytes: Gauge;
  readonly firmwareOrders: Counter;
  readonly firmwareRolloutPhones: Gauge;
  readonly firmwareRollouts: Gauge;
}

export function serverMetrics(
  registry: MetricsRegistry,
  build: { readonly version: string; readonly revision: string; readonly node: string },
): ServerMetrics {
  const info = registry.gauge("offhook_build_info", "What runs.", ["version", "revision", "node"]);
  info.set(1, build);
  return {
    requests: registry.counter("offhook_requests_total", "Requests of phones.", ["door", "outcome"]),
    requestDuration: registry.histogram(
      "offhook_request_duration_seconds",
      "Time to answer a phone.",
      durations,
      ["door"],
    ),
    responseBytes: registry.counter("offhook_response_bytes_total", "Bytes sent to phones.", [
      "door",
      "kind",
    ]),
    refusals: registry.counter("offhook_refusals_total", "Requests refused, by why.", ["door", "kind"]),
    rateLimited: registry.counter("offhook_rate_limited_total", "Answers that had to wait.", ["scope"]),
    tftpTransfers: registry.counter("offhook_tftp_transfers_total", "TFTP transfers ended.", ["outcome"]),
    certificateExpiry: registry.gauge(
      "offhook_tls_certificate_expiry_timestamp_seconds",
      "End of the certificate, seconds since 1970.",
      ["listener"],
    ),
    tftpActive: registry.gauge("offhook_tftp_transfers_active", "TFTP transfers under way."),
    tftpRetransmissions: registry.counter(
      "offhook_tftp_retransmissions_total",
      "Datagrams sent again over TFTP.",
    ),
    tftpMalformed: registry.counter("offhook_tftp_malformed_total", "Datagrams that make no sense to TFTP.", [
      "reason",
    ]),
    devices: registry.gauge("offhook_devices", "Phones in the inventory.", ["state"]),
    reports: registry.counter("offhook_reports_total", "Reports of agents.", ["outcome"]),
    agents: registry.gauge("offhook_agents", "Agents by how they were last heard.", ["state"]),
    findingsOpen: registry.gauge("offhook_findings_open", "Findings as of now.", ["severity"]),
    incidentsOpen: registry.gauge("offhook_incidents_open", "Incidents that still are.", [
      "severity",
      "acknowledged",
    ]),
    incidentEvents: registry.counter("offhook_incident_events_total", "What happened to incidents.", [
      "event",
    ]),
    logins: registry.counter("offhook_logins_total", "Attempts of people to sign in.", ["result"]),
    cacheRequests: registry.counter("offhook_cache_requests_total", "Looks into what is kept in memory.", [
      "cache",
      "result",
    ]),
    renderDuration: registry.histogram(
      "offhook_render_duration_seconds",
      "Time to render a file that was not kept.",
      durations,
    ),
    renderErrors: registry.counter("offhook_render_errors_total", "Files that could not be rendered.", [
      "reason",
    ]),
    shed: registry.counter("offhook_shed_total", "Work put off under load.", ["class"]),
    ...firmwareMetrics(registry),
  };
}

function firmwareMetrics(registry: MetricsRegistry) {
  return {
    firmwareRequests: registry.counter("offhook_firmware_requests_total", "Images asked for.", ["result"]),
    firmwareActive: registry.gauge("offhook_firmware_transfers_active", "Images on their way out."),
    firmwareWaiting: registry.gauge("offhook_firmware_transfers_waiting", "Phones that wait for an image."),
    firmwareBytes: registry.gauge("offhook_firmware_image_bytes", "Octets of the images of the catalogue."),
    firmwareOrders: registry.counter("offhook_firmware_orders_total", "Phones told to run a version."),
    firmwareRolloutPhones: registry.gauge(
      "offhook_firmware_rollout_phones",
      "Phones of roll-outs under way.",
      ["stage"],
    ),
    firmwareRollouts: registry.gauge("offhook_firmware_rollouts", "Roll-outs that are not at their end.", [
      "state",
    ]),
  };
}

/** For the incident board's `onEvents`. */
export function countIncidentEvents(metrics: ServerMetrics, events: readonly IncidentEvent[]): void {
  for (const { event } of events) metrics.incidentEvents.add({ event });
}

/** Sets what the NOC knows of all tenants; for `registry.onCollect`. */
export function setNocGauges(metrics: ServerMetrics, overviews: readonly Overview[]): void {
  const incidents = overviews.flatMap((overview) => overview.incidents);
  const agents = overviews.flatMap((overview) => overview.agents);
  const states = ["online", "late", "silent", "away", "revoked", "never"];
  metrics.agents.replace(
    states.map((state) => [{ state }, agents.filter((agent) => agent.state === state).length]),
  );
  metrics.incidentsOpen.replace(
    severities.flatMap((severity) =>
      ["true", "false"].map((acknowledged): [Record<string, string>, number] => {
        const state = acknowledged === "true" ? "acknowledged" : "open";
        const open = incidents.filter((each) => each.severity === severity && each.state === state);
        return [{ severity, acknowledged }, open.length];
      }),
    ),
  );
}

/** Findings as of now, by severity. */
export function setFindingGauges(
  metrics: ServerMetrics,
  findings: readonly { readonly severity: string }[],
): void {
  metrics.findingsOpen.replace(
    severities.map((severity) => [
      { severity },
      findings.filter((each) => each.severity === severity).length,
    ]),
  );
}

const day = 86_400_000;

/** fresh: had its config within two days, twice the usual pause between looks; never: not yet. */
export function setDeviceGauges(
  metrics: ServerMetrics,
  phones: readonly { readonly seen?: { readonly configAt?: number } }[],
  now: number,
): void {
  const stateOf = (configAt: number | undefined) =>
    configAt === undefined ? "never" : now - configAt <= 2 * day ? "fresh" : "stale";
  const states = phones.map(({ seen }) => stateOf(seen?.configAt));
  metrics.devices.replace(
    ["fresh", "stale", "never"].map((state) => [{ state }, states.filter((each) => each === state).length]),
  );
}
