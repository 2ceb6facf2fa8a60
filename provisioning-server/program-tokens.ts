import { ApiAccess, type MadeToken } from "./api/api-access.ts";
import { done, refused, type Verb } from "./inventory/flaw.ts";
import type { Inventory } from "./inventory/inventory.ts";
import { ApiTokens, type ApiToken } from "./store/api-tokens.ts";
import { Audit } from "./store/audit.ts";
import type { Role } from "./store/staff.ts";

/** The tokens of programs of an inventory's tenant, for the command line; what it does is in the audit. */
export class ProgramTokens {
  readonly #inventory: Inventory;
  /** Who gives them out and takes them back. */
  readonly #who: string;

  constructor(inventory: Inventory, who: string) {
    this.#inventory = inventory;
    this.#who = who;
  }

  async add(name: string, role: Role, days: number): Promise<MadeToken> {
    const { store, tenant } = this.#inventory;
    return store.transaction(async (inside) => {
      const made = await new ApiAccess(inside).create({ tenant, name, role, days, madeBy: this.#who });
      const detail = `${name}, ${role}, ${days} days`;
      const subject = `/tokens/${made.token.id}`;
      await new Audit(inside).add(tenant, { who: this.#who, what: "createToken", subject, detail });
      return made;
    });
  }

  list(): Promise<ApiToken[]> {
    const { store, tenant } = this.#inventory;
    return new ApiTokens(store).page(tenant, undefined, 10_000);
  }

  async revoke(id: string): Promise<Verb<string>> {
    const { store, tenant } = this.#inventory;
    return store.transaction(async (inside) => {
      if (!(await new ApiTokens(inside).remove(tenant, id)))
        return refused({ kind: "unknown", place: "token", expected: "the id of a token", found: id });
      const entry = { who: this.#who, what: "revokeToken", subject: `/tokens/${id}`, detail: "" };
      await new Audit(inside).add(tenant, entry);
      return done(id);
    });
  }
}
