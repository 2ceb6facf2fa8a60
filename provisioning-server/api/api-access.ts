import { createHash, randomBytes } from "node:crypto";
import { Secret } from "../../protocol/secret.ts";
import { ApiTokens, type ApiToken } from "../store/api-tokens.ts";
import type { StoreHandle } from "../store/open-store.ts";
import type { Role } from "../store/staff.ts";
import { uuidV7 } from "../uuid-v7.ts";

const minute = 60_000;
const day = 86_400_000;

/** A token that was made just now, and what its holder sends. */
export interface MadeToken {
  readonly token: ApiToken;
  readonly secret: Secret;
}

export type FoundToken =
  | { readonly outcome: "good"; readonly token: ApiToken }
  | { readonly outcome: "expired" }
  | { readonly outcome: "unknown" };

/** Tokens of programs: `oh_<tenant>_<random>`; only their SHA-256 is stored. */
export class ApiAccess {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  /** Makes a token; it is shown this once. */
  async create(about: {
    readonly tenant: string;
    readonly name: string;
    readonly role: Role;
    readonly days: number;
    readonly madeBy: string;
  }): Promise<MadeToken> {
    const { days, ...rest } = about;
    const now = this.#store.now();
    const token = { ...rest, id: uuidV7(now), createdAt: now, expiresAt: now + days * day };
    const secret = new Secret(`oh_${about.tenant}_${randomBytes(32).toString("base64url")}`);
    await new ApiTokens(this.#store).add(token, hashOf(secret));
    return { token, secret };
  }

  async find(secret: Secret): Promise<FoundToken> {
    const [, tenant] = /^oh_([a-z0-9-]{1,40})_[A-Za-z0-9_-]{43}$/.exec(secret.reveal()) ?? [];
    if (tenant === undefined) return { outcome: "unknown" };
    const tokens = new ApiTokens(this.#store);
    const token = await tokens.findByHash(tenant, hashOf(secret));
    if (token === undefined) return { outcome: "unknown" };
    const now = this.#store.now();
    if (token.expiresAt <= now) return { outcome: "expired" };
    // A write per request would cost more than the request.
    if (now - (token.usedAt ?? 0) > minute) await tokens.use(tenant, token.id, now);
    return { outcome: "good", token };
  }
}

function hashOf(secret: Secret): string {
  return createHash("sha256").update(secret.reveal()).digest("base64url");
}
