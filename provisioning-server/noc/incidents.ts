import type { Finding } from "../../protocol/finding.ts";
import type { Subject } from "../../protocol/observation.ts";
import {
  type Incident,
  type IncidentEvent,
  type IncidentEventKind,
  type IncidentWatch,
  type Look,
  isActive,
  severityRank,
} from "./incident.ts";
import { type Sight, type Sightings, sightOf } from "./sightings.ts";
import type { SiteRef } from "./sources.ts";

/** When to tell and when to be quiet again; all times in ms. */
export interface IncidentPolicy {
  /** Opens when `openLooks` of the newest `openOf` looks were bad, or when bad for `openAfter`. */
  readonly openLooks: number;
  readonly openOf: number;
  readonly openAfter: number;
  /** Clears after `clearLooks` good looks in a row, or when good for `clearAfter`. */
  readonly clearLooks: number;
  readonly clearAfter: number;
  /** Closes this long after clearing; a repeat before that re-opens. */
  readonly closeAfter: number;
  /** `flapChanges` changes within `flapWindow` is flapping, until there was none for a whole window. */
  readonly flapChanges: number;
  readonly flapWindow: number;
  /** What nobody observes at all any more (a phone taken out of the inventory) closes after this long. */
  readonly goneAfter: number;
}

export const defaultIncidentPolicy: IncidentPolicy = {
  openLooks: 2,
  openOf: 3,
  openAfter: 90_000,
  clearLooks: 2,
  clearAfter: 120_000,
  closeAfter: 600_000,
  flapChanges: 4,
  flapWindow: 900_000,
  goneAfter: 86_400_000,
};

export interface IncidentFoldInput {
  readonly site: SiteRef;
  /** All incidents of the site that are not closed, suspected ones too. */
  readonly incidents: readonly Incident[];
  readonly findings: readonly Finding[];
  readonly sightings: Sightings;
  readonly now: number;
  /** A fresh UUIDv7. */
  readonly newId: () => string;
}

export interface IncidentFold {
  /** What goes into the next fold, and those that have just closed. */
  readonly incidents: readonly Incident[];
  readonly events: readonly IncidentEvent[];
}

interface Step {
  readonly incident: Incident | undefined;
  readonly event?: { readonly kind: IncidentEventKind; readonly note?: string };
}

/** One step of a site's incidents: pure, and calling it again without a new look or later clock changes nothing. */
export function foldIncidents(input: IncidentFoldInput, policy: IncidentPolicy): IncidentFold {
  const findings = new Map(input.findings.map((finding) => [incidentKey(finding), finding]));
  const known = new Set(input.incidents.map(incidentKey));
  const fresh = [...findings.values()]
    .filter((finding) => !known.has(incidentKey(finding)))
    .map((finding) => suspect(finding, input));
  const incidents: Incident[] = [];
  const events: IncidentEvent[] = [];
  for (const before of [...input.incidents, ...fresh]) {
    const { incident, event } = step(before, findings.get(incidentKey(before)), input, policy);
    if (incident === undefined) continue;
    incidents.push(incident);
    if (event !== undefined) events.push(eventOf(incident, event.kind, input.now, event.note));
  }
  return { incidents, events };
}

/** Someone takes it: told again when its severity rises or its phones double. Undefined when there is nothing to take. */
export function acknowledgeIncident(
  incident: Incident,
  by: { readonly who: string; readonly note?: string },
  now: number,
): { incident: Incident; event: IncidentEvent } | undefined {
  if (!isActive(incident)) return undefined;
  const acknowledged = { severity: incident.severity, phones: incident.affectedPhones.length };
  const after: Incident = {
    ...incident,
    state: "acknowledged",
    owner: by.who,
    ...(by.note === undefined ? {} : { note: by.note }),
    watch: { ...incident.watch, acknowledged },
  };
  const event = { ...eventOf(after, "acknowledged", now, by.note), who: by.who };
  return { incident: after, event };
}

function incidentKey(about: { readonly subject: Subject; readonly rule: string }): string {
  return `${about.rule} ${about.subject}`;
}

function suspect(finding: Finding, input: IncidentFoldInput): Incident {
  return {
    ...contentOf(finding),
    id: input.newId(),
    tenant: input.site.tenant,
    site: input.site.site,
    subject: finding.subject,
    rule: finding.rule,
    state: "suspected",
    since: input.now,
    unknown: false,
    flapping: false,
    watch: { looks: [], lookedAt: 0, changes: [] },
  };
}

function contentOf(finding: Finding): Pick<Incident, ContentField> {
  const { severity, cause, layer, sentence, remedy, confidence, because, consequences } = finding;
  const affectedPhones = phonesOf(finding);
  return { severity, cause, layer, sentence, remedy, confidence, because, consequences, affectedPhones };
}

type ContentField =
  | "severity"
  | "cause"
  | "layer"
  | "sentence"
  | "remedy"
  | "confidence"
  | "because"
  | "consequences"
  | "affectedPhones";

function phonesOf(finding: Finding): string[] {
  const subjects = [finding.subject, ...finding.affects];
  const phones = subjects.filter((subject) => subject.startsWith("phone:"));
  return [...new Set(phones.map((subject) => subject.slice("phone:".length)))].toSorted();
}

