import assert from "node:assert/strict";
import { test } from "node:test";
import { Audit } from "../../../provisioning-server/store/audit.ts";
import { Devices } from "../../../provisioning-server/store/devices.ts";
import { apiUnderTest } from "./api-under-test.ts";

const day = 86_400_000;
const ownWrite = { origin: "https://noc.example", host: "noc.example", "sec-fetch-site": "same-origin" };

test("a device goes round: read, changed, written back, and its secrets stay what they were", async () => {
  await using api = await apiUnderTest();
  const token = await api.token("engineer");
  const read = await api.ask("GET /devices/805ec0010001", { token });
  assert.equal(read.statusCode, 200);
  assert.doesNotMatch(read.body, /planted/);
  const {
    mac: _mac,
    state: _state,
    tokenGeneration: _token,
    revision: _revision,
    ...document
  } = read.json<Record<string, unknown>>();
  const body = { ...document, label: "Room 1" };
  const headers = { "if-match": String(read.headers.etag) };
  const written = await api.ask("PUT /devices/805ec0010001", { token, body, headers });
  assert.equal(written.statusCode, 200, written.body);
  assert.notEqual(written.headers.etag, read.headers.etag);
  assert.equal(written.json<{ label: string }>().label, "Room 1");
  const stored = await new Devices(api.inventory.store, api.inventory.vault).get("default", "805ec0010001");
  assert.equal(stored?.lines[0]?.settings.password, "planted-secret");
});

test("a change that was made from an old version is refused with the ETag of the one that stands", async () => {
  await using api = await apiUnderTest();
  const token = await api.token("owner");
  for (const path of ["/devices/805ec0010001", "/sites/berlin", "/tenants/acme"]) {
    const { etag } = (await api.ask(`GET ${path}`, { token })).headers;
    const patch = (text: string, tag: unknown) => {
      const name = path.startsWith("/devices") ? "label" : "name";
      return api.ask(`PATCH ${path}`, {
        token,
        body: { [name]: text },
        headers: { "if-match": String(tag) },
      });
    };
    const first = await patch("one", etag);
    assert.equal(first.statusCode, 200, first.body);
    const second = await patch("two", etag);
    assert.equal(second.statusCode, 412, path);
    assert.equal(second.json<{ etag: string }>().etag, first.headers.etag);
    assert.equal((await patch("three", "*")).statusCode, 200);
    assert.equal((await patch("four", 'W/"r1"')).statusCode, 412, "weak tags match nothing");
    const gone = await api.ask(`DELETE ${path}`, { token, headers: { "if-match": String(etag) } });
    assert.equal(gone.statusCode, 412, `DELETE ${path}`);
  }
});

test("a write with the same Idempotency-Key is done once and answered twice, for 24 hours", async () => {
  await using api = await apiUnderTest();
  const token = await api.token("admin");
  const body = { name: "crm", role: "viewer" };
  const headers = { "idempotency-key": "order-1" };
  const make = () => api.ask("POST /tokens", { token, body, headers });
  const first = await make();
  assert.equal(first.statusCode, 201);
  const again = await make();
  assert.deepEqual([again.statusCode, again.body], [first.statusCode, first.body]);
  assert.equal(again.headers["idempotent-replayed"], "true");
  assert.equal(again.headers.location, first.headers.location);
  const other = await api.ask("POST /tokens", { token, body: { ...body, name: "erp" }, headers });
  assert.equal(other.statusCode, 422, "the key came with something else");
  const rows = await api.inventory.store.db.selectFrom("idempotency").selectAll().execute();
  assert.doesNotMatch(JSON.stringify(rows), /oh_default/, "the answer is sealed: a token stands in it");
  const stranger = await api.ask("POST /tokens", { token: await api.token("admin"), body, headers });
  assert.notEqual(stranger.body, first.body, "keys of two callers never meet");
  api.clock.at += day + 1;
  const late = await api.ask("POST /tokens", { token: await api.token("admin"), body, headers });
  assert.equal(late.statusCode, 201);
  assert.equal(late.headers["idempotent-replayed"], undefined);
});

