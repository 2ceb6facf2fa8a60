/** First and last octet, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * One range of RFC 9110 section 14.1.2 (`bytes=0-499`, `bytes=500-`, `bytes=-500`) in a body of `length`.
 * Absent: serve all (no header, another unit, several ranges, garbage). `outside`: 416.
 */
export function readByteRange(header: string | undefined, length: number): ByteRange | "outside" | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? "");
  const from = match?.[1] ?? "";
  const to = match?.[2] ?? "";
  if (from === "" && to === "") return undefined;
  if (from === "") {
    const suffix = Math.min(Number(to), length);
    return suffix === 0 ? "outside" : { first: length - suffix, last: length - 1 };
  }
  const first = Number(from);
  if (to !== "" && Number(to) < first) return undefined;
  if (first >= length) return "outside";
  return { first, last: to === "" ? length - 1 : Math.min(Number(to), length - 1) };
}
