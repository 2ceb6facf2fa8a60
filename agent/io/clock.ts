import { setTimeout as sleepFor } from "node:timers/promises";

/** The clock is an argument: probes and loops take it from here, tests hand in their own. */
export interface Clock {
  /** Wall clock, ms since 1970. */
  now(): number;
  /** Monotonic, ms; for intervals and round-trip times. */
  mono(): number;
  /** @throws AbortError when the signal ends the wait. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  mono: () => performance.now(),
  async sleep(ms, signal) {
    await sleepFor(ms, undefined, signal === undefined ? {} : { signal });
  },
};
