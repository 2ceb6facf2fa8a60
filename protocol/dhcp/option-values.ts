// What the octets of an option say; undefined: not that.

/** One IPv4 address after the other. */
export function addressesIn(bytes: Uint8Array | undefined): string[] | undefined {
  if (bytes === undefined || bytes.length === 0 || bytes.length % 4 !== 0) return undefined;
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.subarray(4 * i, 4 * i + 4).join("."));
}

/** Text without control characters; servers end it with zeros, or not. */
export function textIn(bytes: Uint8Array | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const text = Buffer.from(bytes).toString("utf8").replace(/\0+$/, "").trim();
  return text === "" || /[\p{Cc}\p{Cf}\uFFFD]/u.test(text) ? undefined : text;
}

/** Of one, two or four octets. */
export function numberIn(bytes: Uint8Array | undefined): number | undefined {
  if (bytes === undefined || ![1, 2, 4].includes(bytes.length)) return undefined;
  return bytes.reduce((sum, octet) => sum * 256 + octet, 0);
}

/** Bits of a subnet mask; undefined also where its ones are not in a row. */
export function prefixLengthIn(bytes: Uint8Array | undefined): number | undefined {
  if (bytes === undefined || bytes.length !== 4) return undefined;
  const bits = [...bytes].map((octet) => octet.toString(2).padStart(8, "0")).join("");
  return /^1*0*$/.test(bits) ? bits.replaceAll("0", "").length : undefined;
}

/** Codes, lengths and values inside of an option, as in 43 (RFC 2132 section 8.4); all of it must fit. */
export function subOptionsIn(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> | undefined {
  const found = new Map<number, Uint8Array>();
  for (let at = 0; at < bytes.length;) {
    const [code = 0, length] = bytes.subarray(at, at + 2);
    if (code === 255) break;
    if (code === 0) {
      at += 1;
      continue;
    }
    if (length === undefined || at + 2 + length > bytes.length) return undefined;
    found.set(code, bytes.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return found.size === 0 ? undefined : found;
}

/** Option 125 (RFC 3925 section 4): a maker's number, a length, and sub-options; each with its maker. */
export function vendorOptionsIn(
  bytes: Uint8Array,
): { readonly enterprise: number; readonly code: number; readonly value: Uint8Array }[] | undefined {
  const found: { enterprise: number; code: number; value: Uint8Array }[] = [];
  for (let at = 0; at < bytes.length;) {
    const enterprise = numberIn(bytes.subarray(at, at + 4));
    const length = bytes[at + 4];
    if (enterprise === undefined || length === undefined || at + 5 + length > bytes.length) return undefined;
    const inner = subOptionsIn(bytes.subarray(at + 5, at + 5 + length)) ?? new Map<number, Uint8Array>();
    for (const [code, value] of inner) found.push({ enterprise, code, value });
    at += 5 + length;
  }
  return found;
}

/** Option 120 (RFC 3361): 0 and names in the form of DNS, or 1 and addresses. */
export function sipServersIn(bytes: Uint8Array): string[] | undefined {
  if (bytes[0] === 1) return addressesIn(bytes.subarray(1));
  return bytes[0] === 0 ? domainNamesIn(bytes.subarray(1)) : undefined;
}

/** Names in the form of DNS, without pointers (RFC 3361 section 3.1). */
function domainNamesIn(bytes: Uint8Array): string[] | undefined {
  const names: string[] = [];
  let labels: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes[at] ?? 0;
    at += 1;
    if (length === 0) {
      names.push(labels.join("."));
      labels = [];
      continue;
    }
    const label = length > 63 ? undefined : textIn(bytes.subarray(at, at + length));
    if (label === undefined || at + length > bytes.length) return undefined;
    labels.push(label);
    at += length;
  }
  return labels.length > 0 || names.length === 0 ? undefined : names;
}
