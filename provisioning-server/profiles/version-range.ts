/** `96.86.0.15` → [96, 86, 0, 15], without the numbers that name the hardware. */
function numbers(version: string, skip: number): number[] {
  return (version.match(/\d+/g) ?? []).map(Number).slice(skip);
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

/**
 * Whether a firmware is in a range such as `>=81 <86.20`. Of an unknown firmware we take that it is the newest: in every
 * range that has no upper end. `skip`: leading numbers of the firmware that name its hardware line (vendor.json).
 */
export function inVersionRange(range: string, firmware: string | undefined, skip: number): boolean {
  return range.split(" ").every((bound) => {
    const lower = bound.startsWith(">=");
    if (firmware === undefined) return lower;
    const order = compare(numbers(firmware, skip), numbers(bound, 0));
    return lower ? order >= 0 : order < 0;
  });
}

/** Below zero where `a` is the older one; numbers alone count, whatever stands between them. */
export function compareVersions(a: string, b: string): number {
  return compare(numbers(a, 0), numbers(b, 0));
}
