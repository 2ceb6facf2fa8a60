import type { Observation } from "../../protocol/observation.ts";
import type { Chart } from "./charts.ts";
import type { FarEnd } from "./far-ends.ts";
import type { IncidentEvent } from "./incident.ts";
import type { IncidentRow, SiteTile, SubjectState } from "./overview.ts";
import type { NocPhone, NocTraceEntry } from "./sources.ts";

/** What the incident page shows. */
export interface IncidentPage extends IncidentRow {
  readonly remedy: string;
  readonly confidence: number;
  readonly layer: string;
  readonly because: readonly Observation[];
  readonly consequences: readonly string[];
  readonly phones: readonly PhoneRow[];
  readonly events: readonly IncidentEvent[];
  readonly note?: string;
  readonly clearedAt?: number;
  /** Id of the switch it is about, where it is about a port or a switch. */
  readonly switch?: string;
}

export interface PhoneRow extends NocPhone {
  readonly status: SubjectState;
  /** `port:sw1/7`, where a switch says so. */
  readonly port?: string;
}

export interface SitePage extends SiteTile {
  readonly phoneRows: readonly PhoneRow[];
  readonly incidentRows: readonly IncidentRow[];
  readonly agents: readonly string[];
  /** What its phones talk to. */
  readonly farEnds: readonly FarEnd[];
  /** Of those, over the last hours. */
  readonly charts: readonly Chart[];
}

/** One line of a phone's timeline, newest first. */
export type TimelineEntry =
  | ({ readonly kind: "request" } & NocTraceEntry)
  | { readonly kind: "observation"; readonly at: number; readonly observation: Observation }
  | {
      readonly kind: "incident";
      readonly at: number;
      readonly event: IncidentEvent["event"];
      readonly id: string;
      readonly sentence: string;
    };

export interface PhonePage extends PhoneRow {
  readonly site: string;
  readonly siteName: string;
  readonly incidents: readonly IncidentRow[];
  readonly timeline: readonly TimelineEntry[];
  readonly charts: readonly Chart[];
}

/** Something that search found, and its page. */
export interface SearchHit {
  readonly title: string;
  readonly detail: string;
  readonly path: string;
}
