import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import type { Incidents } from "../store/incidents.ts";
import type { Incident, IncidentEvent } from "./incident.ts";
import { type IncidentPolicy, acknowledgeIncident, foldIncidents } from "./incidents.ts";
import { type AgentPolicy, heardAgents, sightingsOf } from "./sightings.ts";
import type { NocAgent, NocSources, SiteRef } from "./sources.ts";

export interface IncidentBoardParts {
  readonly sources: NocSources;
  readonly incidents: Incidents;
  readonly policy: IncidentPolicy;
  readonly agentPolicy: AgentPolicy;
  readonly now: () => number;
  readonly newId: () => string;
  /** After they are stored: counts them, tells the page. */
  readonly onEvents: (events: readonly IncidentEvent[]) => void;
}

const mostLeftOut = 6;

/** Looks at every site, folds what it finds into incidents, and stores them. One per store: the lease holder's. */
export class IncidentBoard {
  readonly #parts: IncidentBoardParts;
  readonly #suspected = new Map<string, readonly Incident[]>();
  /** One fold or acknowledgement of the store's incidents at a time, or one would overwrite the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: IncidentBoardParts) {
    this.#parts = parts;
  }

  /** One look at every site. Between two of them whoever waits for the process gets a turn: phones above all. */
  async look(): Promise<void> {
    const agents = await this.#parts.sources.agents();
    for (const { tenant, id } of await this.#parts.sources.sites()) {
      await this.#inTurn(() => this.#lookAt({ tenant, site: id }, agents));
      await nextTurn();
    }
  }

  /**
   * Looks every `everyMs` until aborted; what a look throws goes to `onError` and the next look comes all the same. While
   * `mayLook` says no, a look is left out, though never more than six in a row.
   */
  async run(
    everyMs: number,
    signal: AbortSignal,
    onError: (error: unknown) => void,
    mayLook: () => boolean = () => true,
  ): Promise<void> {
    let leftOut = 0;
    while (!signal.aborted) {
      leftOut = mayLook() || leftOut >= mostLeftOut ? 0 : leftOut + 1;
      if (leftOut === 0) await this.look().catch(onError);
      await wait(everyMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Undefined when there is no such incident, or nothing to acknowledge any more. */
  acknowledge(
    tenant: string,
    id: string,
    by: { readonly who: string; readonly note?: string },
  ): Promise<Incident | undefined> {
    return this.#inTurn(async () => {
      const before = await this.#parts.incidents.find(tenant, id);
      const done = before && acknowledgeIncident(before, by, this.#parts.now());
      if (done === undefined) return undefined;
      await this.#store([done.incident], [done.event]);
      return done.incident;
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #lookAt(site: SiteRef, agents: readonly NocAgent[]): Promise<void> {
    const { sources, incidents, policy, agentPolicy, newId } = this.#parts;
    const now = this.#parts.now();
    const key = `${site.tenant}/${site.site}`;
    const [seen, stored] = await Promise.all([sources.observations(site), incidents.unclosed(site)]);
    const findings = await sources.findings(site, now, seen);
    const sightings = sightingsOf(seen, heardAgents(agents, now, agentPolicy));
    const before = [...stored, ...(this.#suspected.get(key) ?? [])];
    const fold = foldIncidents({ site, incidents: before, findings, sightings, now, newId }, policy);
    this.#suspected.set(
      key,
      fold.incidents.filter((incident) => incident.state === "suspected"),
    );
    const told = fold.incidents.filter((incident) => incident.state !== "suspected");
    const texts = new Set(stored.map((incident) => JSON.stringify(incident)));
    const changed = told.filter((incident) => !texts.has(JSON.stringify(incident)));
    await this.#store(changed, fold.events);
  }

  async #store(incidents: readonly Incident[], events: readonly IncidentEvent[]): Promise<void> {
    await this.#parts.incidents.save(incidents, events);
    if (events.length > 0) this.#parts.onEvents(events);
  }
}
