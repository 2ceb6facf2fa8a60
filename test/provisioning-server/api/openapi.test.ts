import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Value } from "typebox/value";
import { apiRoutes } from "../../../provisioning-server/api/api-routes.ts";
import { mergePatch } from "../../../provisioning-server/api/merge-patch.ts";
import { readPage, tableOf } from "../../docs/markdown.ts";
import { apiUnderTest } from "./api-under-test.ts";
import { fieldsOf, type OpenApi } from "./openapi-fields.ts";

const list = new URL("openapi-fields.txt", import.meta.url);

async function description(): Promise<OpenApi> {
  await using api = await apiUnderTest();
  const token = await api.token("viewer");
  const reply = await api.app.inject({
    url: "/api/openapi.json",
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(reply.statusCode, 200, reply.body);
  assert.equal((await api.app.inject({ url: "/api/openapi.json" })).statusCode, 401);
  return reply.json<OpenApi>();
}

test("no field that a program may use has gone from the API; new ones are in the list", async () => {
  const now = fieldsOf(await description());
  const before = readFileSync(list, "utf8").trimEnd().split("\n");
  assert.deepEqual(
    before.filter((field) => !now.includes(field)),
    [],
    "gone: programs that use it break",
  );
  assert.deepEqual(
    now.filter((field) => !before.includes(field)),
    [],
    "new: add these to openapi-fields.txt",
  );
});

test("the description is OpenAPI 3.1, names every call, and every reference in it leads somewhere", async () => {
  const api = await description();
  assert.match(api.openapi, /^3\.1\./);
  const calls = Object.values(api.paths).flatMap((path) => Object.values(path));
  assert.deepEqual(
    calls.map((call) => call.operationId).toSorted(),
    apiRoutes.map((route) => route.id).toSorted(),
  );
  assert.equal(new Set(apiRoutes.map((route) => route.id)).size, apiRoutes.length);
  for (const [, name] of JSON.stringify(api).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
    assert.ok(name !== undefined && name in api.components.schemas, name);
  assert.doesNotMatch(JSON.stringify(api), /"\$ref":"(?!#\/components)/);
});

for (const route of apiRoutes)
  test(`${route.id} has a summary, and examples that fit its schemas`, () => {
    assert.ok(route.summary.length > 5);
    assert.equal(route.status === 204, route.reply === undefined);
    if (route.body !== undefined) {
      assert.ok(Value.Check(route.body, route.bodyExample), "the body's example");
      // A merge patch is checked by what comes out of it.
      if (route.method !== "PATCH") assert.equal(Reflect.get(route.body, "additionalProperties"), false);
    }
    if (route.reply !== undefined)
      assert.ok(Value.Check(route.reply, route.replyExample), "the reply's example");
  });

test("docs/api.md lists every call with its role, and no other", () => {
  const told = tableOf(readPage("docs/api.md").split("## Calls")[1] ?? "").map((row) => [
    row.get("call")?.replaceAll("`", ""),
    row.get("role"),
  ]);
  assert.deepEqual(
    told,
    apiRoutes.map(({ method, path, role }) => [`${method} ${path}`, role]),
  );
});

test("mergePatch() does what the examples of RFC 7396 do", () => {
  const cases: [unknown, unknown, unknown][] = [
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, result] of cases) assert.deepEqual(mergePatch(target, patch), result);
});
