/** Arcs of an object identifier. Text form is dotted, without a leading dot: `1.3.6.1.2.1.1.3.0`. */
export type Arcs = readonly number[];

/** RFC 2578 section 3.5: at most 128 arcs, each below 2^32. */
export const maxArcs = 128;
export const arcLimit = 2 ** 32;

/** @throws when the text is no OID: OIDs come from our own code and checked data, so this is our bug. */
export function parseOid(text: string): number[] {
  const arcs = text.split(".").map(Number);
  const sound = arcs.every((arc) => Number.isInteger(arc) && arc >= 0 && arc < arcLimit);
  if (!sound || arcs.length < 2 || arcs.length > maxArcs) throw new Error(`not an OID: ${text}`);
  return arcs;
}

/** Lexicographic order of SNMP: negative when `a` comes first, 0 when equal. */
export function compareArcs(a: Arcs, b: Arcs): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Whether `oid` lies below `root` (and is not the root itself). */
export function isBelow(root: Arcs, oid: Arcs): boolean {
  if (oid.length <= root.length) return false;
  // From the end: neighbours in the tree differ there first.
  for (let i = root.length - 1; i >= 0; i--) if (oid[i] !== root[i]) return false;
  return true;
}
