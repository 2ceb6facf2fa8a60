import type { Layer, Severity } from "../../protocol/finding.ts";
import type { Observation, Subject } from "../../protocol/observation.ts";

/** suspected: bad, but not for long enough to tell anyone. Nobody is shown a suspected incident. */
export type IncidentState = "suspected" | "open" | "acknowledged" | "cleared" | "closed";

export type Look = "bad" | "good";

/** What the fold remembers between looks. */
export interface IncidentWatch {
  /** The newest looks since the last change of state, oldest first, at most `policy.openOf`. */
  readonly looks: readonly Look[];
  /** When the newest counted look was made. */
  readonly lookedAt: number;
  readonly badSince?: number;
  readonly goodSince?: number;
  /** When it opened, cleared or re-opened, within the flap window. */
  readonly changes: readonly number[];
  /** What the one who acknowledged had seen; told again when it gets worse than this. */
  readonly acknowledged?: { readonly severity: Severity; readonly phones: number };
}

/** One trouble from first sight to the end: key is (tenant, site, subject, rule). */
export interface Incident {
  readonly id: string;
  readonly tenant: string;
  readonly site: string;
  /** The root: what the cause is about. */
  readonly subject: Subject;
  readonly rule: string;
  readonly state: IncidentState;
  readonly severity: Severity;
  readonly cause: string;
  readonly layer: Layer;
  readonly sentence: string;
  readonly remedy: string;
  readonly confidence: number;
  /** MACs. */
  readonly affectedPhones: readonly string[];
  readonly because: readonly Observation[];
  readonly consequences: readonly string[];
  /** When it was first seen bad, ms. */
  readonly since: number;
  readonly clearedAt?: number;
  readonly closedAt?: number;
  readonly owner?: string;
  readonly note?: string;
  /** Nobody looks at its proof any more (silent agent): it stays as it is, and says so. */
  readonly unknown: boolean;
  readonly flapping: boolean;
  readonly watch: IncidentWatch;
}

export type IncidentEventKind = "opened" | "acknowledged" | "cleared" | "reopened" | "closed";

/** One line of an incident's timeline. */
export interface IncidentEvent {
  readonly tenant: string;
  readonly incident: string;
  readonly at: number;
  readonly event: IncidentEventKind;
  readonly severity: Severity;
  readonly who?: string;
  readonly note?: string;
}

export const severities: readonly Severity[] = ["critical", "major", "minor", "info"];

/** 0 is worst. */
export function severityRank(severity: Severity): number {
  return severities.indexOf(severity);
}

export function isActive(incident: Pick<Incident, "state">): boolean {
  return incident.state === "open" || incident.state === "acknowledged";
}

/** The list's order: what still is before what has cleared, worst, then most phones, then oldest. */
export function compareIncidents(
  a: Pick<Incident, "state" | "severity" | "affectedPhones" | "since" | "id">,
  b: Pick<Incident, "state" | "severity" | "affectedPhones" | "since" | "id">,
): number {
  return (
    Number(isActive(b)) - Number(isActive(a)) ||
    severityRank(a.severity) - severityRank(b.severity) ||
    b.affectedPhones.length - a.affectedPhones.length ||
    a.since - b.since ||
    (a.id < b.id ? -1 : 1)
  );
}
