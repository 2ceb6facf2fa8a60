import type { TimedReading } from "./listening.ts";
import { modeOf, type Reading } from "./reading.ts";

/** What makes two readings of one kind: quantity, coupling, and the keys that change what the number means. */
export function kindOf(reading: Reading): string {
  const { auto, hold, min, max, relative, modes } = reading;
  // The battery's symbol comes and goes near its limit and changes no number.
  return [modeOf(reading), auto, hold, min, max, relative, ...modes].join(" ");
}

/** The last readings of one kind: a turn of the knob or a key begins a new run. */
export function lastRun(readings: readonly TimedReading[]): readonly TimedReading[] {
  const last = readings.at(-1);
  if (last === undefined) return [];
  const kind = kindOf(last.reading);
  const turn = readings.findLastIndex(({ reading }) => kindOf(reading) !== kind);
  return readings.slice(turn + 1);
}

/** The middle of the numbers; of an even number, halfway between the two in the middle. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [below, above] = [sorted[middle - 1], sorted[middle]];
  if (above === undefined) return undefined;
  return sorted.length % 2 === 1 || below === undefined ? above : (below + above) / 2;
}

/** The usual time between two readings, ms; undefined before there are two. */
export function usualGap(readings: readonly TimedReading[]): number | undefined {
  return median(readings.slice(1).map(({ at }, index) => at - (readings[index]?.at ?? at)));
}

export interface Summary {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly count: number;
}

/** Smallest, largest and mean of what has a number. */
export function summaryOf(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined;
  let [min, max, sum] = [Infinity, -Infinity, 0];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
  }
  return { min, max, mean: sum / values.length, count: values.length };
}
