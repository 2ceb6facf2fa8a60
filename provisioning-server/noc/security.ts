import type { FastifyReply, FastifyRequest } from "fastify";
import { Problem } from "../problem.ts";

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** What every reply to people carries: no inline script or style, no framing, no sniffing, no referrer. */
export function setSecurityHeaders(reply: FastifyReply): void {
  reply.headers({
    "content-security-policy": policy,
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
  });
}

/**
 * Writes must come from our own pages: `Origin` names this host and `Sec-Fetch-Site` says same-origin.
 *
 * @throws {Problem} forbidden
 */
export function requireOwnWrite(request: FastifyRequest): void {
  if (request.method === "GET" || request.method === "HEAD") return;
  const origin = request.headers.origin;
  const own = origin !== undefined && hostOf(origin) === request.headers.host;
  if (!own || request.headers["sec-fetch-site"] !== "same-origin")
    throw new Problem("forbidden", "Writes are taken only from the pages of this server.");
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
