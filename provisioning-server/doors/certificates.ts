export interface Certificates {
  /** The CA's certificate, for phones and agents to trust. */
  readonly caPem: string;
  /** The server's certificate and key, PEM. */
  readonly cert: string;
  readonly key: string;
  /** base64url SHA-256 of the server's public key (SPKI); stays the same over renewals. */
  readonly spkiPin: string;
  /** End of the server's certificate, ms since 1970. */
  readonly notAfter: number;
}

/** Makes what is missing in `folder` and renews what ends within 30 days or is for other names. */
export async function ensureCertificates(_options: {
  readonly folder: string;
  readonly names: readonly string[];
  readonly now: number;
}): Promise<Certificates> {
  throw new Error("not built yet");
}
