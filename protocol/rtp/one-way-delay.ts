import type { LoopedArrival } from "./loopback-figures.ts";
import { msOfNtp } from "./ntp-time.ts";
import { percentile } from "./percentile.ts";
import type { SenderInfo } from "./rtcp.ts";

export interface OneWayDelay {
  /** Medians, ms. */
  readonly forward: number;
  readonly reverse: number;
}

/**
 * Delay of each way of a looped stream, by the wall clocks of both hosts: a sender report of the mirror says what its outer
 * timestamps are on its wall clock, and its quickest turn-round, taken for none, ties the receive timestamps to those. It is as
 * true as the clocks are. `epoch`: ms to add to our times to have ms since 1970.
 */
export function oneWayDelay(
  arrivals: readonly LoopedArrival[],
  sentAt: readonly number[],
  { report, clock, epoch }: { readonly report: SenderInfo; readonly clock: number; readonly epoch: number },
): OneWayDelay | undefined {
  const [first] = arrivals;
  if (first === undefined) return undefined;
  const turns = arrivals.map((each) => (each.outerTimestamp - each.receiveTimestamp) | 0);
  const origin = turns[0] ?? 0;
  const least = turns.reduce((best, turn) => Math.min(best, (turn - origin) | 0), 0) + origin;
  const wall = (timestamp: number) =>
    msOfNtp(report, epoch + first.at) + (((timestamp - report.timestamp) | 0) * 1000) / clock;
  const forward = arrivals.flatMap(({ index, receiveTimestamp }) => {
    const left = sentAt[index];
    return left === undefined ? [] : [wall(receiveTimestamp + least) - left - epoch];
  });
  const reverse = arrivals.map(({ at, outerTimestamp }) => at + epoch - wall(outerTimestamp));
  const middle = (values: readonly number[]) =>
    percentile(
      values.toSorted((a, b) => a - b),
      50,
    );
  const [there, back] = [middle(forward), middle(reverse)];
  return there === undefined || back === undefined ? undefined : { forward: there, reverse: back };
}
