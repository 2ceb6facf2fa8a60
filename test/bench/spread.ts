export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** @throws when there is nothing to take the spread of. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const min = sorted[0];
  const max = sorted.at(-1);
  const low = sorted[(sorted.length - 1) >> 1];
  const high = sorted[sorted.length >> 1];
  if (min === undefined || max === undefined || low === undefined || high === undefined)
    throw new Error("a spread of no values");
  return { min, median: (low + high) / 2, max };
}
