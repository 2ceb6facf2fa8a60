import type { Clock } from "./clock.ts";

/**
 * What makes ms since 1970 of a time of the monotonic clock, to a fraction of a millisecond where the wall clock itself only
 * has whole ones: both of them start together with the process, and a clock that was set since then is noticed.
 */
export function wallEpoch(clock: Pick<Clock, "now" | "mono">): number {
  // The wall clock cuts its milliseconds off: half of one is right on average.
  const now = clock.now() + 0.5 - clock.mono();
  return Math.abs(now - performance.timeOrigin) < setMs ? performance.timeOrigin : now;
}

const setMs = 2;
