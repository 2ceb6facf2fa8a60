import type { IncomingMessage } from "node:http";
import fastify, { type FastifyInstance } from "fastify";
import { answerBadHttp } from "./http-reply.ts";
import { limitConnections } from "./limit-connections.ts";
import { phoneHttpLimits, phoneLimits, type PhoneHttpOptions, speakPhoneHttp } from "./phone-http.ts";

export type HttpDoorOptions = Omit<PhoneHttpOptions, "certificateOf"> & {
  /** Open at once from one address, default 1000: a site of that many phones may stand behind one, and all boot at once. */
  readonly connectionsPerAddress?: number;
};

/**
 * A door of HTTP without TLS: the plain one, which carries bootstrap alone, and the inner end of the legacy one.
 * `await door.listen({ host, port })` or `({ path })` opens it.
 */
export function buildHttpDoor(options: HttpDoorOptions): FastifyInstance {
  const door = fastify({
    ...phoneLimits,
    http: phoneHttpLimits,
    logger: false,
    rewriteUrl: () => "/",
    clientErrorHandler: answerBadHttp,
  });
  speakPhoneHttp(door, options);
  limitConnections(door.server, options.connectionsPerAddress ?? 1000);
  return door;
}

/** Set by our own legacy process on its unix socket, which nobody else can open. */
export const addressHeader = "x-offhook-address";

/** The phone's address, told by the legacy process. */
export function forwardedAddress(request: IncomingMessage): string {
  const told = request.headers[addressHeader];
  return typeof told === "string" ? told : "";
}
