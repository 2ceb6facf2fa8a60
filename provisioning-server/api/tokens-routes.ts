import { Type } from "typebox";
import { Problem } from "../problem.ts";
import { ApiTokens } from "../store/api-tokens.ts";
import { ApiAccess } from "./api-access.ts";
import { apiRoute } from "./api-route.ts";
import { requireCallerRole } from "./caller.ts";
import { pageOf, pageQuery, readPage } from "./page.ts";
import { NewTokenView, TokenBody, TokenView } from "./schemas.ts";

const tag = "tokens";
const example = {
  id: "0198d0b3-6a00-7000-8000-000000000001",
  tenant: "default",
  name: "crm",
  role: "engineer",
  madeBy: "ada",
  createdAt: 1_780_000_000_000,
  expiresAt: 1_787_776_000_000,
};

export const tokenRoutes = [
  apiRoute({
    method: "GET",
    path: "/tokens",
    id: "listTokens",
    tag,
    summary: "Tokens of programs, oldest first; never the tokens themselves",
    role: "admin",
    query: Type.Object(pageQuery),
    status: 200,
    reply: pageOf(TokenView),
    replyExample: { items: [example] },
    problems: [],
    async handle({ inventory, query }) {
      const tokens = new ApiTokens(inventory.store);
      const read = (after: string | undefined, limit: number) => tokens.page(inventory.tenant, after, limit);
      return { body: await readPage(query, read, (token) => token.id) };
    },
  }),
  apiRoute({
    method: "POST",
    path: "/tokens",
    id: "createToken",
    tag,
    summary: "Make a token for a program; it is shown this once",
    role: "admin",
    body: TokenBody,
    bodyExample: { name: "crm", role: "engineer", days: 90 },
    status: 201,
    reply: NewTokenView,
    replyExample: { ...example, token: "oh_default_…" },
    problems: [],
    async handle({ inventory, caller, body: { name, role, days = 90 } }) {
      // Nobody hands out more than they have.
      requireCallerRole(caller, role);
      const { store, tenant } = inventory;
      const made = await new ApiAccess(store).create({ tenant, name, role, days, madeBy: caller.who });
      return {
        body: { ...made.token, token: made.secret.reveal() },
        location: `/tokens/${made.token.id}`,
        detail: `${name}, ${role}, ${days} days`,
      };
    },
  }),
  apiRoute({
    method: "DELETE",
    path: "/tokens/:id",
    id: "revokeToken",
    tag,
    summary: "Revoke a token",
    role: "admin",
    params: Type.Object({ id: Type.String({ maxLength: 40 }) }),
    status: 204,
    problems: [],
    async handle({ inventory, params: { id } }) {
      const gone = await new ApiTokens(inventory.store).remove(inventory.tenant, id);
      if (!gone) throw new Problem("not-found", "There is no such thing.");
      return {};
    },
  }),
];
