/** An address as people write it: dotted for 4 octets, RFC 5952 for 16. */
export function printAddress(octets: Uint8Array): string {
  return octets.length === 4 ? octets.join(".") : printIpv6(octets);
}

/** RFC 5952 4: lower case, no leading zeros, the first of the longest runs of zeros as "::", never for one field. */
function printIpv6(octets: Uint8Array): string {
  const fields = Array.from(
    { length: 8 },
    (_, index) => ((octets[2 * index] ?? 0) << 8) | (octets[2 * index + 1] ?? 0),
  );
  const run = longestZeros(fields);
  const words = (from: number, to: number) =>
    fields
      .slice(from, to)
      .map((field) => field.toString(16))
      .join(":");
  if (run.length < 2) return words(0, 8);
  return `${words(0, run.start)}::${words(run.start + run.length, 8)}`;
}

function longestZeros(fields: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, field] of fields.entries()) {
    if (field !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}
