import { Type, type TSchema } from "typebox";
import { Device } from "../../protocol/device.ts";
import { LineSettings, PhoneSettings } from "../../protocol/phone-settings.ts";
import { problems, type ProblemSlug } from "../problem.ts";
import type { ApiRoute } from "./api-route.ts";

/** What a refusal looks like (RFC 9457). */
export const ProblemView = Type.Object({
  type: Type.String({ description: "/problems/<slug>, a page of this server" }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  req: Type.String({ description: "number under which the log has the request" }),
  errors: Type.Optional(
    Type.Array(
      Type.Object({
        pointer: Type.String({
          description: "JSON pointer into the body; `query/…` and `path/…` for parameters",
        }),
        expected: Type.String(),
        found: Type.String(),
        remedy: Type.Optional(Type.String()),
      }),
    ),
  ),
  etag: Type.Optional(Type.String({ description: "with 412: of what stands" })),
  rule: Type.Optional(Type.String()),
});

/** Schemas that have a name of their own in the description: they stand in many places. */
export const namedSchemas: ReadonlyMap<string, TSchema> = new Map<string, TSchema>([
  ["LineSettings", LineSettings],
  ["PhoneSettings", PhoneSettings],
  ["Device", Device],
  ["Problem", ProblemView],
]);

type Json = Record<string, unknown>;

const texts = new Map([...namedSchemas].map(([name, schema]) => [JSON.stringify(schema), name]));
const lengths = new Set([...texts.keys()].map((text) => text.length));

/** The schema with a reference in place of each named one inside it. */
export function withReferences(schema: unknown, isTop = false): unknown {
  if (Array.isArray(schema)) return schema.map((each) => withReferences(each));
  if (typeof schema !== "object" || schema === null) return schema;
  if (!isTop && "properties" in schema) {
    const text = JSON.stringify(schema);
    const name = lengths.has(text.length) ? texts.get(text) : undefined;
    if (name !== undefined) return { $ref: `${name}#` };
  }
  return Object.fromEntries(Object.entries(schema).map(([name, child]) => [name, withReferences(child)]));
}

const always: readonly ProblemSlug[] = [
  "unauthenticated",
  "forbidden",
  "not-found",
  "internal",
  "store-unavailable",
];

const tenantQuery = Type.String({
  pattern: "^[a-z0-9-]{1,40}$",
  description: "whose things are meant; one's own unless told. For owners: others have none but their own",
});

/** The query of a route with what every route takes. */
export function queryOf(route: ApiRoute): TSchema {
  const own = (route.query as { properties?: Record<string, TSchema> } | undefined)?.properties ?? {};
  return Type.Object({ ...own, tenant: Type.Optional(tenantQuery) }, { additionalProperties: false });
}

function headersOf(route: ApiRoute): Json | undefined {
  const properties: Json = {};
  if (route.problems.includes("precondition-failed"))
    properties["If-Match"] = {
      type: "string",
      description: "ETag that was read: refused with 412 when it is old",
    };
  if (route.method !== "GET")
    properties["Idempotency-Key"] = {
      type: "string",
      maxLength: 100,
      description: "the same key and body within 24 hours get the first answer, and nothing is done again",
    };
  return Object.keys(properties).length === 0 ? undefined : { type: "object", properties };
}

function responsesOf(route: ApiRoute): Json {
  const good =
    route.reply === undefined
      ? { description: "done", type: "null" }
      : {
          description: "done",
          content: {
            "application/json": {
              schema: withReferences(route.reply),
              ...(route.replyExample === undefined ? {} : { example: route.replyExample }),
            },
          },
        };
  const checked: readonly ProblemSlug[] =
    route.method === "GET"
      ? ["invalid-request"]
      : ["invalid-request", "malformed-body", "unsupported-media-type", "payload-too-large"];
  const all = [...always, ...checked, ...route.problems];
  const byStatus = Map.groupBy(all, (slug) => problems[slug].status);
  return Object.fromEntries([
    [String(route.status), good],
    ...[...byStatus]
      .toSorted(([a], [b]) => a - b)
      .map(([status, slugs]) => [
        String(status),
        {
          description: slugs.map((slug) => `${slug}: ${problems[slug].title}`).join(" · "),
          content: { "application/problem+json": { schema: { $ref: "Problem#" } } },
        },
      ]),
  ]);
}

/** A route as @fastify/swagger reads it. */
export function describeRoute(route: ApiRoute): Json {
  const headers = headersOf(route);
  return {
    operationId: route.id,
    summary: route.summary,
    description: `Needs the role ${route.role}.`,
    tags: [route.tag],
    security: [{ token: [] }, { session: [] }],
    querystring: withReferences(queryOf(route)),
    ...(headers === undefined ? {} : { headers }),
    ...(route.params === undefined ? {} : { params: withReferences(route.params) }),
    ...(route.body === undefined
      ? {}
      : { body: { ...(withReferences(route.body, true) as Json), examples: [route.bodyExample] } }),
    response: responsesOf(route),
  };
}
