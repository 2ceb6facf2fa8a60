/** The protections of RFC 4568 6.2 that desk phones speak: AES-128 in counter mode, HMAC-SHA1 of 80 or 32 bits. */
export const srtpSuites = {
  AES_CM_128_HMAC_SHA1_80: { tag: 10 },
  AES_CM_128_HMAC_SHA1_32: { tag: 4 },
} as const satisfies Record<string, { readonly tag: number }>;

export type SrtpSuite = keyof typeof srtpSuites;

/** SRTCP's tag is 80 bits long, whatever the suite (RFC 4568 6.2). */
export const srtcpTag = 10;

/** Octets of a master key and its salt. */
export const masterKeyLength = 16;
export const masterSaltLength = 14;

/** What one side protects with; each direction has its own. Never logged. */
export interface SrtpMaster {
  readonly suite: SrtpSuite;
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
}

export function isSrtpSuite(name: string): name is SrtpSuite {
  return Object.hasOwn(srtpSuites, name);
}
