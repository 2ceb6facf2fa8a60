import { Type } from "typebox";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Problem, answerWithProblems } from "../problem.ts";
import type { Audit } from "../store/audit.ts";
import type { IncidentBoard } from "./incident-board.ts";
import type { LiveFeed } from "./live-feed.ts";
import { registerLiveRoute } from "./live-route.ts";
import { nocPages, sendPage } from "./noc-pages.ts";
import type { PageFiles } from "./page-files.ts";
import type { PageReader } from "./page-reader.ts";
import type { PortOrders } from "./port-orders.ts";
import { requireOwnWrite, setSecurityHeaders } from "./security.ts";
import { type SignInRoutesParts, registerSignInRoutes, sendUnbuilt } from "./sign-in-routes.ts";
import { guard, requireRole, signedIn } from "./signed-in.ts";

export interface NocRoutesParts extends SignInRoutesParts {
  readonly pages: PageReader;
  readonly board: IncidentBoard;
  readonly feed: LiveFeed;
  readonly orders: PortOrders;
  readonly audit: Audit;
  readonly now: () => number;
}

/**
 * The pages for people, their `.json` and `.csv`, and `/api/v1`, on the admin listener. All of it in a scope of its own:
 * its hooks touch no other route of the app. Closing the app ends the live feed first, or its streams would hold it.
 */
export function registerNocRoutes(app: FastifyInstance, parts: NocRoutesParts): void {
  void app.register(async (scope) => {
    answerWithProblems(scope, scope.log);
    scope.addHook("onRequest", async (request, reply) => {
      setSecurityHeaders(reply);
      requireOwnWrite(request);
    });
    registerSignInRoutes(scope, parts);
    scope.get<{ Params: { name: string } }>("/assets/:name", (request, reply) => {
      if (!parts.files.sendAsset(request.params.name, reply))
        throw new Problem("not-found", "There is no such file.");
      return reply;
    });
    void scope.register(async (inside) => {
      inside.addHook("onRequest", async (request, reply) => {
        await guard(parts.signIn, request, reply);
        return reply.sent ? reply : undefined;
      });
      registerPages(inside, parts);
      registerApi(inside, parts);
      registerOrders(inside, parts);
      registerLiveRoute(inside, parts.feed, parts.now);
    });
    scope.addHook("preClose", async () => parts.feed.close());
  });
}

function registerPages(app: FastifyInstance, parts: NocRoutesParts): void {
  const shell = (_request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    sendShell(reply, parts.files);
  app.get("/", shell);
  for (const noc of nocPages) {
    app.get(noc.path, shell);
    // A colon in the last segment takes the dot with it, so the ending needs a pattern of its own.
    for (const form of ["json", "csv"] as const)
      app.get(withEnding(noc.path, form), (request, reply) =>
        sendPage(noc, form, parts.pages, request, reply),
      );
  }
}

function withEnding(path: string, form: string): string {
  return path.replace(/:(\w+)$/, ":$1(^[^/]+?)") + `.${form}`;
}

function registerApi(app: FastifyInstance, parts: NocRoutesParts): void {
  app.get("/api/v1/overview", (request) => parts.pages.overview(signedIn(request).tenant));
  app.get("/api/v1/me", (request) => {
    const { login, name, role, tenant } = signedIn(request);
    return { login, name, role, tenant };
  });
  app.get("/api/v1/noc/search", (request) => {
    const text = new URLSearchParams(request.url.split("?")[1] ?? "").get("q") ?? "";
    return parts.pages.search(signedIn(request).tenant, text.slice(0, 100));
  });
  for (const noc of nocPages)
    app.get(`/api/v1/noc${noc.path}`, (request, reply) => sendPage(noc, "json", parts.pages, request, reply));
  const body = Type.Object(
    { note: Type.Optional(Type.String({ maxLength: 2000 })) },
    { additionalProperties: false },
  );
  app.post<{ Params: { id: string }; Body: { note?: string } }>(
    "/api/v1/incidents/:id/acknowledge",
    { schema: { body }, attachValidation: true },
    async (request, reply) => {
      if (request.validationError !== undefined)
        throw new Problem("invalid-request", request.validationError.message);
      return acknowledge(request, reply, parts);
    },
  );
}

/** What is done at a site because somebody here asked for it; the answer says how to follow it. */
function registerOrders(app: FastifyInstance, { orders, audit }: NocRoutesParts): void {
  app.post<{ Params: { site: string; switch: string; port: string } }>(
    "/api/v1/switches/:site/:switch/ports/:port/bounce",
    async (request, reply) => {
      requireRole(request, "operator");
      const { tenant, login } = signedIn(request);
      const by = { login, address: request.ip };
      const id = await orders.bounce(tenant, request.params, by);
      return reply.code(202).send(await orders.stand(tenant, id));
    },
  );
  app.get<{ Params: { id: string } }>("/api/v1/commands/:id", async (request) => {
    const stand = await orders.stand(signedIn(request).tenant, request.params.id);
    if (stand === undefined) throw new Problem("not-found", "There is no such order.");
    return stand;
  });
  app.get("/api/v1/audit", async (request) => {
    requireRole(request, "admin");
    return audit.latest(signedIn(request).tenant, 500);
  });
}

async function acknowledge(
  request: FastifyRequest<{ Params: { id: string }; Body: { note?: string } }>,
  reply: FastifyReply,
  parts: NocRoutesParts,
): Promise<FastifyReply> {
  requireRole(request, "operator");
  const { tenant, name } = signedIn(request);
  const note = request.body.note?.trim();
  const by = note === undefined || note === "" ? { who: name } : { who: name, note };
  const done = await parts.board.acknowledge(tenant, request.params.id, by);
  if (done !== undefined) return reply.send(await parts.pages.incident(tenant, done.id));
  const known = await parts.pages.incident(tenant, request.params.id);
  if (known === undefined) throw new Problem("not-found", "There is no such incident.");
  throw new Problem("conflict", `It is ${known.state} already.`, { current: known.state });
}

function sendShell(reply: FastifyReply, files: PageFiles): FastifyReply {
  const html = files.html("index.html");
  return html === undefined ? sendUnbuilt(reply) : reply.type("text/html; charset=utf-8").send(html);
}
