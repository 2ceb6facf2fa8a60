import type { StoreHandle } from "./open-store.ts";

/**
 * Weakest first; each may what those before it may. viewer looks · operator acknowledges, tests, opens windows · engineer
 * changes sites and phones · admin has the tenant, its settings and its tokens · owner has all tenants.
 */
export const roles = ["viewer", "operator", "engineer", "admin", "owner"] as const;
export type Role = (typeof roles)[number];

export interface StaffMember {
  readonly tenant: string;
  readonly id: string;
  /** What they type to sign in; unique within the tenant. */
  readonly login: string;
  readonly name: string;
  readonly role: Role;
  /** PHC string; absent: signs in by link only. */
  readonly passwordHash?: string;
  readonly disabled: boolean;
}

export interface Session {
  readonly tenant: string;
  readonly tokenHash: string;
  readonly staff: string;
  readonly createdAt: number;
  readonly usedAt: number;
}

/** Failed sign-ins of one account from one network prefix. */
export interface SignInFailures {
  readonly failures: number;
  readonly lastAt: number;
}

/** Local accounts, their sessions, sign-in links and failures. Tokens come here as hashes only. */
export class Staff {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  /** Adds the account, or changes the one with this login; returns it as it stands then. */
  async put(member: StaffMember): Promise<StaffMember> {
    return this.#store.transaction(async ({ db, now }) => {
      const changing = {
        name: member.name,
        role: member.role,
        password_hash: member.passwordHash ?? null,
        disabled: member.disabled ? 1 : 0,
      };
      await db
        .insertInto("staff")
        .values({
          tenant_id: member.tenant,
          staff_id: member.id,
          login: member.login,
          created_at: now(),
          ...changing,
        })
        .onConflict((conflict) => conflict.columns(["tenant_id", "login"]).doUpdateSet(changing))
        .execute();
      const row = await db
        .selectFrom("staff")
        .selectAll()
        .where("tenant_id", "=", member.tenant)
        .where("login", "=", member.login)
        .executeTakeFirstOrThrow();
      return fromRow(row);
    });
  }

  async findByLogin(tenant: string, login: string): Promise<StaffMember | undefined> {
    const row = await this.#store.db
      .selectFrom("staff")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("login", "=", login)
      .executeTakeFirst();
    return row === undefined ? undefined : fromRow(row);
  }

  async find(tenant: string, id: string): Promise<StaffMember | undefined> {
    const row = await this.#store.db
      .selectFrom("staff")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("staff_id", "=", id)
      .executeTakeFirst();
    return row === undefined ? undefined : fromRow(row);
  }

  async addSession(session: Session): Promise<void> {
    await this.#store.transaction(async ({ db }) => {
      await db
        .insertInto("staff_session")
        .values({
          tenant_id: session.tenant,
          token_hash: session.tokenHash,
          staff_id: session.staff,
          created_at: session.createdAt,
          used_at: session.usedAt,
        })
        .execute();
    });
  }

  async findSession(tenant: string, tokenHash: string): Promise<Session | undefined> {
    const row = await this.#store.db
      .selectFrom("staff_session")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("token_hash", "=", tokenHash)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return { tenant, tokenHash, staff: row.staff_id, createdAt: row.created_at, usedAt: row.used_at };
  }

  async useSession(tenant: string, tokenHash: string, at: number): Promise<void> {
    await this.#store.transaction(async ({ db }) => {
      await db
        .updateTable("staff_session")
        .set({ used_at: at })
        .where("tenant_id", "=", tenant)
        .where("token_hash", "=", tokenHash)
        .execute();
    });
  }

  async removeSession(tenant: string, tokenHash: string): Promise<void> {
    await this.#store.transaction(async ({ db }) => {
      await db
        .deleteFrom("staff_session")
        .where("tenant_id", "=", tenant)
        .where("token_hash", "=", tokenHash)
        .execute();
    });
  }

  /** Also drops the links that ended before `now`. */
  async addLink(tenant: string, tokenHash: string, staff: string, expiresAt: number, now: number) {
    await this.#store.transaction(async ({ db }) => {
      await db
        .deleteFrom("sign_in_link")
        .where("tenant_id", "=", tenant)
        .where("expires_at", "<", now)
        .execute();
      await db
        .insertInto("sign_in_link")
        .values({ tenant_id: tenant, token_hash: tokenHash, staff_id: staff, expires_at: expiresAt })
        .execute();
    });
  }

  /** Who the link is for; it is gone then. Undefined when it is unknown, used or too old. */
  async takeLink(tenant: string, tokenHash: string, now: number): Promise<string | undefined> {
    return this.#store.transaction(async ({ db }) => {
      const row = await db
        .selectFrom("sign_in_link")
        .selectAll()
        .where("tenant_id", "=", tenant)
        .where("token_hash", "=", tokenHash)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      await db
        .deleteFrom("sign_in_link")
        .where("tenant_id", "=", tenant)
        .where("token_hash", "=", tokenHash)
        .execute();
      return row.expires_at < now ? undefined : row.staff_id;
    });
  }

  async failures(tenant: string, login: string, prefix: string): Promise<SignInFailures | undefined> {
    const row = await this.#store.db
      .selectFrom("sign_in_failure")
      .select(["failures", "last_at"])
      .where("tenant_id", "=", tenant)
      .where("login", "=", login)
      .where("prefix", "=", prefix)
      .executeTakeFirst();
    return row === undefined ? undefined : { failures: row.failures, lastAt: row.last_at };
  }

  async putFailures(tenant: string, login: string, prefix: string, seen: SignInFailures): Promise<void> {
    const changing = { failures: seen.failures, last_at: seen.lastAt };
    await this.#store.transaction(async ({ db }) => {
      await db
        .insertInto("sign_in_failure")
        .values({ tenant_id: tenant, login, prefix, ...changing })
        .onConflict((conflict) => conflict.columns(["tenant_id", "login", "prefix"]).doUpdateSet(changing))
        .execute();
    });
  }

  /** Drops sessions unused since `usedBefore` or begun before `createdBefore`, and failures older than `failedBefore`. */
  async tidy(
    tenant: string,
    limits: { usedBefore: number; createdBefore: number; failedBefore: number },
  ): Promise<void> {
    await this.#store.transaction(async ({ db }) => {
      await db
        .deleteFrom("staff_session")
        .where("tenant_id", "=", tenant)
        .where((either) =>
          either.or([
            either("used_at", "<", limits.usedBefore),
            either("created_at", "<", limits.createdBefore),
          ]),
        )
        .execute();
      await db
        .deleteFrom("sign_in_failure")
        .where("tenant_id", "=", tenant)
        .where("last_at", "<", limits.failedBefore)
        .execute();
    });
  }
}

function fromRow(row: {
  tenant_id: string;
  staff_id: string;
  login: string;
  name: string;
  role: string;
  password_hash: string | null;
  disabled: number;
}): StaffMember {
  return {
    tenant: row.tenant_id,
    id: row.staff_id,
    login: row.login,
    name: row.name,
    role: row.role as Role,
    ...(row.password_hash === null ? {} : { passwordHash: row.password_hash }),
    disabled: row.disabled !== 0,
  };
}