test("many writes with one Idempotency-Key at once are one write", async () => {
  await using api = await apiUnderTest();
  const token = await api.token("engineer");
  const body = { id: "wien" };
  const options = { token, body, headers: { "idempotency-key": "once" } };
  const replies = await Promise.all(Array.from({ length: 8 }, () => api.ask("POST /sites", options)));
  assert.deepEqual(new Set(replies.map((reply) => `${reply.statusCode} ${reply.body}`)).size, 1);
  assert.equal(replies.filter((reply) => reply.headers["idempotent-replayed"] === undefined).length, 1);
});

test("a write that is refused leaves nothing behind, and its Idempotency-Key is free", async () => {
  await using api = await apiUnderTest();
  const token = await api.token("engineer");
  const headers = { "idempotency-key": "k" };
  const bad = { mac: "805ec0010009", model: "T99", site: "berlin" };
  assert.equal((await api.ask("POST /devices", { token, body: bad, headers })).statusCode, 422);
  const good = await api.ask("POST /devices", { token, body: { ...bad, model: "T46U" }, headers });
  assert.equal(good.statusCode, 201, good.body);
});

test("every fault of a body is told, each with its JSON pointer", async () => {
  await using api = await apiUnderTest();
  const token = await api.token("engineer");
  const pointers = async (what: string, body: unknown) => {
    const reply = await api.ask(what, { token, body });
    const { errors } = reply.json<{ errors: { pointer: string }[] }>();
    return [reply.statusCode, ...errors.map(({ pointer }) => pointer)];
  };
  const body = {
    mac: "x",
    model: 5,
    site: "berlin",
    colour: "red",
    lines: [{ index: 0, settings: { user: 201 } }],
    settings: { time: { zoon: "x" } },
  };
  assert.deepEqual(await pointers("POST /devices", body), [
    400,
    "/mac",
    "/model",
    "/lines/0/index",
    "/lines/0/settings/user",
    "/settings/time/zoon",
    "/colour",
  ]);
  const wrong = {
    mac: "805ec0010009",
    model: "T99",
    site: "paris",
    lines: [
      { index: 1, settings: { displayName: "a\nb" } },
      { index: 1, settings: { password: "••••" } },
    ],
    settings: { time: { zone: "Moon/Crater" } },
  };
  assert.deepEqual(await pointers("POST /devices", wrong), [
    422,
    "/lines/1/settings/password",
    "/model",
    "/site",
    "/lines/0/settings/displayName",
    "/lines/1/index",
    "/settings/time/zone",
  ]);
  assert.deepEqual(await pointers("PATCH /sites/berlin", { networks: ["10.0.0.0/8"], name: 5 }), [
    400,
    "/name",
  ]);
});

test("what is no JSON, too large, of another kind or made to hurt is refused in kind", async () => {
  await using api = await apiUnderTest();
  const token = await api.token("engineer");
  const send = async (payload: string | Buffer, headers: Readonly<Record<string, string>> = {}) => {
    const reply = await api.app.inject({
      method: "POST",
      url: "/api/v1/sites",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
      payload,
    });
    assert.match(String(reply.headers["content-type"]), /problem\+json/);
    return reply.statusCode;
  };
  assert.equal(await send("{"), 400);
  assert.equal(await send('{"id":"a","id":"b"}'), 400, "a name twice");
  assert.equal(await send('{"__proto__":{"role":"owner"},"id":"a"}'), 400);
  assert.equal(await send('{"id":1e400}'), 400);
  assert.equal(await send("[".repeat(10_000) + "]".repeat(10_000)), 400);
  assert.equal(await send(`{"id":"${"a".repeat(2_000_000)}"}`), 413);
  assert.equal(await send("id=a", { "content-type": "text/plain" }), 415);
  assert.equal((await api.ask("GET /sites?limit=501", { token })).statusCode, 400);
  assert.equal((await api.ask("GET /sites?colour=red", { token })).statusCode, 400);
  assert.equal((await api.ask("GET /sites?cursor=nonsense", { token })).statusCode, 400);
});

