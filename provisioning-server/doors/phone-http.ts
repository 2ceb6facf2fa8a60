import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Credential, Door, PhoneRequest } from "../../protocol/phone-request.ts";
import { uuidV7 } from "../uuid-v7.ts";
import { decodeRequestTarget, printRefusedPath } from "./asked-path.ts";
import { type CertificateCredential, chooseCredential, type Shown } from "./credential.ts";
import { type Challenge, challengeHeaders, type DigestNonces, readDigest } from "./digest.ts";
import { askAnswer, type DoorClock, type DoorOptions, recordAnswer, systemDoorClock } from "./door.ts";
import { replyTo, replyWithWords, type SentBody } from "./http-reply.ts";
import { plainAddress } from "./plain-address.ts";

/** How passwords are asked for. Without it, Basic counts where a phone sends it unasked. */
export interface PasswordChallenge {
  readonly challenges: readonly Challenge[];
  readonly nonces: DigestNonces;
}

export interface PhoneHttpOptions extends DoorOptions {
  readonly via: Extract<Door, "https" | "http" | "legacy">;
  /** Served to everybody, by path. */
  readonly open: { get(path: string): (() => { readonly type: string; readonly body: string }) | undefined };
  readonly challenge?: PasswordChallenge;
  readonly addressOf?: (request: IncomingMessage) => string;
  readonly certificateOf?: (request: IncomingMessage) => CertificateCredential | undefined;
}

/** operations.md section 1. fastify's own defaults wait for ever for a slow request. */
export const phoneLimits = {
  requestTimeout: 10_000,
  connectionTimeout: 15_000,
  keepAliveTimeout: 5000,
  maxRequestsPerSocket: 100,
  bodyLimit: 65_536,
  // Phones that are in the midst of it when the server ends get their answers: one that hears 503 may wait for an hour
  // (Cisco), one whose next connection is refused asks again soon.
  return503OnClosing: false,
} as const;
export const phoneHttpLimits = {
  headersTimeout: 5000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 8192,
} as const;

/** What all doors that speak HTTP have in common: the wire to PhoneRequest, the Answer to the wire. */
export function speakPhoneHttp(door: FastifyInstance, options: PhoneHttpOptions): void {
  const clock = options.clock ?? systemDoorClock;
  door.addHook("onRequest", async (request, reply) => {
    if (request.method === "GET" || request.method === "HEAD") return;
    await replyWithWords(reply.header("allow", "GET, HEAD").header("connection", "close"), 405);
  });
  door.setErrorHandler(async (error, _request, reply) => {
    options.crash(error);
    return replyWithWords(reply, 500);
  });
  door.get("*", async (request, reply) => {
    const found = options.open.get(request.originalUrl)?.();
    if (found !== undefined) return reply.type(found.type).send(found.body);
    return answerRequest(options, clock, request, reply);
  });
}

async function answerRequest(
  options: PhoneHttpOptions,
  clock: DoorClock,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const started = clock.mono();
  const target = decodeRequestTarget(request.originalUrl);
  const phone = readPhoneRequest(options, request, target.ok ? target.value : {}, clock.now());
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
  return replyTo(answer, request, reply, sent, challengeTo(options, phone.credential, clock.now()));
}

/**
 * What a phone that is not let in is asked for: whoever showed nothing that could be wrong, known or not, whatever the
 * file. A wrong credential gets no second question: phones would ask their user for ever.
 */
function challengeTo(
  { challenge }: PhoneHttpOptions,
  credential: Credential | undefined,
  now: number,
): readonly string[] | undefined {
  if (challenge === undefined) return undefined;
  const stale = credential?.kind === "digest" && !credential.fresh;
  const nothing = credential === undefined || credential.kind === "certificate";
  if (!stale && !nothing) return undefined;
  return challengeHeaders(challenge.challenges, challenge.nonces.issue(now), stale);
}

function readPhoneRequest(
  options: PhoneHttpOptions,
  request: FastifyRequest,
  target: { path?: string; token?: NonNullable<Shown["token"]> },
  at: number,
): PhoneRequest {
  const { "user-agent": userAgent } = request.headers;
  const credential = chooseCredential(shownBy(options, request, target.token, at));
  const { raw } = request;
  return {
    id: uuidV7(at),
    via: options.via,
    method: request.method === "HEAD" ? "HEAD" : "GET",
    path: target.path ?? printRefusedPath(request.originalUrl),
    address: options.addressOf?.(raw) ?? plainAddress(raw.socket.remoteAddress),
    at,
    // Node reads header octets as latin-1, which loses none: phones send control and 0xff octets here.
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(credential === undefined ? {} : { credential }),
  };
}

function shownBy(
  { certificateOf, challenge }: PhoneHttpOptions,
  request: FastifyRequest,
  token: Shown["token"],
  at: number,
): Shown {
  const { authorization } = request.headers;
  const certificate = certificateOf?.(request.raw);
  const asked = { method: request.method, target: request.originalUrl };
  // Without a challenge no nonce was ever made, so none can be good.
  const digest =
    challenge === undefined
      ? undefined
      : readDigest(authorization, asked, (nonce, count) => challenge.nonces.take(nonce, count, at));
  return {
    ...(certificate === undefined ? {} : { certificate }),
    ...(token === undefined ? {} : { token }),
    ...(authorization === undefined ? {} : { authorization }),
    ...(digest === undefined ? {} : { digest }),
  };
}
