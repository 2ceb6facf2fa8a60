import type { FastifyReply, FastifyRequest } from "fastify";
import { Problem } from "../problem.ts";
import { roles, type Role, type StaffMember } from "../store/staff.ts";
import { sessionToken } from "./session-cookie.ts";
import type { SignIn } from "./sign-in.ts";

const members = new WeakMap<FastifyRequest, StaffMember>();

/** Who asks. Only behind `guard`: @throws when it has not let this request in, which is a bug of ours. */
export function signedIn(request: FastifyRequest): StaffMember {
  const member = members.get(request);
  if (member === undefined) throw new Error(`${request.url} was served without the guard`);
  return member;
}

/**
 * Lets the request in when its session is good; otherwise pages go to the sign-in page.
 *
 * @throws {Problem} unauthenticated, for all that is no page
 */
export async function guard(signIn: SignIn, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const token = sessionToken(request);
  const member = token === undefined ? undefined : await signIn.who(token);
  if (member !== undefined) members.set(request, member);
  else if (wantsPage(request)) reply.redirect("/sign-in", 303);
  else throw new Problem("unauthenticated", "Sign in at /sign-in.");
}

/** @throws {Problem} forbidden, when the role is too small */
export function requireRole(request: FastifyRequest, least: Role): void {
  if (roles.indexOf(signedIn(request).role) < roles.indexOf(least))
    throw new Problem("forbidden", `This needs the role ${least}.`);
}

function wantsPage(request: FastifyRequest): boolean {
  const path = request.url.split("?", 1)[0] ?? "";
  return request.method === "GET" && !path.startsWith("/api/") && !/\.(json|csv)$/.test(path);
}