test("lists come by the page, each thing once, and what is added meanwhile disturbs nothing", async () => {
  await using api = await apiUnderTest();
  const token = await api.token("engineer");
  for (let index = 10; index < 33; index += 1) {
    const body = {
      mac: `805ec00100${index}`,
      model: "T46U",
      site: "berlin",
      lines: [
        { index: 1, settings: { user: `${index}` } },
        { index: 2, settings: {} },
      ],
    };
    assert.equal((await api.ask("POST /devices", { token, body })).statusCode, 201);
  }
  const all = async (path: string) => {
    const keys: string[] = [];
    let cursor = "";
    for (;;) {
      const asked = await api.ask(`GET ${path}?limit=7${cursor === "" ? "" : `&cursor=${cursor}`}`, {
        token,
      });
      const page = asked.json<{ items: { mac: string; index?: number }[]; next?: string }>();
      assert.ok(page.items.length <= 7);
      keys.push(...page.items.map(({ mac, index }) => `${mac} ${index ?? ""}`));
      if (page.next === undefined) return keys;
      cursor = page.next;
    }
  };
  const devices = await all("/devices");
  assert.equal(devices.length, 24);
  assert.deepEqual(devices, [...new Set(devices)].toSorted());
  assert.equal((await all("/lines")).length, 1 + 2 * 23);
  const some = await api.ask("GET /devices?site=berlin&model=T46U&state=expected&limit=500", { token });
  assert.equal(some.json<{ items: unknown[] }>().items.length, 24);
});

test("who did what stands in the tenant's own book, which is whole, and has no secret in it", async () => {
  await using api = await apiUnderTest();
  const engineer = await api.token("engineer");
  const owner = await api.token("owner");
  const line = { settings: { password: "planted-too" } };
  assert.equal(
    (await api.ask("PUT /devices/805ec0010001/lines/2", { token: engineer, body: line })).statusCode,
    200,
  );
  assert.equal((await api.ask("GET /devices/805ec0010001/token", { token: engineer })).statusCode, 200);
  const there = await api.ask("POST /sites?tenant=acme", { token: owner, body: { id: "lab" } });
  assert.equal(there.statusCode, 201);
  await api.ask("POST /sites", { token: engineer, body: { id: "berlin" } });
  const audit = new Audit(api.inventory.store);
  const book = async (tenant: string) =>
    (await audit.latest(tenant, 10)).map(({ who, what, subject }) => `${who} ${what} ${subject}`);
  assert.deepEqual(await book("default"), [
    "token:engineer getDeviceToken /devices/805ec0010001/token",
    "token:engineer replaceLine /devices/805ec0010001/lines/2",
  ]);
  assert.deepEqual(await book("acme"), ["default/token:owner createSite /sites/lab"]);
  assert.equal(await audit.firstBroken("default"), undefined);
  assert.doesNotMatch(JSON.stringify(await audit.latest("default", 10)), /planted/);
});

test("a session may write only from the NOC's own pages; a token from anywhere; an old one is told so", async () => {
  await using api = await apiUnderTest();
  const cookie = await api.cookie("engineer");
  const body = { id: "wien" };
  assert.equal((await api.ask("GET /sites", { headers: { cookie } })).statusCode, 200);
  assert.equal((await api.ask("POST /sites", { body, headers: { cookie } })).statusCode, 403);
  const evil = { cookie, ...ownWrite, origin: "https://evil.example" };
  assert.equal((await api.ask("POST /sites", { body, headers: evil })).statusCode, 403);
  assert.equal((await api.ask("POST /sites", { body, headers: { cookie, ...ownWrite } })).statusCode, 201);
  const token = await api.token("viewer");
  api.clock.at += day;
  const old = await api.ask("GET /sites", { token });
  assert.equal(old.json<{ type: string }>().type, "/problems/token-expired");
  assert.deepEqual(api.abuse, []);
  assert.equal((await api.ask("GET /sites", { token: `oh_default_${"x".repeat(43)}` })).statusCode, 401);
  assert.equal((await api.ask("GET /sites", { token: "nonsense" })).statusCode, 401);
  assert.equal(api.abuse.length, 2);
  assert.match(api.abuse[0] ?? "", /^bad_token /);
});

test("tokens: nobody gives out more than they have; what is revoked is worthless; only hashes are stored", async () => {
  await using api = await apiUnderTest();
  const token = await api.token("admin");
  const more = await api.ask("POST /tokens", { token, body: { name: "x", role: "owner" } });
  assert.equal(more.statusCode, 403);
  const made = await api.ask("POST /tokens", { token, body: { name: "x", role: "viewer", days: 1 } });
  const { token: secret, id } = made.json<{ token: string; id: string }>();
  assert.equal((await api.ask("GET /sites", { token: secret })).statusCode, 200);
  const list = await api.ask("GET /tokens", { token });
  assert.doesNotMatch(list.body, /oh_/);
  assert.match(list.body, new RegExp(id));
  const rows = await api.inventory.store.db.selectFrom("api_token").selectAll().execute();
  assert.doesNotMatch(JSON.stringify(rows), /oh_/);
  assert.equal((await api.ask(`DELETE /tokens/${id}`, { token })).statusCode, 204);
  assert.equal((await api.ask("GET /sites", { token: secret })).statusCode, 401);
});

