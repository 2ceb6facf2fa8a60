import type { Clock } from "../../../agent/io/clock.ts";

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that stands still until the test says how much time passes. */
export class HandClock implements Clock {
  #mono = 0;
  #sleepers: Sleeper[] = [];
  readonly #start: number;

  constructor(start = new Date(2026, 5, 1, 10).getTime()) {
    this.#start = start;
  }

  now(): number {
    return this.#start + this.#mono;
  }

  mono(): number {
    return this.#mono;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const sleeper = { until: this.#mono + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
        reject(signal.reason as Error);
      });
    });
  }

  /** Lets time pass, wakes who slept so long, and lets what follows from it happen. */
  async pass(ms: number): Promise<void> {
    this.#mono += ms;
    const awake = this.#sleepers.filter(({ until }) => until <= this.#mono);
    this.#sleepers = this.#sleepers.filter((each) => !awake.includes(each));
    for (const { wake } of awake) wake();
    await this.settle();
  }

  /** Lets all that is ready to run, run. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
}