function step(
  before: Incident,
  finding: Finding | undefined,
  input: IncidentFoldInput,
  policy: IncidentPolicy,
): Step {
  const sight = sightOf(finding ?? before, input.sightings) ?? unseen(finding);
  if (sight === undefined) return gone(before, input.now, policy);
  if (!sight.known) return blind(before);
  const watch = look(before.watch, finding === undefined ? "good" : "bad", sight, input.now, policy);
  const content = finding === undefined ? {} : contentOf(finding);
  const seen: Incident = { ...before, ...content, unknown: false, watch };
  return withFlapping(decide(seen, finding !== undefined, input.now, policy), input.now, policy);
}

/** A finding whose proof stands in no observation of the site is the diagnosis' own word, as of its own time. */
function unseen(finding: Finding | undefined): Sight | undefined {
  if (finding === undefined) return undefined;
  return { known: true, lookedAt: Math.max(finding.at, ...finding.because.map((proof) => proof.at)) };
}

/** Nobody looks: no look is counted, and no time either, or an hour of silence would read as an hour of good. */
function blind(before: Incident): Step {
  if (before.state === "suspected") return { incident: undefined };
  const { badSince: _bad, goodSince: _good, ...watch } = before.watch;
  return { incident: { ...before, unknown: true, watch } };
}

function gone(before: Incident, now: number, policy: IncidentPolicy): Step {
  if (before.state === "suspected") return { incident: undefined };
  if (now - Math.max(before.watch.lookedAt, before.since) < policy.goneAfter) return blind(before);
  return close(before, now, "its subject is no longer observed");
}

function look(before: IncidentWatch, verdict: Look, sight: Sight, now: number, policy: IncidentPolicy) {
  const fresh = sight.lookedAt > before.lookedAt;
  const looks = fresh ? [...before.looks, verdict].slice(-policy.openOf) : before.looks;
  const { badSince, goodSince, ...rest } = before;
  const since = verdict === "bad" ? { badSince: badSince ?? now } : { goodSince: goodSince ?? now };
  return { ...rest, ...since, looks, lookedAt: Math.max(sight.lookedAt, before.lookedAt) };
}

function decide(seen: Incident, bad: boolean, now: number, policy: IncidentPolicy): Step {
  switch (seen.state) {
    case "suspected":
      if (bad && isBad(seen.watch, now, policy)) return change(seen, "open", "opened", now);
      return { incident: !bad && isGood(seen.watch, now, policy) ? undefined : seen };
    case "open":
    case "acknowledged":
      if (!bad && isGood(seen.watch, now, policy)) return clear(seen, now);
      return worsened(seen) ? tellAgain(seen) : { incident: seen };
    case "cleared":
      if (bad && isBad(seen.watch, now, policy)) return reopen(seen, now);
      return !bad && now - (seen.clearedAt ?? now) >= policy.closeAfter
        ? close(seen, now)
        : { incident: seen };
    case "closed":
      return { incident: undefined };
  }
}

function isBad(watch: IncidentWatch, now: number, policy: IncidentPolicy): boolean {
  const bad = watch.looks.filter((verdict) => verdict === "bad").length;
  return bad >= policy.openLooks || now - (watch.badSince ?? now) >= policy.openAfter;
}

function isGood(watch: IncidentWatch, now: number, policy: IncidentPolicy): boolean {
  const newest = watch.looks.slice(-policy.clearLooks);
  const enough = newest.length === policy.clearLooks && newest.every((verdict) => verdict === "good");
  return enough || now - (watch.goodSince ?? now) >= policy.clearAfter;
}

/** Looks start anew with each change of state, so that what led to one change can't lead to the next. */
function change(seen: Incident, state: "open" | "cleared", kind: IncidentEventKind, now: number): Step {
  const watch = { ...seen.watch, looks: [], changes: [...seen.watch.changes, now] };
  return { incident: { ...seen, state, watch }, event: { kind } };
}

function clear(seen: Incident, now: number): Step {
  return change({ ...seen, clearedAt: now }, "cleared", "cleared", now);
}

function reopen(seen: Incident, now: number): Step {
  const { clearedAt: _cleared, ...rest } = seen;
  const { acknowledged: _acknowledged, ...watch } = seen.watch;
  return change({ ...rest, watch }, "open", "reopened", now);
}

function close(seen: Incident, now: number, note?: string): Step {
  const event = { kind: "closed" as const, ...(note === undefined ? {} : { note }) };
  return { incident: { ...seen, state: "closed", closedAt: now }, event };
}

function worsened(incident: Incident): boolean {
  const then = incident.watch.acknowledged;
  if (incident.state !== "acknowledged" || then === undefined) return false;
  const more = incident.affectedPhones.length >= Math.max(2, then.phones * 2);
  return more || severityRank(incident.severity) < severityRank(then.severity);
}

function tellAgain(incident: Incident): Step {
  const { acknowledged: _acknowledged, ...watch } = incident.watch;
  const note = `worse than when it was acknowledged: ${incident.severity}, ${incident.affectedPhones.length} phones`;
  return { incident: { ...incident, state: "open", watch }, event: { kind: "reopened", note } };
}

function withFlapping(done: Step, now: number, policy: IncidentPolicy): Step {
  if (done.incident === undefined) return done;
  const { watch, flapping } = done.incident;
  const changes = watch.changes.filter((at) => now - at < policy.flapWindow);
  const unstable = changes.length >= policy.flapChanges || (flapping && changes.length > 0);
  return { ...done, incident: { ...done.incident, flapping: unstable, watch: { ...watch, changes } } };
}

function eventOf(incident: Incident, event: IncidentEventKind, at: number, note?: string): IncidentEvent {
  const { tenant, id, severity } = incident;
  return { tenant, incident: id, at, event, severity, ...(note === undefined ? {} : { note }) };
}
