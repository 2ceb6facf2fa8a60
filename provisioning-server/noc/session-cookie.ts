import type { FastifyReply, FastifyRequest } from "fastify";
import { Secret } from "../../protocol/secret.ts";
import { signInLimits } from "./sign-in.ts";

// The prefix makes browsers insist on Secure, Path=/ and no Domain (RFC 6265bis section 4.1.3.2).
const name = "__Host-offhook";

export function sessionToken(request: FastifyRequest): Secret | undefined {
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (pair.slice(0, at).trim() === name) return new Secret(pair.slice(at + 1).trim());
  }
  return undefined;
}

export function setSessionCookie(reply: FastifyReply, token: Secret): void {
  const seconds = signInLimits.absolute / 1000;
  reply.header(
    "set-cookie",
    `${name}=${token.reveal()}; Path=/; Max-Age=${seconds}; HttpOnly; Secure; SameSite=Lax`,
  );
}

export function clearSessionCookie(reply: FastifyReply): void {
  reply.header("set-cookie", `${name}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax`);
}
