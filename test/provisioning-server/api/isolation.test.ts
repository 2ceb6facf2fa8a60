import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiRoute } from "../../../provisioning-server/api/api-route.ts";
import { apiRoutes } from "../../../provisioning-server/api/api-routes.ts";
import { roles } from "../../../provisioning-server/store/staff.ts";
import { apiUnderTest } from "./api-under-test.ts";

/** The route's address with the ids of one tenant's things in it. */
function addressOf(route: ApiRoute, ids: Readonly<Record<string, string>>): string {
  return `${route.method} ${route.path.replaceAll(/:(\w+)/g, (_whole, name: string) => ids[name] ?? "1")}`;
}

const existing = { site: "hq", mac: "805ec0020001", line: "1" };
const missing = { site: "nowhere", mac: "805ec0990099", line: "1" };
const bodies = new Map<string, unknown>([["openWindow", { until: 1_750_000_100_000 }]]);
const bodyOf = (route: ApiRoute) => bodies.get(route.id) ?? route.bodyExample;

/** What an answer says, without the number of the request. */
function said(reply: { statusCode: number; body: string }): unknown {
  const { req: _req, ...rest } = JSON.parse(reply.body) as Record<string, unknown>;
  return [reply.statusCode, rest];
}

for (const route of apiRoutes.filter(({ path }) => path.includes(":")))
  test(`${route.id}: another tenant's thing is answered as one that does not exist`, async () => {
    await using api = await apiUnderTest();
    const token = await api.token("admin");
    const owner = await api.token("owner", "acme");
    const made = await api.ask("POST /tokens", { token: owner, body: { name: "x", role: "viewer" } });
    const theirs = {
      ...existing,
      id: route.path.startsWith("/tokens") ? made.json<{ id: string }>().id : "acme",
    };
    const none = { ...missing, id: "nowhere" };
    const options = { token, ...(route.body === undefined ? {} : { body: bodyOf(route) }) };
    const foreign = await api.ask(addressOf(route, theirs), options);
    const unknown = await api.ask(addressOf(route, none), options);
    if (route.id === "traceDevice") {
      // The trace is asked for MACs that nobody knows as well.
      assert.deepEqual([foreign.json(), unknown.json()], [{ items: [] }, { items: [] }]);
      return;
    }
    const least = route.role === "owner" ? 403 : 404;
    assert.equal(foreign.statusCode, least, foreign.body);
    assert.deepEqual(said(foreign), said(unknown));
    const asked = addressOf(route, theirs);
    const meant = await api.ask(`${asked}?tenant=acme`, options);
    assert.equal(meant.statusCode, least, "asking for the other tenant does not help");
    const ids = await api.inventory.ofTenant("acme").listPhones();
    assert.equal(ids.length, 1, "nothing of theirs was changed");
  });

test("lists show nothing of another tenant, and an owner is shown the one asked for", async () => {
  await using api = await apiUnderTest();
  const admin = await api.token("admin");
  const owner = await api.token("owner");
  for (const path of ["/sites", "/devices", "/lines", "/tenants"]) {
    const mine = await api.ask(`GET ${path}`, { token: admin });
    assert.equal(mine.statusCode, 200, mine.body);
    assert.doesNotMatch(mine.body, /acme|"hq"|805ec0020001/, path);
    assert.equal((await api.ask(`GET ${path}?tenant=acme`, { token: admin })).statusCode, 404);
    const theirs = await api.ask(`GET ${path}?tenant=acme`, { token: owner });
    assert.match(theirs.body, /acme|"hq"|805ec0020001/, path);
    assert.equal((await api.ask(`GET ${path}?tenant=nobody`, { token: owner })).statusCode, 404);
  }
});

test("a MAC that another tenant has cannot be added, and the answer says no more than that", async () => {
  await using api = await apiUnderTest();
  const token = await api.token("engineer");
  const body = { mac: "80:5e:c0:02:00:01", model: "T46U", site: "berlin" };
  const reply = await api.ask("POST /devices", { token, body });
  assert.equal(reply.statusCode, 409);
  assert.doesNotMatch(reply.body, /acme|tenant/);
  const near = await api.ask("GET /devices/805ec0020002", { token });
  assert.doesNotMatch(near.body, /805ec0020001/, "no neighbour of another tenant is suggested");
});

test("every route needs its role, and every smaller one is refused", async () => {
  await using api = await apiUnderTest();
  const tokens = new Map<string, string>();
  for (const role of roles) tokens.set(role, await api.token(role));
  for (const route of apiRoutes) {
    const address = addressOf(route, { ...missing, id: "nowhere" });
    const body = route.body === undefined ? {} : { body: {} };
    assert.equal((await api.ask(address, body)).statusCode, 401, `${route.id} without a token`);
    for (const role of roles) {
      const reply = await api.ask(address, { token: tokens.get(role) ?? "", ...body });
      const may = roles.indexOf(role) >= roles.indexOf(route.role);
      assert.equal(reply.statusCode === 403, !may, `${route.id} as ${role}: ${reply.statusCode}`);
    }
  }
});
