import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server } from "node:https";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { PhoneRequest } from "../../protocol/phone-request.ts";
import { uuidV7 } from "../uuid-v7.ts";
import { decodeRequestTarget, printRefusedPath } from "./asked-path.ts";
import { type CertificateCredential, chooseCredential } from "./credential.ts";
import { askAnswer, type DoorClock, type DoorOptions, recordAnswer, systemDoorClock } from "./door.ts";
import { answerBadHttp, replyTo, replyWithWords, type SentBody } from "./http-reply.ts";
import { type TlsFailure, watchTlsFailures } from "./tls-failure.ts";
import { plainAddress } from "./plain-address.ts";

export type { TlsFailure } from "./tls-failure.ts";

/** PEM. `ca` is served to everybody at `/offhook-ca.pem`. */
export interface DoorCertificate {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface HttpsDoorOptions extends DoorOptions {
  readonly certificate: DoorCertificate;
  /** PEM of the vendors' roots; with it the door asks for client certificates (never insists). */
  readonly clientCas?: string;
  readonly recordTlsError: (failure: TlsFailure) => void;
  /** Open at once from one address, default 200. */
  readonly connectionsPerAddress?: number;
}

export type HttpsDoor = FastifyInstance<Server, IncomingMessage, ServerResponse>;

const caPath = "/offhook-ca.pem";

/** operations.md section 1. fastify's own defaults wait for ever for a slow request. */
const limits = {
  requestTimeout: 10_000,
  connectionTimeout: 15_000,
  keepAliveTimeout: 5000,
  maxRequestsPerSocket: 100,
  bodyLimit: 65_536,
} as const;
const httpLimits = { headersTimeout: 5000, connectionsCheckingInterval: 1000, maxHeaderSize: 8192 } as const;

/** Builds the phones' HTTPS door; `await door.listen({ host, port })` opens it, `await door.close()` ends it. */
export function buildHttpsDoor(options: HttpsDoorOptions): HttpsDoor {
  const clock = options.clock ?? systemDoorClock;
  const door = fastify({
    ...limits,
    https: { ...httpLimits, ...tlsOptions(options.certificate, options.clientCas) },
    logger: false,
    // The router never sees what a phone wrote: its own ideas of a bad path would answer in other words than ours.
    rewriteUrl: (raw) => (raw.url === caPath ? caPath : "/"),
    clientErrorHandler: answerBadHttp,
  });
  door.addHook("onRequest", async (request, reply) => {
    if (request.method === "GET" || request.method === "HEAD") return;
    await replyWithWords(reply.header("allow", "GET, HEAD").header("connection", "close"), 405);
  });
  door.setErrorHandler(async (error, _request, reply) => {
    options.crash(error);
    return replyWithWords(reply, 500);
  });
  door.get(caPath, async (_request, reply) =>
    reply.type("application/x-pem-file").send(options.certificate.ca),
  );
  door.get("*", async (request, reply) => answerRequest(options, clock, request, reply));
  watchTlsFailures(door.server, () => clock.now(), options.recordTlsError);
  limitConnections(door.server, options.connectionsPerAddress ?? 200);
  return door;
}

/** A new certificate for connections to come; those that are open stay. */
export function renewCertificate(door: HttpsDoor, certificate: DoorCertificate, clientCas?: string): void {
  door.server.setSecureContext(tlsOptions(certificate, clientCas));
}

function tlsOptions(certificate: DoorCertificate, clientCas: string | undefined) {
  const { cert, key } = certificate;
  const base = { cert, key, minVersion: "TLSv1.2" } as const;
  if (clientCas === undefined) return base;
  // A phone without a certificate is let in to say what else it has.
  return { ...base, ca: clientCas, requestCert: true, rejectUnauthorized: false } as const;
}

async function answerRequest(
  options: DoorOptions,
  clock: DoorClock,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const started = clock.mono();
  const target = decodeRequestTarget(request.originalUrl);
  const phone = readPhoneRequest(request, target.ok ? target.value : {}, clock.now());
  const answer = await askAnswer(options, phone, target.ok ? undefined : target.why);
  if (answer === undefined) return replyWithWords(reply, 500);
  const sent: SentBody = { bytes: 0 };
  let recorded = false;
  const record = (status: number): void => {
    if (recorded) return;
    recorded = true;
    const bytes = status === 499 ? 0 : sent.bytes;
    recordAnswer(options, phone, answer, { status, bytes, ms: clock.mono() - started });
  };
  reply.raw.once("finish", () => record(reply.raw.statusCode));
  reply.raw.once("close", () => record(499));
  return replyTo(answer, request, reply, sent);
}

function readPhoneRequest(
  request: FastifyRequest,
  target: { path?: string; token?: NonNullable<Parameters<typeof chooseCredential>[0]["token"]> },
  at: number,
): PhoneRequest {
  const { authorization, "user-agent": userAgent } = request.headers;
  const certificate = readCertificate(request.raw.socket);
  const credential = chooseCredential({
    ...(certificate === undefined ? {} : { certificate }),
    ...(target.token === undefined ? {} : { token: target.token }),
    ...(authorization === undefined ? {} : { authorization }),
  });
  return {
    id: uuidV7(at),
    via: "https",
    method: request.method === "HEAD" ? "HEAD" : "GET",
    path: target.path ?? printRefusedPath(request.originalUrl),
    address: plainAddress(request.raw.socket.remoteAddress),
    at,
    // Node reads header octets as latin-1, which loses none: phones send control and 0xff octets here.
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(credential === undefined ? {} : { credential }),
  };
}

/** Per connection, not per request: in Node 24, getPeerX509Certificate hands the certificate out once. */
const shownCertificates = new WeakMap<
  TLSSocket,
  { readonly credential: CertificateCredential | undefined }
>();

/** What the client certificate says, if one was asked for and shown. */
function readCertificate(socket: Socket): CertificateCredential | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const shown = shownCertificates.get(socket) ?? { credential: askCertificate(socket) };
  shownCertificates.set(socket, shown);
  return shown.credential;
}

function askCertificate(socket: TLSSocket): CertificateCredential | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const { subject, issuer } = certificate;
  return { kind: "certificate", subject, issuer, verified: socket.authorized };
}

/** operations.md section 1: one address cannot take all the places. */
function limitConnections(server: Server, perAddress: number): void {
  server.maxConnections = 10_000;
  const open = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress);
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.once("close", () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
    if (count > perAddress) socket.destroy();
  });
}
