import type { FastifyRequest } from "fastify";
import { Secret } from "../../protocol/secret.ts";
import { requireOwnWrite } from "../noc/security.ts";
import { sessionToken } from "../noc/session-cookie.ts";
import type { SignIn } from "../noc/sign-in.ts";
import { Problem } from "../problem.ts";
import { roles, type Role } from "../store/staff.ts";
import type { ApiAccess } from "./api-access.ts";

/** Who asks: a member of staff in a browser, or a program with a token. */
export interface Caller {
  /** Whose they are. */
  readonly home: string;
  /** Tells callers of one tenant apart. */
  readonly id: string;
  /** For the audit: a login, or `token:<name>`. */
  readonly who: string;
  readonly role: Role;
  readonly address: string;
}

/**
 * Who asks, by `Authorization: Bearer oh_…`, else by the session of the NOC page.
 *
 * @throws {Problem} unauthenticated, token-expired; forbidden for a write that another site's page has sent
 */
export async function callerOf(request: FastifyRequest, signIn: SignIn, access: ApiAccess): Promise<Caller> {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
  if (bearer !== undefined) return byToken(request, access, new Secret(bearer));
  const session = sessionToken(request);
  const member = session === undefined ? undefined : await signIn.who(session);
  if (member === undefined)
    throw new Problem(
      "unauthenticated",
      "Send a token (Authorization: Bearer oh_…), or sign in at /sign-in.",
    );
  requireOwnWrite(request);
  const { tenant: home, id, login: who, role } = member;
  return { home, id, who, role, address: request.ip };
}

async function byToken(request: FastifyRequest, access: ApiAccess, token: Secret): Promise<Caller> {
  const found = await access.find(token);
  if (found.outcome === "expired")
    throw new Problem("token-expired", "Make a new one: offhook token api add.");
  if (found.outcome === "unknown")
    throw new Problem("unauthenticated", "This token is unknown or was revoked.");
  const { tenant: home, id, name, role } = found.token;
  return { home, id, who: `token:${name}`, role, address: request.ip };
}

export function mayAs(caller: Caller, least: Role): boolean {
  return roles.indexOf(caller.role) >= roles.indexOf(least);
}

/** @throws {Problem} forbidden, when the role is too small */
export function requireCallerRole(caller: Caller, least: Role): void {
  if (!mayAs(caller, least)) throw new Problem("forbidden", `This needs the role ${least}.`);
}

/**
 * Whose things are meant: the caller's own tenant, or for an owner the one asked for. Another tenant is, for all others, no
 * more than one that does not exist.
 *
 * @throws {Problem} not-found
 */
export function tenantMeant(caller: Caller, asked: string | undefined): string {
  if (asked === undefined || asked === caller.home) return caller.home;
  if (caller.role !== "owner") throw new Problem("not-found", "There is no such thing.");
  return asked;
}
