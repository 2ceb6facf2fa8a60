import { createHash, randomBytes, randomUUIDv7 } from "node:crypto";
import { isIPv6 } from "node:net";
import { Secret } from "../../protocol/secret.ts";
import type { Role, Staff, StaffMember } from "../store/staff.ts";
import { hashPassword, passwordMatches } from "./password.ts";

const minute = 60_000;
const hour = 60 * minute;

/** How long things last (operations reference, section 10, rule 5), ms. */
export const signInLimits = {
  idle: 12 * hour,
  absolute: 24 * hour,
  link: 15 * minute,
  failures: 5,
  lockout: 15 * minute,
} as const;

export type SignInResult =
  | { readonly outcome: "ok"; readonly token: Secret; readonly member: StaffMember }
  | { readonly outcome: "refused" }
  | { readonly outcome: "locked"; readonly retryAfter: number };

/** Who may sign in, and who is signed in. A token is `tenant.random`; only its SHA-256 is stored. */
export class SignIn {
  readonly #staff: Staff;
  readonly #now: () => number;

  constructor(staff: Staff, now: () => number) {
    this.#staff = staff;
    this.#now = now;
  }

  /** Adds an account, or changes the one with this login. */
  async putAccount(account: {
    readonly tenant: string;
    readonly login: string;
    readonly name: string;
    readonly role: Role;
    readonly password?: Secret;
  }): Promise<StaffMember> {
    const { password, ...rest } = { ...account, login: account.login.trim().toLowerCase() };
    const hash = password === undefined ? {} : { passwordHash: await hashPassword(password.reveal()) };
    return this.#staff.put({ ...rest, ...hash, id: randomUUIDv7(), disabled: false });
  }

  /** The token of a link that signs this account in once, within 15 minutes; the address is `/sign-in/link/<token>`. */
  async createLink(member: Pick<StaffMember, "tenant" | "id">): Promise<Secret> {
    const token = freshToken(member.tenant);
    const now = this.#now();
    await this.#staff.addLink(member.tenant, hashOf(token), member.id, now + signInLimits.link, now);
    return token;
  }

  async byLink(token: Secret): Promise<SignInResult> {
    const tenant = tenantOf(token);
    const id = await this.#staff.takeLink(tenant, hashOf(token), this.#now());
    const member = id === undefined ? undefined : await this.#staff.find(tenant, id);
    return member === undefined || member.disabled ? { outcome: "refused" } : this.#begin(member);
  }

  /** `login` is a login of the tenant `default`, or `tenant/login`. Unknown logins cost the same time as wrong passwords. */
  async byPassword(login: string, password: Secret, address: string): Promise<SignInResult> {
    const [tenant, name] = splitLogin(login);
    const prefix = networkPrefix(address);
    const before = await this.#recentFailures(tenant, name, prefix);
    if (before.failures >= signInLimits.failures)
      return { outcome: "locked", retryAfter: before.lastAt + signInLimits.lockout - this.#now() };
    const member = await this.#staff.findByLogin(tenant, name);
    const matches = await passwordMatches(password.reveal(), member?.passwordHash);
    if (matches && member !== undefined && !member.disabled) {
      await this.#staff.putFailures(tenant, name, prefix, { failures: 0, lastAt: this.#now() });
      return this.#begin(member);
    }
    const after = { failures: before.failures + 1, lastAt: this.#now() };
    await this.#staff.putFailures(tenant, name, prefix, after);
    return { outcome: "refused" };
  }

  /** Who holds this session; undefined when it is unknown, too old, or its account is disabled. */
  async who(token: Secret): Promise<StaffMember | undefined> {
    const tenant = tenantOf(token);
    const session = await this.#staff.findSession(tenant, hashOf(token));
    if (session === undefined) return undefined;
    const now = this.#now();
    const over = now - session.usedAt > signInLimits.idle || now - session.createdAt > signInLimits.absolute;
    const member = over ? undefined : await this.#staff.find(tenant, session.staff);
    if (member === undefined || member.disabled) return undefined;
    // A write per request would cost more than the request: a minute is near enough for 12 hours.
    if (now - session.usedAt > minute) await this.#staff.useSession(tenant, session.tokenHash, now);
    return member;
  }

  async signOut(token: Secret): Promise<void> {
    await this.#staff.removeSession(tenantOf(token), hashOf(token));
  }

  async #recentFailures(tenant: string, login: string, prefix: string) {
    const seen = await this.#staff.failures(tenant, login, prefix);
    const recent = seen !== undefined && this.#now() - seen.lastAt < signInLimits.lockout;
    return recent ? seen : { failures: 0, lastAt: 0 };
  }

  async #begin(member: StaffMember): Promise<SignInResult> {
    const now = this.#now();
    const token = freshToken(member.tenant);
    await this.#staff.tidy(member.tenant, {
      usedBefore: now - signInLimits.idle,
      createdBefore: now - signInLimits.absolute,
      failedBefore: now - 4 * signInLimits.lockout,
    });
    await this.#staff.addSession({
      tenant: member.tenant,
      tokenHash: hashOf(token),
      staff: member.id,
      createdAt: now,
      usedAt: now,
    });
    return { outcome: "ok", token, member };
  }
}

/** /24 of IPv4, /56 of IPv6: what one attacker has for free. */
export function networkPrefix(from: string): string {
  // A dual-stack listener names IPv4 peers like this; they must not all fall into one IPv6 network.
  const address = from.replace(/^::ffff:(?=\d+\.)/i, "");
  if (!isIPv6(address)) return address.split(".").slice(0, 3).join(".");
  const groups = expandIPv6(address);
  return [...groups.slice(0, 3), (groups[3] ?? "0000").slice(0, 2)].join(":");
}

function expandIPv6(address: string): string[] {
  const [head = "", tail] = address.replace(/%.*$/, "").split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const middle = Array.from({ length: tail === undefined ? 0 : 8 - left.length - right.length }, () => "0");
  return [...left, ...middle, ...right].map((group) => group.padStart(4, "0"));
}

/** Of what somebody types: whose account it is, and its login there. */
export function splitLogin(login: string): [tenant: string, name: string] {
  const at = login.indexOf("/");
  const name = login
    .slice(at + 1)
    .trim()
    .toLowerCase();
  return [at === -1 ? "default" : login.slice(0, at).trim(), name];
}

function freshToken(tenant: string): Secret {
  return new Secret(`${tenant}.${randomBytes(32).toString("base64url")}`);
}

function tenantOf(token: Secret): string {
  return token.reveal().split(".", 1)[0] ?? "";
}

function hashOf(token: Secret): string {
  return createHash("sha256").update(token.reveal()).digest("base64url");
}
