/** When one plan was asked for out of its turn, and when it last ran so; ms since 1970. */
interface Hurry {
  /** Undefined: nothing waits. */
  readonly dueAt: number | undefined;
  readonly ranAt: number | undefined;
  /** Once more, so long after it ran, ms. */
  readonly again: number | undefined;
}

export interface HurryPace {
  /** From the first event to the run: what follows at once comes along. */
  readonly settle: number;
  /** Between two runs out of turn, at least. */
  readonly apart: number;
  /** Once more, so long after the run: a phone that got power needs its time to announce itself. */
  readonly again?: number;
}

/**
 * Runs that events ask for, out of the schedule's turn. However many events come, a plan runs `settle` after the first one
 * and never twice within `apart`: a switch that sends trap after trap must not be asked without end.
 */
export class Hurries {
  readonly #plans = new Map<string, Hurry>();

  ask(plan: string, now: number, { settle, apart, again }: HurryPace): void {
    const { dueAt, ranAt } = this.#plans.get(plan) ?? {};
    const soonest = Math.max(now + settle, ranAt === undefined ? 0 : ranAt + apart);
    // A clock that was set back must not put it off for hours.
    const wanted = Math.min(soonest, now + settle + apart);
    this.#plans.set(plan, { dueAt: Math.min(dueAt ?? wanted, wanted), ranAt, again });
  }

  /** Those whose time has come and that can run now; a busy plan stays due. */
  take(now: number, isFree: (plan: string) => boolean): string[] {
    const ready = [...this.#plans].filter(
      ([plan, { dueAt }]) => dueAt !== undefined && dueAt <= now && isFree(plan),
    );
    for (const [plan, { again }] of ready) {
      const dueAt = again === undefined ? undefined : now + again;
      this.#plans.set(plan, { dueAt, ranAt: now, again: undefined });
    }
    return ready.map(([plan]) => plan);
  }

  /** Forgets plans that are no more. */
  keep(plans: ReadonlySet<string>): void {
    for (const plan of this.#plans.keys()) if (!plans.has(plan)) this.#plans.delete(plan);
  }
}
