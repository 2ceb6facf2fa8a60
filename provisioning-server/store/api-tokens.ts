import type { StoreHandle } from "./open-store.ts";
import type { Role } from "./staff.ts";

export interface ApiTokenTables {
  api_token: {
    tenant_id: string;
    token_id: string;
    /** SHA-256 of the token, base64url. */
    token_hash: string;
    name: string;
    role: string;
    made_by: string;
    created_at: number;
    expires_at: number;
    used_at: number | null;
  };
}

/** A program that may use the API; the token itself is not kept. */
export interface ApiToken {
  readonly id: string;
  readonly tenant: string;
  /** What it is for, in words. */
  readonly name: string;
  readonly role: Role;
  readonly madeBy: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** To the minute; absent: never. */
  readonly usedAt?: number;
}

/** Tokens of the API. They come here as hashes only. */
export class ApiTokens {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  async add(token: ApiToken, hash: string): Promise<void> {
    await this.#store.transaction((inside) =>
      inside.db
        .insertInto("api_token")
        .values({
          tenant_id: token.tenant,
          token_id: token.id,
          token_hash: hash,
          name: token.name,
          role: token.role,
          made_by: token.madeBy,
          created_at: token.createdAt,
          expires_at: token.expiresAt,
          used_at: null,
        })
        .execute(),
    );
  }

  /** Expired ones too: their holder hears that they are. */
  async findByHash(tenant: string, hash: string): Promise<ApiToken | undefined> {
    const row = await this.#store.db
      .selectFrom("api_token")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("token_hash", "=", hash)
      .executeTakeFirst();
    return row === undefined ? undefined : fromRow(row);
  }

  async find(tenant: string, id: string): Promise<ApiToken | undefined> {
    const row = await this.#store.db
      .selectFrom("api_token")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("token_id", "=", id)
      .executeTakeFirst();
    return row === undefined ? undefined : fromRow(row);
  }

  /** The tenant's tokens by id (oldest first), after one, so many. */
  async page(tenant: string, after: string | undefined, limit: number): Promise<ApiToken[]> {
    let query = this.#store.db.selectFrom("api_token").selectAll().where("tenant_id", "=", tenant);
    if (after !== undefined) query = query.where("token_id", ">", after);
    return (await query.orderBy("token_id").limit(limit).execute()).map((row) => fromRow(row));
  }

  async use(tenant: string, id: string, at: number): Promise<void> {
    await this.#store.transaction((inside) =>
      inside.db
        .updateTable("api_token")
        .set({ used_at: at })
        .where("tenant_id", "=", tenant)
        .where("token_id", "=", id)
        .execute(),
    );
  }

  /** False when there was none. */
  async remove(tenant: string, id: string): Promise<boolean> {
    return this.#store.transaction(async (inside) => {
      const gone = await inside.db
        .deleteFrom("api_token")
        .where("tenant_id", "=", tenant)
        .where("token_id", "=", id)
        .executeTakeFirst();
      return gone.numDeletedRows > 0n;
    });
  }
}

function fromRow(row: ApiTokenTables["api_token"]): ApiToken {
  return {
    id: row.token_id,
    tenant: row.tenant_id,
    name: row.name,
    role: row.role as Role,
    madeBy: row.made_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    ...(row.used_at === null ? {} : { usedAt: row.used_at }),
  };
}
