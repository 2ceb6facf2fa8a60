import type { Observation } from "../../protocol/observation.ts";

interface Kept {
  readonly observation: Observation;
  readonly plan: string;
}

/** The latest observation of every (subject, key): what the diagnosis judges. */
export class Latest {
  readonly #kept = new Map<string, Kept>();

  put(plan: string, observations: Iterable<Observation>): void {
    for (const observation of observations)
      this.#kept.set(`${observation.subject}\n${observation.key}`, { observation, plan });
  }

  has(subject: string, key: string): boolean {
    return this.#kept.has(`${subject}\n${key}`);
  }

  all(): Observation[] {
    return [...this.#kept.values()].map(({ observation }) => observation);
  }

  /** Forgets what plans that are no more have seen, and what is older than `before`. */
  prune(plans: ReadonlySet<string>, before: number): void {
    for (const [name, { observation, plan }] of this.#kept)
      if (!plans.has(plan) || observation.at < before) this.#kept.delete(name);
  }
}