test("a phone's settings show their layer and what lost; the tenant's layer is below its sites'", async () => {
  await using api = await apiUnderTest();
  const token = await api.token("admin");
  const tenant = {
    settings: { time: { zone: "Europe/London" }, access: { adminPassword: "planted-admin" } },
  };
  assert.equal((await api.ask("PATCH /tenants/default", { token, body: tenant })).statusCode, 200);
  const zoneOf = async () => {
    const reply = await api.ask("GET /devices/805ec0010001/settings", { token });
    assert.doesNotMatch(reply.body, /planted/);
    const { items } = reply.json<{
      items: { path: string; value: unknown; layer: string; losers: unknown[] }[];
    }>();
    const { value, layer, losers } = items.find(({ path }) => path === "time.zone") ?? {};
    return { value, layer, lost: losers?.at(-1) };
  };
  assert.equal((await zoneOf()).layer, "tenant");
  const site = { settings: { time: { zone: "Europe/Berlin" } } };
  assert.equal((await api.ask("PATCH /sites/berlin", { token, body: site })).statusCode, 200);
  assert.deepEqual(await zoneOf(), {
    value: "Europe/Berlin",
    layer: "site",
    lost: { layer: "tenant", value: "Europe/London" },
  });
});

test("tenants are made, set, and go when nothing is left; the first one stays", async () => {
  await using api = await apiUnderTest();
  const token = await api.token("owner");
  const body = { id: "beta", name: "Beta", settings: { time: { zone: "Europe/Vienna" } } };
  const made = await api.ask("POST /tenants", { token, body });
  assert.deepEqual([made.statusCode, made.headers.location], [201, "/api/v1/tenants/beta"]);
  assert.equal((await api.ask("POST /tenants", { token, body })).statusCode, 409);
  assert.equal((await api.ask("POST /sites?tenant=beta", { token, body: { id: "one" } })).statusCode, 201);
  const held = await api.ask("DELETE /tenants/beta", { token });
  assert.deepEqual([held.statusCode, held.json<{ rule: string }>().rule], [422, "tenant"]);
  assert.equal((await api.ask("DELETE /sites/one?tenant=beta", { token })).statusCode, 204);
  assert.equal((await api.ask("DELETE /tenants/beta", { token })).statusCode, 204);
  assert.equal((await api.ask("GET /tenants/beta", { token })).statusCode, 404);
  assert.equal((await api.ask("DELETE /tenants/default", { token })).statusCode, 422);
});

test("windows, phonebooks and a phone's address are looked at, set and taken out", async () => {
  await using api = await apiUnderTest();
  const token = await api.token("engineer");
  const until = api.clock.at + 3_600_000;
  const open = await api.ask("PUT /sites/berlin/window", { token, body: { until } });
  assert.equal(open.json<{ windowUntil: number }>().windowUntil, until);
  const long = { until: api.clock.at + 8 * day };
  assert.equal((await api.ask("PUT /sites/berlin/window", { token, body: long })).statusCode, 422);
  assert.equal((await api.ask("DELETE /sites/berlin/window", { token })).statusCode, 204);
  assert.doesNotMatch((await api.ask("GET /sites/berlin", { token })).body, /windowUntil/);
  assert.equal((await api.ask("GET /sites/berlin/phonebook", { token })).statusCode, 404);
  const book = { name: "Berlin", entries: [{ name: "Ada", numbers: [{ kind: "work", number: "201" }] }] };
  assert.equal((await api.ask("PUT /sites/berlin/phonebook", { token, body: book })).statusCode, 200);
  assert.deepEqual((await api.ask("GET /sites/berlin/phonebook", { token })).json(), book);
  assert.equal((await api.ask("DELETE /sites/berlin/phonebook", { token })).statusCode, 204);
  const address = async (what: string) =>
    (await api.ask(`${what} /devices/805ec0010001/token`, { token })).json<{ address: string }>().address;
  const before = await address("GET");
  const renewed = await address("POST");
  assert.notEqual(renewed, before);
  assert.equal(await address("GET"), renewed);
});
