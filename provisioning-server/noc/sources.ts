import type { EnrolmentState } from "../../protocol/device.ts";
import type { Finding } from "../../protocol/finding.ts";
import type { Observation, Subject } from "../../protocol/observation.ts";

/** One site of one tenant; ids are unique within their tenant. */
export interface SiteRef {
  readonly tenant: string;
  readonly site: string;
}

export interface NocSite {
  readonly tenant: string;
  readonly id: string;
  readonly name: string;
}

export interface NocPhone {
  readonly mac: string;
  readonly vendor: string;
  readonly model: string;
  readonly label?: string;
  readonly state: EnrolmentState;
  /** What its lines are called, in order. */
  readonly lines: readonly string[];
  /** When it last asked for anything, ms. */
  readonly lastSeen?: number;
}

/** The newest observation of a (subject, key), and who looked; without `agent` it is the server's own. */
export interface SeenObservation {
  readonly observation: Observation;
  readonly agent?: string;
}

export interface NocAgent {
  readonly id: string;
  readonly tenant: string;
  readonly site: string;
  readonly hostname: string;
  readonly version: string;
  /** When it was last heard, by the server's clock, ms; absent: never. */
  readonly lastHeard?: number;
  readonly revoked?: boolean;
  /** Until when it said it would be away, ms. */
  readonly awayUntil?: number;
  /** Reports that waited on its disk when last heard. */
  readonly spoolReports?: number;
}

/** One request of a phone and what it was told: the record that the doors keep. */
export interface NocTraceEntry {
  readonly id: string;
  readonly at: number;
  readonly via: string;
  readonly method: string;
  readonly path: string;
  readonly address: string;
  readonly userAgent?: string;
  readonly outcome: "file" | "no-such-file" | "unknown-device" | "denied";
  /** A missing file that this family asks for and lives without. */
  readonly normal?: boolean;
  readonly reason?: string;
  readonly remedy?: string;
  readonly file?: string;
  readonly bytes?: number;
}

/** One measured number of the past: what charts are drawn from. */
export interface Reading {
  readonly subject: Subject;
  readonly key: string;
  readonly at: number;
  readonly value: number;
}

/**
 * All that the NOC reads from the rest of the server. The integrator wires it to inventory, reports and diagnosis;
 * tests hand in a fake. Reads only: what people change (acknowledge) lives in the NOC's own store.
 */
export interface NocSources {
  sites(): Promise<readonly NocSite[]>;
  phones(site: SiteRef): Promise<readonly NocPhone[]>;
  observations(site: SiteRef): Promise<readonly SeenObservation[]>;
  /** The diagnosis of what was seen at a site, as of now: causes, not their consequences. */
  findings(site: SiteRef, now: number, seen: readonly SeenObservation[]): Promise<readonly Finding[]>;
  agents(): Promise<readonly NocAgent[]>;
  /** Newest first. */
  trace(tenant: string, mac: string, limit: number): Promise<readonly NocTraceEntry[]>;
  /** Numbers of the charted keys since `from`, oldest first. */
  readings(site: SiteRef, from: number): Promise<readonly Reading[]>;
}
