/** What is remembered of one server between looks; times of the clock's `mono`, ms. */
interface Fared {
  answeredAt: number;
  refusedAt: readonly number[];
}

/** Servers, and refusals of each, that are remembered at most. */
const most = { servers: 1000, refusals: 100 };
const hour = 3_600_000;

/** What silence follows upon: a ban is known by what went before it (row R8 of the matrix). */
export interface Before {
  /** Since the last answer, s. */
  readonly lastAnswer: number;
  /** Logins refused in the hour before that answer and since. */
  readonly refusals: number;
}

/** How servers answered this process before: only a program that goes on, as the agent does, has such a past. */
export class AnswerHistory {
  readonly #servers = new Map<string, Fared>();

  /** A final answer; `refused`: it was a login's refusal. */
  answered(address: string, now: number, refused: boolean): void {
    const fared = this.#servers.get(address) ?? { answeredAt: now, refusedAt: [] };
    this.#servers.delete(address);
    this.#servers.set(address, fared);
    fared.answeredAt = now;
    if (refused) fared.refusedAt = [...fared.refusedAt, now].slice(-most.refusals);
    const oldest = this.#servers.keys().next().value;
    if (this.#servers.size > most.servers && oldest !== undefined) this.#servers.delete(oldest);
  }

  /** Undefined: it never answered. */
  before(address: string, now: number): Before | undefined {
    const fared = this.#servers.get(address);
    if (fared === undefined) return undefined;
    const since = fared.answeredAt - hour;
    return {
      lastAnswer: Math.round((now - fared.answeredAt) / 1000),
      refusals: fared.refusedAt.filter((at) => at >= since).length,
    };
  }
}

/** One for all SIP probes of this process: one logs in, another notices the silence. */
export const answerHistory = new AnswerHistory();
