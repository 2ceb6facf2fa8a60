import type { Observation, Subject } from "../../protocol/observation.ts";
import { observerOf } from "../../protocol/observe.ts";
import { mosOf } from "./call-observations.ts";
import type { ReceivedReport } from "./quality-collector.ts";

interface Call {
  readonly at: number;
  readonly id: string;
  /** Of the end that heard worse; absent: no end estimated one. */
  readonly mos?: number;
}

const hour = 3_600_000;
const mostPhones = 5000;
const mostCalls = 500;

/** The calls of the last hour of each phone, by its reports at their end. */
export class CallsOfHour {
  readonly #calls = new Map<Subject, Call[]>();
  readonly #poorBelow: number;

  /** @param poorBelow a call with a MOS below this, at either end, sounded poor */
  constructor(poorBelow: number) {
    this.#poorBelow = poorBelow;
  }

  /** Only a session report ends a call; both ends of one phone's call are one. */
  add(received: ReceivedReport, subject: Subject): void {
    const { report, at } = received;
    if (report.kind !== "session") return;
    const both = [mosOf(report.local), mosOf(report.remote)].filter((each) => each !== undefined);
    const id = report.callId ?? `at ${at}`;
    const others = (this.#calls.get(subject) ?? []).filter((each) => each.id !== id);
    const call: Call = { at, id, ...(both.length === 0 ? {} : { mos: Math.min(...both) }) };
    this.#calls.delete(subject);
    this.#calls.set(subject, [...others, call].slice(-mostCalls));
    const [oldest] = this.#calls.keys();
    if (this.#calls.size > mostPhones && oldest !== undefined) this.#calls.delete(oldest);
  }

  /** Phones with calls in the hour before `now`. */
  subjects(now: number): Subject[] {
    for (const [subject, calls] of this.#calls) {
      const recent = calls.filter(({ at }) => at > now - hour);
      if (recent.length === 0) this.#calls.delete(subject);
      else if (recent.length < calls.length) this.#calls.set(subject, recent);
    }
    return [...this.#calls.keys()];
  }

  /** The roll-up of one phone; nothing when it had no call. */
  observations(subject: Subject, now: number): Observation[] {
    const calls = (this.#calls.get(subject) ?? []).filter(({ at }) => at > now - hour);
    if (calls.length === 0) return [];
    const observe = observerOf("quality", subject, now);
    const scores = calls.flatMap(({ mos }) => mos ?? []).toSorted((a, b) => a - b);
    const counted = observe("calls.hour", calls.length);
    if (scores.length === 0) return [counted];
    return [
      counted,
      observe("calls.hour.poor", scores.filter((mos) => mos < this.#poorBelow).length),
      observe("calls.hour.mos", medianOf(scores)),
      observe("calls.hour.mos.min", scores[0] ?? null),
    ];
  }
}

function medianOf(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
  return Number(median.toFixed(2));
}
