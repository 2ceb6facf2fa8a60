import { Type } from "typebox";
import { Tenant } from "../../protocol/tenant.ts";
import { done } from "../inventory/flaw.ts";
import { Problem } from "../problem.ts";
import { answerVerb } from "./answer-verb.ts";
import { apiRoute, type ApiReply } from "./api-route.ts";
import { patched } from "./patched.ts";
import { tenantMeant, type Caller } from "./caller.ts";
import { pageOf, pageQuery, readPage } from "./page.ts";
import { NewTenant, TenantBody } from "./schemas.ts";

const tag = "tenants";
const params = Type.Object({ id: Type.String({ pattern: "^[a-z0-9-]{1,40}$" }) });
const example = { id: "acme", name: "Acme", settings: { time: { zone: "Europe/Berlin" } }, revision: 1 };
const { revision: _revision, ...written } = example;
const { id: _id, ...body } = written;

const replyOf = (tenant: Tenant): ApiReply => ({ body: tenant, revision: tenant.revision });
/** The tenant that the address names, if it is one that the caller may know of. */
const named = (caller: Caller, id: string): string => tenantMeant(caller, id);

export const tenantRoutes = [
  apiRoute({
    method: "GET",
    path: "/tenants",
    id: "listTenants",
    tag,
    summary: "Tenants, by id: all for an owner, else one's own",
    role: "admin",
    query: Type.Object(pageQuery),
    status: 200,
    reply: pageOf(Tenant),
    replyExample: { items: [example] },
    problems: [],
    async handle({ inventory, caller, query }) {
      if (caller.role !== "owner")
        return { body: { items: [answerVerb(await inventory.tenants.show(caller.home))] } };
      const read = (after: string | undefined, limit: number) => inventory.tenants.list(after, limit);
      return { body: await readPage(query, read, (tenant) => tenant.id) };
    },
  }),
  apiRoute({
    method: "POST",
    path: "/tenants",
    id: "createTenant",
    tag,
    summary: "Make a tenant",
    role: "owner",
    body: NewTenant,
    bodyExample: written,
    status: 201,
    reply: Tenant,
    replyExample: example,
    problems: ["conflict", "rule-violated"],
    async handle({ inventory, body: { id, name, settings = {} } }) {
      if ((await inventory.tenants.show(id)).ok)
        throw new Problem("conflict", `${id} cannot be added: it is in use.`, { current: id });
      const added = answerVerb(await inventory.tenants.add({ id, name: name ?? id }));
      const isBare = Object.keys(settings).length === 0;
      const stored = isBare
        ? added
        : answerVerb(await inventory.tenants.rewrite(id, (known) => done({ name: known.name, settings })));
      return { ...replyOf(stored), location: `/tenants/${id}` };
    },
  }),
  apiRoute({
    method: "GET",
    path: "/tenants/:id",
    id: "getTenant",
    tag,
    summary: "One tenant; secrets are dots",
    role: "admin",
    params,
    status: 200,
    reply: Tenant,
    replyExample: example,
    problems: [],
    handle: async ({ inventory, caller, params: { id } }) =>
      replyOf(answerVerb(await inventory.tenants.show(named(caller, id)))),
  }),
  apiRoute({
    method: "PUT",
    path: "/tenants/:id",
    id: "replaceTenant",
    tag,
    summary: "Replace a tenant's name and settings; dots keep the secret that is there",
    role: "admin",
    params,
    body: TenantBody,
    bodyExample: body,
    status: 200,
    reply: Tenant,
    replyExample: example,
    problems: ["precondition-failed", "rule-violated"],
    handle: async ({ inventory, caller, params: { id }, body: { name = id, settings = {} }, expected }) =>
      replyOf(
        answerVerb(
          await inventory.tenants.rewrite(named(caller, id), () => done({ name, settings }), expected),
        ),
      ),
  }),
  apiRoute({
    method: "PATCH",
    path: "/tenants/:id",
    id: "changeTenant",
    tag,
    summary: "Change parts of a tenant (JSON Merge Patch, RFC 7396)",
    role: "admin",
    params,
    body: Type.Record(Type.String(), Type.Unknown()),
    bodyExample: { settings: { time: { zone: "Europe/Vienna" } } },
    status: 200,
    reply: Tenant,
    replyExample: example,
    problems: ["precondition-failed", "rule-violated"],
    async handle({ inventory, caller, params: { id }, body: patch, expected }) {
      const stored = await inventory.tenants.rewrite(
        named(caller, id),
        ({ name, settings }) => {
          const { name: newName = id, settings: newSettings = {} } = patched(
            TenantBody,
            { name, settings },
            patch,
          );
          return done({ name: newName, settings: newSettings });
        },
        expected,
      );
      return replyOf(answerVerb(stored));
    },
  }),
  apiRoute({
    method: "DELETE",
    path: "/tenants/:id",
    id: "removeTenant",
    tag,
    summary: "Forget a tenant that has no sites, phones, agents and members",
    role: "owner",
    params,
    status: 204,
    problems: ["precondition-failed", "rule-violated"],
    async handle({ inventory, caller, params: { id }, expected }) {
      answerVerb(await inventory.tenants.remove(named(caller, id), expected));
      return {};
    },
  }),
];
