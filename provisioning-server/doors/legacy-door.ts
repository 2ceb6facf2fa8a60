import { type IncomingMessage, request as httpRequest, type ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { addressHeader } from "./http-door.ts";
import { answerBadHttp } from "./http-reply.ts";
import { limitConnections } from "./limit-connections.ts";
import { phoneHttpLimits, phoneLimits } from "./phone-http.ts";
import { plainAddress } from "./plain-address.ts";
import { type TlsFailure, watchTlsFailures } from "./tls-failure.ts";

/** PEM. */
export interface LegacyCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface LegacyDoorOptions extends LegacyCertificate {
  /** Unix socket of the server's inner door. */
  readonly inner: string;
}

/** Either alone changes nothing: OpenSSL 3 signs TLS 1.0's handshake with SHA-1 at security level 0 only. */
const oldTls = { minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" } as const;

/** Takes over a new certificate for connections to come; those that are open stay. */
export function renewLegacy(server: Server, { cert, key }: LegacyCertificate): void {
  server.setSecureContext({ cert, key, ...oldTls });
}

/**
 * TLS from 1.0 on, for phones that know no better. It runs in a process of its own, so that the lowered security level
 * is nobody else's, and knows nothing: it hands each request to the server.
 */
export function buildLegacyDoor(options: LegacyDoorOptions, tell: (failure: TlsFailure) => void): Server {
  const { cert, key, inner } = options;
  const { requestTimeout, keepAliveTimeout } = phoneLimits;
  const server = createServer(
    {
      ...phoneHttpLimits,
      requestTimeout,
      keepAliveTimeout,
      handshakeTimeout: 10_000,
      cert,
      key,
      ...oldTls,
    },
    (request, response) => forward(inner, request, response),
  );
  server.on("clientError", answerBadHttp);
  watchTlsFailures(server, () => Date.now(), tell);
  limitConnections(server, 200);
  return server;
}

/** Headers that belong to one hop (RFC 9110 section 7.6.1). */
const hop = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
  "te",
  "trailer",
  addressHeader,
]);

function forward(inner: string, request: IncomingMessage, response: ServerResponse): void {
  const headers = Object.entries(request.headers).filter(([name]) => !hop.has(name));
  const asked = httpRequest({
    socketPath: inner,
    path: request.url ?? "/",
    method: request.method ?? "GET",
    headers: {
      ...Object.fromEntries(headers),
      [addressHeader]: plainAddress(request.socket.remoteAddress),
      connection: "close",
    },
  });
  asked.on("response", (answer) => {
    const kept = Object.entries(answer.headers).filter(([name]) => !hop.has(name));
    response.writeHead(answer.statusCode ?? 500, Object.fromEntries(kept));
    answer.pipe(response);
  });
  // The server is gone or broke off: the phone asks again later.
  asked.on("error", () => response.destroy());
  response.on("close", () => asked.destroy());
  request.pipe(asked);
}
