/** `EF (46)`, `AF31 (26)`, `CS3 (24)`, or the number alone: names of RFC 2474, 2597, 3246, 5865 and 8622. */
export function markName(dscp: number): string {
  const name = single.get(dscp) ?? classOf(dscp);
  return name === undefined ? String(dscp) : `${name} (${dscp})`;
}

const single: ReadonlyMap<number, string> = new Map([
  [0, "none"],
  [1, "LE"],
  [44, "VOICE-ADMIT"],
  [46, "EF"],
]);

function classOf(dscp: number): string | undefined {
  const [group, drop] = [dscp >> 3, dscp & 7];
  if (drop === 0) return `CS${group}`;
  return group >= 1 && group <= 4 && (drop === 2 || drop === 4 || drop === 6)
    ? `AF${group}${drop / 2}`
    : undefined;
}
