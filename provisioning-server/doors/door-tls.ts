import { createHash, hkdfSync } from "node:crypto";
import { DEFAULT_CIPHERS, type SecureContextOptions, type TlsOptions } from "node:tls";
import type { Maker } from "./maker.ts";

/** PEM. `ca` is served to everybody. */
export interface DoorCertificate {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  /** Offered beside: for phones that know no ECDSA. */
  readonly rsa?: { readonly cert: string; readonly key: string; readonly ca: string };
}

export interface DoorTls {
  readonly certificate: DoorCertificate;
  /** Whose phones' certificates count; with one or more the door asks for certificates (never insists). */
  readonly makers?: readonly Maker[];
  /** Sessions are resumed by every process and every start that has the same secret. */
  readonly ticketSecret?: Uint8Array;
}

/**
 * Who can, takes the ECDSA certificate: OpenSSL chooses by cipher first in TLS 1.2, and a phone that trusts our ECDSA
 * authority alone would else be shown the RSA one. Without (EC)DHE there is no forward secrecy.
 */
const ciphers = `ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:${DEFAULT_CIPHERS}:!kRSA`;

const day = 86_400_000;

/** What TLS is told, at start and again by {@link SecureContextOptions} when something of it is new. */
export function tlsOptions(tls: DoorTls, now: number): SecureContextOptions & TlsOptions {
  const { cert, key, rsa } = tls.certificate;
  const { makers = [], ticketSecret } = tls;
  return {
    cert: rsa === undefined ? cert : [cert, rsa.cert],
    key: rsa === undefined ? key : [key, rsa.key],
    minVersion: "TLSv1.2",
    ciphers,
    // Node's own is two minutes: long enough to hold thousands of half handshakes.
    handshakeTimeout: 10_000,
    // A session of other makers' rules is not resumed.
    sessionIdContext: contextOf(makers),
    ...(ticketSecret === undefined ? {} : { ticketKeys: ticketKeys(ticketSecret, now) }),
    // A phone without a certificate is let in to say what else it has.
    ...(makers.length === 0
      ? {}
      : { ca: makers.map(({ ca }) => ca), requestCert: true, rejectUnauthorized: false }),
  };
}

/** Another key each day (RFC 5077 section 5.5), the same in every process. */
function ticketKeys(secret: Uint8Array, now: number): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", `offhook tickets ${Math.floor(now / day)}`, 48));
}

function contextOf(makers: readonly Maker[]): string {
  const words = JSON.stringify(makers.map(({ vendor, ca }) => [vendor, ca]));
  return createHash("sha256").update(`offhook ${words}`).digest("hex").slice(0, 32);
}
