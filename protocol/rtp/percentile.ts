/** The p-th percentile (0–100) of sorted values by nearest rank, or undefined of none. */
export function percentile(sorted: ArrayLike<number>, p: number): number | undefined {
  const rank = Math.ceil((p / 100) * sorted.length);
  return sorted[Math.max(0, rank - 1)];
}
