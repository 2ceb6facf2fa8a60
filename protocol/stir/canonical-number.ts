/** A telephone number as PASSporTs compare it (RFC 8224 8.3): digits alone, `*` and `#` kept, no plus, no separators. */
export function canonicalNumber(text: string): string {
  return text.replaceAll(/[^0-9*#]/g, "");
}
