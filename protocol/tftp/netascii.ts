// Netascii (RFC 1350 section 2, after RFC 764): a line ends with CR LF, and a CR that is no line end is CR NUL.
// Inside, lines end with LF.

const lf = 10;
const cr = 13;

export function encodeNetascii(bytes: Uint8Array): Uint8Array {
  let extra = 0;
  for (const octet of bytes) if (octet === lf || octet === cr) extra += 1;
  const out = new Uint8Array(bytes.length + extra);
  let at = 0;
  for (const octet of bytes) {
    if (octet === lf) out[at++] = cr;
    out[at++] = octet;
    if (octet === cr) out[at++] = 0;
  }
  return out;
}

/** Reads what `encodeNetascii` wrote; a CR before any other octet is kept as it is. */
export function readNetascii(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const octet = bytes[at] ?? 0;
    const next = bytes[at + 1];
    const pair = octet === cr && (next === lf || next === 0);
    out[length++] = pair && next === lf ? lf : octet;
    if (pair) at += 1;
  }
  return out.subarray(0, length);
}
