import type { TlsFacts } from "../tls/tls-facts.ts";

export interface PhoneFetchFailure {
  /** How far it came. */
  readonly stage: "name" | "connect" | "tls" | "answer";
  /** `ENOTFOUND`, `ECONNREFUSED`, `ETIMEDOUT`, OpenSSL's verdict, `TFTP 1`, `GARBLED` … */
  readonly code: string;
  readonly message: string;
}

/** What one fetch brought; what is absent was not reached. */
export interface PhoneFetched {
  readonly door: "https" | "http" | "tftp";
  readonly host: string;
  readonly port: number;
  /** HTTP status; over TFTP 200 for a file and 404 for error 1. */
  readonly status?: number;
  readonly body?: Uint8Array;
  /** Octets of the body. */
  readonly bytes: number;
  /** All of it: name, connection, TLS, answer. */
  readonly ms: number;
  readonly tls?: TlsFacts;
  /** The certificate is for the host of the URL. Most phones do not look. */
  readonly tlsNameMatch?: boolean;
  readonly failure?: PhoneFetchFailure;
}

/** What a fetch of one door adds to what the URL says. */
export type DoorFetched = Pick<PhoneFetched, "status" | "body" | "tls" | "tlsNameMatch" | "failure">;

/** Larger than any phone's config or firmware. */
export const largestFile = 256 * 1024 * 1024;
