import swagger from "@fastify/swagger";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Inventory } from "../inventory/inventory.ts";
import { setSecurityHeaders } from "../noc/security.ts";
import type { SignIn } from "../noc/sign-in.ts";
import { answerWithProblems, Problem, type ProblemLog } from "../problem.ts";
import { readJsonBody, wireLimit } from "../reports/body.ts";
import { Audit } from "../store/audit.ts";
import { ApiAccess } from "./api-access.ts";
import type { ApiReply, ApiRoute } from "./api-route.ts";
import { apiRoutes } from "./api-routes.ts";
import { callerOf, requireCallerRole, tenantMeant, type Caller } from "./caller.ts";
import { bodyCheck, textCheck, type SchemaCheck } from "./check-body.ts";
import { etagOf, expectedRevision } from "./etag.ts";
import { idempotently } from "./idempotent.ts";
import { describeRoute, namedSchemas, queryOf, withReferences } from "./openapi-schema.ts";

export interface ApiParts {
  /** Of the whole installation; each call gets that of its tenant. */
  readonly inventory: Inventory;
  readonly signIn: SignIn;
  readonly version: string;
  readonly log: ProblemLog;
  /** A hostile attempt, for the line that fail2ban reads. */
  readonly onAbuse?: (kind: "bad_token", address: string) => void;
}

/** `/api/v1/…` and its description at `/api/openapi.json`, in a scope of its own. */
export function registerApi(app: FastifyInstance, parts: ApiParts): void {
  void app.register(async (scope) => {
    answerWithProblems(scope, parts.log);
    scope.addHook("onRequest", async (_request, reply) => setSecurityHeaders(reply));
    readBodies(scope);
    // Each route checks by its own schemas, which find every fault and not only the first.
    scope.setValidatorCompiler(() => () => true);
    scope.setSerializerCompiler(() => JSON.stringify);
    await describe(scope, parts.version);
    const access = new ApiAccess(parts.inventory.store);
    const who = (request: FastifyRequest) => authenticate(request, parts, access);
    for (const route of apiRoutes) addRoute(scope, route, parts, who);
    scope.get("/api/openapi.json", { schema: { hide: true } }, async (request) => {
      await who(request);
      return scope.swagger();
    });
  });
}

async function authenticate(request: FastifyRequest, parts: ApiParts, access: ApiAccess): Promise<Caller> {
  try {
    return await callerOf(request, parts.signIn, access);
  } catch (error) {
    const isGuess = error instanceof Problem && error.slug === "unauthenticated";
    if (isGuess && request.headers.authorization !== undefined) parts.onAbuse?.("bad_token", request.ip);
    throw error;
  }
}

function readBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  for (const type of ["application/json", "application/merge-patch+json"])
    scope.addContentTypeParser(
      type,
      { parseAs: "buffer", bodyLimit: wireLimit },
      async (request: FastifyRequest, body: Buffer) =>
        // Programs send the type with every request, bodies or not.
        body.length === 0 ? undefined : readJsonBody(body, request.headers["content-encoding"]),
    );
}

async function describe(scope: FastifyInstance, version: string): Promise<void> {
  for (const [name, schema] of namedSchemas)
    scope.addSchema({ $id: name, ...(withReferences(schema, true) as object) });
  await scope.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Offhook", version, description: "docs/api.md tells the rules that all calls share." },
      components: {
        securitySchemes: {
          token: { type: "http", scheme: "bearer", description: "oh_…, by `offhook token api add`" },
          session: { type: "apiKey", in: "cookie", name: "__Host-offhook", description: "of the NOC page" },
        },
      },
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json.$id === "string" ? json.$id : `def-${index}`,
    },
  });
}

interface Checks {
  readonly params: SchemaCheck;
  readonly query: SchemaCheck;
  readonly body: SchemaCheck;
}

function addRoute(
  scope: FastifyInstance,
  route: ApiRoute,
  parts: ApiParts,
  who: (request: FastifyRequest) => Promise<Caller>,
): void {
  const checks: Checks = {
    params: textCheck(route.params, "path"),
    query: textCheck(queryOf(route), "query"),
    body: bodyCheck(route.body),
  };
  const callers = new WeakMap<FastifyRequest, Caller>();
  scope.route({
    method: route.method,
    url: `/api/v1${route.path}`,
    schema: describeRoute(route),
    exposeHeadRoute: false,
    // Before the body is read: who may not write need not send it.
    onRequest: async (request) => {
      const caller = await who(request);
      requireCallerRole(caller, route.role);
      callers.set(request, caller);
    },
    async handler(request, reply) {
      const caller = callers.get(request);
      if (caller === undefined) throw new Error(`${request.url} was served without a caller`);
      return send(reply, route, await answer(request, route, checks, caller, parts));
    },
  });
}

async function answer(
  request: FastifyRequest,
  route: ApiRoute,
  checks: Checks,
  caller: Caller,
  { inventory: whole }: ApiParts,
): Promise<ApiReply & { readonly again?: true }> {
  const { tenant, ...query } = checks.query(request.query) as { readonly tenant?: string };
  const inventory = await inventoryFor(whole, caller, tenant);
  const call = {
    caller,
    params: checks.params(request.params) as never,
    query: query as never,
    body: checks.body(request.body) as never,
    expected: expectedRevision(request.headers["if-match"]),
  };
  const run = async (inside: Inventory) => {
    const reply = await route.handle({ ...call, inventory: inside });
    if (route.method !== "GET" || route.audited === true) await audit(inside, caller, request, route, reply);
    return reply;
  };
  if (route.method === "GET") return run(inventory);
  return inventory.atomically({ who: caller.who }, (inside) =>
    idempotently(request, caller, inside, () => run(inside)),
  );
}

/** @throws {Problem} not-found for a tenant that is not there, or not the caller's to know of */
async function inventoryFor(whole: Inventory, caller: Caller, asked: string | undefined): Promise<Inventory> {
  const tenant = tenantMeant(caller, asked);
  if (!(await whole.tenants.show(tenant)).ok) throw new Problem("not-found", "There is no such thing.");
  return whole.ofTenant(tenant);
}

async function audit(
  inside: Inventory,
  { who, home, address }: Caller,
  request: FastifyRequest,
  route: ApiRoute,
  { location, detail = "" }: ApiReply,
): Promise<void> {
  const from = home === inside.tenant ? who : `${home}/${who}`;
  const subject = location ?? (request.url.split("?", 1)[0] ?? "").slice("/api/v1".length);
  await new Audit(inside.store).add(inside.tenant, { who: from, address, what: route.id, subject, detail });
}

function send(
  reply: FastifyReply,
  route: ApiRoute,
  done: ApiReply & { readonly again?: true },
): FastifyReply {
  if (done.revision !== undefined) void reply.header("etag", etagOf(done.revision));
  if (done.location !== undefined) void reply.header("location", `/api/v1${done.location}`);
  if (done.again === true) void reply.header("idempotent-replayed", "true");
  void reply.code(done.status ?? route.status);
  return done.body === undefined
    ? reply.send()
    : reply.type("application/json; charset=utf-8").send(done.body);
}
