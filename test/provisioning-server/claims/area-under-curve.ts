/**
 * How well a measured number tells two kinds apart: the chance that one of `a` is greater than one of `b`, ties half
 * (Mann and Whitney's U over the number of pairs), folded so that 0.5 is "not at all" and 1 "always".
 */
export function areaUnderCurve(a: readonly number[], b: readonly number[]): number {
  const all = [...a.map((value) => ({ value, first: true })), ...b.map((value) => ({ value, first: false }))];
  all.sort((x, y) => x.value - y.value);
  let rankSum = 0;
  for (let start = 0; start < all.length;) {
    let end = start;
    while (end < all.length && all[end]?.value === all[start]?.value) end += 1;
    const rank = (start + 1 + end) / 2;
    rankSum += rank * all.slice(start, end).filter(({ first }) => first).length;
    start = end;
  }
  const u = rankSum - (a.length * (a.length + 1)) / 2;
  const area = u / (a.length * b.length);
  return Math.max(area, 1 - area);
}
