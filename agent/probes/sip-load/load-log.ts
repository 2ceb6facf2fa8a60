import type { SipResponse } from "../../../protocol/sip/message.ts";
import type { SipEnd } from "../../io/sip/sip-client.ts";

/** What became of the requests that left in one second of a run. */
export interface LoadSecond {
  readonly sent: number;
  /** After one sending. */
  readonly atOnce: number;
  /** After a repeat: the request or its answer was lost, or the server took longer than T1. */
  readonly repeated: number;
  readonly lost: number;
}

/** Counts the ends of one run's requests, each in the second in which it first left. */
export class LoadLog {
  readonly #from: number;
  readonly #seconds: LoadSecond[] = [];
  readonly #codes = new Map<string, number>();
  readonly #roundTrips: number[] = [];
  #answered = 0;
  #lastAnswerAt: number;
  #error: NodeJS.ErrnoException | undefined;
  #last: SipResponse | undefined;

  /** `from`: when the first may leave, ms of the clock of the ends. */
  constructor(from: number) {
    this.#from = from;
    this.#lastAnswerAt = from;
  }

  add({ response, sentAt, endedAt, error }: SipEnd): void {
    const first = sentAt[0] ?? this.#from;
    const index = Math.max(0, Math.floor((first - this.#from) / 1000));
    while (this.#seconds.length <= index) this.#seconds.push({ sent: 0, atOnce: 0, repeated: 0, lost: 0 });
    const fate = response === undefined ? "lost" : sentAt.length > 1 ? "repeated" : "atOnce";
    const second = this.#seconds[index];
    if (second !== undefined)
      this.#seconds[index] = { ...second, sent: second.sent + 1, [fate]: second[fate] + 1 };
    this.#error ??= error;
    if (response === undefined) return;
    const { code, reason } = response;
    const said = `${code} ${reason}`.trim();
    this.#codes.set(said, (this.#codes.get(said) ?? 0) + 1);
    this.#answered += 1;
    this.#lastAnswerAt = Math.max(this.#lastAnswerAt, endedAt);
    this.#last = response;
    if (fate === "atOnce") this.#roundTrips.push(endedAt - first);
  }

  get answered(): number {
    return this.#answered;
  }

  /** When the last answer came; before the first, when the run began. */
  get lastAnswerAt(): number {
    return this.#lastAnswerAt;
  }

  /** What ICMP said first. */
  get error(): NodeJS.ErrnoException | undefined {
    return this.#error;
  }

  get lastAnswer(): SipResponse | undefined {
    return this.#last;
  }

  get seconds(): readonly LoadSecond[] {
    return this.#seconds;
  }

  /** Answers by what they said, the most frequent first. */
  get codes(): readonly (readonly [said: string, answers: number])[] {
    return [...this.#codes].toSorted(([, a], [, b]) => b - a);
  }

  /** ms, sorted, of what was answered at once: of the others nobody knows which sending was answered. */
  roundTrips(): readonly number[] {
    return this.#roundTrips.toSorted((a, b) => a - b);
  }
}
