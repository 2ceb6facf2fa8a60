const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** RFC 4648 section 6 in lower case, without padding: easy to read out and to type. */
export function base32(bytes: Uint8Array): string {
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  return (bits.match(/.{1,5}/g) ?? [])
    .map((group) => alphabet[Number.parseInt(group.padEnd(5, "0"), 2)] ?? "")
    .join("");
}
