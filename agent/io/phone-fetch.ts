import type { TlsFacts } from "./stream.ts";

/** What a phone asks for: a URL (https, http or tftp), as this user agent. */
export interface PhoneFetch {
  readonly url: string;
  readonly userAgent?: string;
  /** PEM of the roots the phone trusts; absent: those of this system. */
  readonly ca?: string;
  /** The same, as a file to read. */
  readonly caFile?: string;
  /** A phone that checks certificates asks nothing of a server it cannot verify. Default true. */
  readonly checkCertificate?: boolean;
  /** For all of it, ms. */
  readonly timeout: number;
}

export interface PhoneFetchFailure {
  /** How far it came. */
  readonly stage: "name" | "connect" | "tls" | "answer";
  /** `ENOTFOUND`, `ECONNREFUSED`, `ETIMEDOUT`, OpenSSL's verdict, `TFTP 1` … */
  readonly code: string;
  readonly message: string;
}

export interface PhoneFetched {
  readonly door: "https" | "http" | "tftp";
  readonly host: string;
  readonly port: number;
  /** HTTP status; over TFTP 200 for a file and 404 for error 1. */
  readonly status?: number;
  readonly body?: Uint8Array;
  readonly bytes: number;
  readonly ms: number;
  readonly tls?: TlsFacts;
  readonly tlsNameMatch?: boolean;
  readonly failure?: PhoneFetchFailure;
}

export type FetchAsPhone = (what: PhoneFetch, signal: AbortSignal) => Promise<PhoneFetched>;
