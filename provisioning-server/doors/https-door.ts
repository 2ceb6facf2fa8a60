import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server } from "node:https";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import fastify, { type FastifyInstance } from "fastify";
import type { CertificateCredential } from "./credential.ts";
import { type DoorOptions, systemDoorClock } from "./door.ts";
import { type DoorCertificate, type DoorTls, tlsOptions } from "./door-tls.ts";
import { answerBadHttp } from "./http-reply.ts";
import { limitConnections } from "./limit-connections.ts";
import { type Maker, vouchedBy } from "./maker.ts";
import { type PasswordChallenge, phoneHttpLimits, phoneLimits, speakPhoneHttp } from "./phone-http.ts";
import { type TlsFailure, watchTlsFailures } from "./tls-failure.ts";

export type { TlsFailure } from "./tls-failure.ts";

export interface HttpsDoorOptions extends DoorOptions, DoorTls {
  readonly challenge?: PasswordChallenge;
  readonly recordTlsError: (failure: TlsFailure) => void;
  /** Open at once from one address, default 1000: a site of that many phones may stand behind one, and all boot at once. */
  readonly connectionsPerAddress?: number;
}

export type HttpsDoor = FastifyInstance<Server, IncomingMessage, ServerResponse>;

/** Where the authorities behind our own certificates are, for everybody. */
const caPath = "/offhook-ca.pem";
const rsaCaPath = "/offhook-ca-rsa.pem";

/** Builds the phones' HTTPS door; `await door.listen({ host, port })` opens it, `await door.close()` ends it. */
export function buildHttpsDoor(options: HttpsDoorOptions): HttpsDoor {
  const clock = options.clock ?? systemDoorClock;
  const door = fastify({
    ...phoneLimits,
    https: { ...phoneHttpLimits, ...tlsOptions(options, clock.now()) },
    logger: false,
    // The router never sees what a phone wrote: its own ideas of a bad path would answer in other words than ours.
    rewriteUrl: () => "/",
    clientErrorHandler: answerBadHttp,
  });
  const { makers = [] } = options;
  // fastify types its hooks by the server; these look at nothing that HTTP and HTTPS do not share.
  speakPhoneHttp(door as unknown as FastifyInstance, {
    ...options,
    via: "https",
    open: openFiles(options.certificate),
    certificateOf: (request) => readCertificate(request.socket, makers),
  });
  watchTlsFailures(door.server, () => clock.now(), options.recordTlsError);
  limitConnections(door.server, options.connectionsPerAddress ?? 1000);
  return door;
}

/** The files that every door of HTTP gives to everybody. */
export function openFiles({ ca, rsa }: DoorCertificate): Map<string, () => { type: string; body: string }> {
  const pem = (body: string) => () => ({ type: "application/x-pem-file", body });
  return new Map([[caPath, pem(ca)], ...(rsa === undefined ? [] : [[rsaCaPath, pem(rsa.ca)] as const])]);
}

/** A new certificate, new keys for connections to come; those that are open stay. */
export function renewCertificate(door: HttpsDoor, tls: DoorTls, now: number): void {
  door.server.setSecureContext(tlsOptions(tls, now));
}

/** Per connection, not per request: in Node 24, getPeerX509Certificate hands the certificate out once. */
const shownCertificates = new WeakMap<
  TLSSocket,
  { readonly credential: CertificateCredential | undefined }
>();

/** What the client certificate says, if one was asked for and shown. */
function readCertificate(socket: Socket, makers: readonly Maker[]): CertificateCredential | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const shown = shownCertificates.get(socket) ?? { credential: askCertificate(socket, makers) };
  shownCertificates.set(socket, shown);
  return shown.credential;
}

function askCertificate(socket: TLSSocket, makers: readonly Maker[]): CertificateCredential | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const { subject, issuer } = certificate;
  const verified = socket.authorized;
  const vouched = verified ? vouchedBy(certificate, makers) : [];
  return { kind: "certificate", subject, issuer, verified, vouched };
}
