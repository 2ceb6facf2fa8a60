import type { Observation, Subject } from "../../protocol/observation.ts";
import type { NocAgent, SeenObservation } from "./sources.ts";

/** Whether anyone who is still heard looks at a fact, and when it was last looked at. */
export interface Sight {
  readonly known: boolean;
  readonly lookedAt: number;
}

/** Who looks at what, of one site. */
export interface Sightings {
  of(subject: Subject, key: string): Sight | undefined;
  subject(subject: Subject): Sight | undefined;
}

export type AgentState = "online" | "late" | "silent" | "away" | "revoked" | "never";

/** When an agent counts as late and as silent, ms since it was last heard. */
export interface AgentPolicy {
  readonly lateAfter: number;
  readonly silentAfter: number;
}

export const defaultAgentPolicy: AgentPolicy = { lateAfter: 150_000, silentAfter: 360_000 };

export function agentState(agent: NocAgent, now: number, policy: AgentPolicy): AgentState {
  if (agent.revoked === true) return "revoked";
  if (agent.lastHeard === undefined) return "never";
  const quiet = now - agent.lastHeard;
  if (quiet > policy.lateAfter && (agent.awayUntil ?? 0) > now) return "away";
  if (quiet > policy.silentAfter) return "silent";
  return quiet > policy.lateAfter ? "late" : "online";
}

/** The agents whose word still counts. */
export function heardAgents(agents: readonly NocAgent[], now: number, policy: AgentPolicy): Set<string> {
  const heard = agents.filter((agent) => ["online", "late"].includes(agentState(agent, now, policy)));
  return new Set(heard.map((agent) => agent.id));
}

/** The server's own observations (no agent) are always known; an agent's only while it is heard. */
export function sightingsOf(seen: readonly SeenObservation[], heard: ReadonlySet<string>): Sightings {
  const facts = new Map<string, Sight>();
  const subjects = new Map<Subject, Sight>();
  for (const { observation, agent } of seen) {
    const sight = { known: agent === undefined || heard.has(agent), lookedAt: observation.at };
    join(facts, factKey(observation.subject, observation.key), sight);
    join(subjects, observation.subject, sight);
  }
  return {
    of: (subject, key) => facts.get(factKey(subject, key)),
    subject: (subject) => subjects.get(subject),
  };
}

/**
 * How well the proof of a judgement is watched: known only when everyone who gave a part of it is still heard, because
 * a part that can no longer change can neither confirm nor clear. Undefined when nothing of it is observed any more.
 */
export function sightOf(
  about: { readonly subject: Subject; readonly because: readonly Observation[] },
  sightings: Sightings,
): Sight | undefined {
  const parts = about.because
    .map((proof: Observation) => sightings.of(proof.subject, proof.key))
    .filter((sight) => sight !== undefined);
  if (parts.length === 0) return sightings.subject(about.subject);
  return {
    known: parts.every((sight) => sight.known),
    lookedAt: Math.max(...parts.map((sight) => sight.lookedAt)),
  };
}

function factKey(subject: Subject, key: string): string {
  return `${key} ${subject}`;
}

function join(map: Map<string, Sight>, key: string, sight: Sight): void {
  const before = map.get(key);
  if (before === undefined || (sight.known && !before.known)) map.set(key, sight);
  else if (sight.known === before.known)
    map.set(key, { known: sight.known, lookedAt: Math.max(before.lookedAt, sight.lookedAt) });
}
