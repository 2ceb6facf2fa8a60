import type { FastifyInstance } from "fastify";
import type { DoorOptions } from "./door.ts";

/** A TLS handshake that failed, in plain words. */
export interface TlsFailure {
  readonly address: string;
  readonly reason: string;
  /** OpenSSL's or Node's code, such as `ERR_SSL_TLSV1_ALERT_UNKNOWN_CA`. */
  readonly code: string;
  readonly at: number;
}

export interface HttpsDoorOptions extends DoorOptions {
  /** PEM. `ca` is served to everybody at `/offhook-ca.pem`. */
  readonly certificate: { readonly cert: string; readonly key: string; readonly ca: string };
  /** PEM of the vendors' roots; with it the door asks for client certificates (never insists). */
  readonly clientCas?: string;
  readonly recordTlsError: (failure: TlsFailure) => void;
  readonly connectionsPerAddress?: number;
}

/** Builds the phones' HTTPS door; `await door.listen({ host, port })` opens it, `await door.close()` ends it. */
export function buildHttpsDoor(_options: HttpsDoorOptions): FastifyInstance {
  throw new Error("not built yet");
}
