import { AsyncLocalStorage } from "node:async_hooks";
import type { Server } from "node:https";
import type { Socket } from "node:net";
import { plainAddress } from "./plain-address.ts";

/** A TLS handshake that failed, in plain words. */
export interface TlsFailure {
  readonly address: string;
  readonly reason: string;
  /** OpenSSL's or Node's code, such as `ERR_SSL_TLSV1_ALERT_UNKNOWN_CA`. */
  readonly code: string;
  readonly at: number;
}

const reasons: Readonly<Record<string, string>> = {
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA:
    "The phone does not trust this server's certificate: it does not know the CA. Load the CA from /offhook-ca.pem into it.",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "The phone refused this server's certificate.",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    "The phone refused this server's certificate; it may not know the CA, or its clock may be wrong.",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    "To the phone this server's certificate is expired or not yet valid; its clock may be wrong.",
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    "The phone cannot read this kind of certificate (ECDSA P-256).",
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE:
    "The phone found nothing it could agree on in what this server offers.",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "The phone speaks only TLS older than 1.2.",
  ERR_SSL_VERSION_TOO_LOW: "The phone speaks only TLS older than 1.2.",
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "The phone refuses TLS 1.2 and newer.",
  ERR_SSL_NO_SHARED_CIPHER: "The phone and this server have no cipher in common.",
  ERR_SSL_NO_SHARED_GROUP: "The phone and this server have no key exchange group in common.",
  ERR_SSL_HTTP_REQUEST: "The phone spoke plain HTTP to the HTTPS port.",
  ERR_SSL_WRONG_VERSION_NUMBER: "What came was not TLS.",
  ERR_TLS_HANDSHAKE_TIMEOUT: "The phone began a TLS handshake and did not go on with it.",
};

const hungUp =
  "The phone ended the TLS handshake without saying why; often it does not trust the certificate.";

/** OpenSSL's own words are the last resort. */
function tlsFailureReason(error: NodeJS.ErrnoException & { reason?: string }): string {
  return reasons[error.code ?? ""] ?? `The TLS handshake failed: ${error.reason ?? error.message}.`;
}

interface Peer {
  readonly address: string;
  /** The handshake has ended, well or badly, and there is nothing more to tell. */
  settled: boolean;
}

/**
 * Hears of every handshake that failed. Connections that end before a single octet came are port checks, not failures.
 * A socket that the peer has reset no longer knows its address, and `tlsClientError` shows no other: so whose handshake
 * it was is kept with the connection's own asynchronous context.
 */
export function watchTlsFailures(
  server: Server,
  now: () => number,
  tell: (failure: TlsFailure) => void,
): void {
  const peers = new AsyncLocalStorage<Peer>();
  const settle = (peer: Peer | undefined, code: string, reason: string): void => {
    if (peer === undefined || peer.settled) return;
    peer.settled = true;
    tell({ address: peer.address, code, reason, at: now() });
  };
  // Before Node's own listener, which begins the handshake.
  server.prependListener("connection", (socket: Socket) => {
    const peer: Peer = { address: plainAddress(socket.remoteAddress), settled: false };
    peers.enterWith(peer);
    socket.once("close", () => {
      if (socket.bytesRead > 0) settle(peer, "ECONNRESET", hungUp);
    });
  });
  server.on("secureConnection", () => {
    const peer = peers.getStore();
    if (peer !== undefined) peer.settled = true;
  });
  server.on("tlsClientError", (error: NodeJS.ErrnoException) => {
    // A connection that just ended is told by its `close`, which knows whether anything came.
    if (error.code !== "ECONNRESET") settle(peers.getStore(), error.code ?? "", tlsFailureReason(error));
  });
}
