const bars = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** Where the row's lowest bar stands, and up to where the highest reaches at least: small swings then stay small. */
export interface SparklineScale {
  readonly from: number;
  readonly atLeast: number;
}

/**
 * The numbers as a row of bars, one each or, where they are more than the width, the mean of neighbours. Without a scale the
 * row spans its own range, and numbers that are all the same stand in the middle.
 */
export function sparkline(values: readonly number[], width: number, scale?: SparklineScale): string {
  const shown = values.length <= width ? values : gathered(values, width);
  const low = scale?.from ?? shown.reduce((a, b) => Math.min(a, b), Infinity);
  const high = shown.reduce((a, b) => Math.max(a, b), scale?.atLeast ?? -Infinity);
  return shown.map((value) => barOf(value, low, high)).join("");
}

function barOf(value: number, low: number, high: number): string {
  if (high === low) return bars[3];
  return bars[Math.max(0, Math.round(((value - low) / (high - low)) * (bars.length - 1)))] ?? bars[0];
}

function gathered(values: readonly number[], width: number): number[] {
  return Array.from({ length: width }, (_, column) => {
    const from = Math.floor((column * values.length) / width);
    const part = values.slice(from, Math.max(from + 1, Math.floor(((column + 1) * values.length) / width)));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}
