import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Secret } from "../../../protocol/secret.ts";
import type { IncidentRow, Overview } from "../../../provisioning-server/noc/overview.ts";
import { type NocUnderTest, nocUnderTest, ownWrite } from "./noc-under-test.ts";

const readable = [
  "/",
  "/incidents",
  "/incidents.json",
  "/incidents.csv",
  "/sites",
  "/sites.json",
  "/sites.csv",
  "/sites/harbour",
  "/sites/harbour.json",
  "/sites/harbour.csv",
  "/switches",
  "/switches.json",
  "/switches.csv",
  "/switches/harbour/sw1",
  "/switches/harbour/sw1.json",
  "/switches/harbour/sw1.csv",
  "/phones/805ec0a10003",
  "/phones/805ec0a10003.json",
  "/phones/805ec0a10003.csv",
  "/agents",
  "/agents.json",
  "/agents.csv",
  "/api/v1/overview",
  "/api/v1/me",
  "/api/v1/noc/incidents",
  "/api/v1/noc/sites",
  "/api/v1/noc/sites/harbour",
  "/api/v1/noc/switches",
  "/api/v1/noc/switches/harbour/sw1",
  "/api/v1/noc/phones/805ec0a10003",
  "/api/v1/noc/agents",
];

describe("registerNocRoutes()", () => {
  let under: NocUnderTest;
  let viewer: string;
  let operator: string;
  before(async () => {
    under = await nocUnderTest();
    under.sources.findingsBySite.set("harbour", [under.sources.weakPower()]);
    await under.lookTwice();
    viewer = await under.cookie("viewer");
    operator = await under.cookie("operator");
  });
  after(() => under.close());

  async function firstIncident(): Promise<IncidentRow> {
    const reply = await under.ask(viewer, { url: "/incidents.json" });
    const [row] = reply.json<IncidentRow[]>();
    ok(row);
    return row;
  }

  for (const url of [...readable, "/api/v1/live", "/api/v1/noc/incidents/x"])
    test(`${url} shows nothing to strangers`, async () => {
      const reply = await under.app.inject({ url });
      const data = /\.(json|csv)$|^\/api/.test(url);
      equal(reply.statusCode, data ? 401 : 303);
      if (data) match(String(reply.headers["content-type"]), /^application\/problem\+json/);
      else equal(reply.headers.location, "/sign-in");
      doesNotMatch(reply.body, /harbour|805ec0/);
    });

  for (const url of readable)
    test(`${url} answers a viewer, with the security headers`, async () => {
      const reply = await under.ask(viewer, { url });
      equal(reply.statusCode, 200);
      const policy = String(reply.headers["content-security-policy"]);
      match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
      doesNotMatch(policy, /unsafe/);
      equal(reply.headers["x-content-type-options"], "nosniff");
      equal(reply.headers["referrer-policy"], "no-referrer");
      ok(reply.headers["strict-transport-security"]);
      if (url.endsWith(".csv")) match(String(reply.headers["content-type"]), /^text\/csv/);
      if (/\.json$|^\/api/.test(url)) reply.json();
    });

  test("no route under the pages is reachable without the guard", async () => {
    const reply = await under.app.inject({ url: "/assets/main-1.js" });
    equal(reply.statusCode, 200);
    for (const name of ["..%2findex.html", "%2e%2e%2f%2e%2e%2froutes.ts", "index.html", "nothing.js"])
      equal((await under.app.inject({ url: `/assets/${name}` })).statusCode, 404, name);
  });

  test("the overview has incidents, sites worst first, agents silent first", async () => {
    const overview = (await under.ask(viewer, { url: "/api/v1/overview" })).json<Overview>();
    deepEqual(
      overview.incidents.map((row) => [row.cause, row.siteName, row.affectedPhones]),
      [["weak-power", "Harbour Office", ["805ec0a10003"]]],
    );
    deepEqual(
      overview.sites.map((tile) => [tile.id, tile.state, tile.phones]),
      [
        ["harbour", "degraded", { ok: 11, degraded: 0, down: 1, unknown: 0 }],
        ["depot", "unknown", { ok: 0, degraded: 0, down: 0, unknown: 3 }],
        ["mill", "ok", { ok: 5, degraded: 0, down: 0, unknown: 0 }],
      ],
    );
    equal(overview.agents[0]?.id, "agent-0003");
    equal(overview.agents[0]?.state, "silent");
  });

  test("another tenant's things do not exist", async () => {
    equal((await under.ask(viewer, { url: "/api/v1/noc/sites/secret" })).statusCode, 404);
    const list = await under.ask(viewer, { url: "/sites.json" });
    doesNotMatch(list.body, /secret/);
  });

  test("the face-plate has every port in order, with link, watts, phone and state", async () => {
    const face = (await under.ask(viewer, { url: "/switches/harbour/sw1.json" })).json();
    equal(face.ports.length, 24);
    deepEqual(
      face.ports.map((port: { name: string }) => Number(port.name)),
      Array.from({ length: 24 }, (_, at) => at + 1),
    );
    equal(face.ports[2].state, "down");
    equal(face.ports[2].phone.mac, "805ec0a10003");
    equal(face.ports[0].state, "ok");
    equal(face.ports[20].state, "empty");
  });

  test("a phone's timeline has requests, observations and incidents, newest first", async () => {
    const phone = (await under.ask(viewer, { url: "/phones/805EC0A10003.json" })).json();
    const kinds = new Set(phone.timeline.map((entry: { kind: string }) => entry.kind));
    deepEqual(kinds, new Set(["request", "observation", "incident"]));
    const times = phone.timeline.map((entry: { at: number }) => entry.at);
    deepEqual(
      times,
      times.toSorted((a: number, b: number) => b - a),
    );
    equal(phone.port, "port:sw1/3");
  });

  describe("acknowledging", () => {
    const post = (cookie: string, id: string, headers: Record<string, string> = {}, note = "on my way") =>
      under.app.inject({
        method: "POST",
        url: `/api/v1/incidents/${id}/acknowledge`,
        payload: { note },
        headers: { cookie, ...ownWrite, ...headers },
      });

    test("needs the role operator", async () => {
      equal((await post(viewer, (await firstIncident()).id)).statusCode, 403);
    });

    test("is taken only from our own pages", async () => {
      const { id } = await firstIncident();
      equal((await post(operator, id, { origin: "https://evil.example" })).statusCode, 403);
      equal((await post(operator, id, { origin: "null" })).statusCode, 403);
      equal((await post(operator, id, { "sec-fetch-site": "cross-site" })).statusCode, 403);
      equal((await firstIncident()).state, "open");
    });

    test("keeps the note, the owner and the event", async () => {
      const { id } = await firstIncident();
      const reply = await post(operator, id);
      equal(reply.statusCode, 200);
      const page = reply.json();
      equal(page.state, "acknowledged");
      equal(page.owner, "A operator");
      equal(page.note, "on my way");
      deepEqual(
        page.events.map((event: { event: string }) => event.event),
        ["opened", "acknowledged"],
      );
    });

    test("refuses a note that is too long, and an incident that is none", async () => {
      const { id } = await firstIncident();
      equal((await post(operator, id, {}, "x".repeat(2001))).statusCode, 400);
      equal((await post(operator, "nothing")).statusCode, 404);
    });
  });

  test("CSV cells that start like a formula are made text, JSON keeps them", async () => {
    const evil = '=HYPERLINK("https://evil.example","x")';
    under.sources.findingsBySite.set("mill", [{ ...under.sources.silentPbx(), sentence: evil }]);
    await under.lookTwice();
    const csv = (await under.ask(viewer, { url: "/incidents.csv" })).body;
    ok(csv.includes(`"'=HYPERLINK(""https://evil.example"",""x"")"`), csv);
    const json = (await under.ask(viewer, { url: "/incidents.json" })).json<IncidentRow[]>();
    ok(json.some((row) => row.sentence === evil));
  });
});

describe("signing in", () => {
  let under: NocUnderTest;
  before(async () => {
    under = await nocUnderTest();
  });
  after(() => under.close());

  const navigate = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
  const form = (login: string, password: string, next = "") =>
    under.app.inject({
      method: "POST",
      url: "/sign-in",
      headers: { ...ownWrite, "content-type": "application/x-www-form-urlencoded" },
      payload: new URLSearchParams({ login, password, next }).toString(),
    });

  async function link(): Promise<string> {
    const member = await under.noc.signIn.putAccount({
      tenant: "default",
      login: "kim",
      name: "Kim",
      role: "admin",
    });
    return `/sign-in/link/${(await under.noc.signIn.createLink(member)).reveal()}`;
  }

  test("a link signs in once, with a cookie that scripts and other sites never get", async () => {
    const url = await link();
    const first = await under.app.inject({ url, headers: navigate });
    equal(first.statusCode, 303);
    match(
      String(first.headers["set-cookie"]),
      /^__Host-offhook=default\.[\w-]{43}; Path=\/; Max-Age=86400; HttpOnly; Secure; SameSite=Lax$/,
    );
    equal((await under.app.inject({ url, headers: navigate })).statusCode, 403);
  });

  test("a preview of the link does not use it up", async () => {
    const url = await link();
    const preview = await under.app.inject({ url });
    equal(preview.statusCode, 200);
    equal(preview.headers["set-cookie"], undefined);
    const prefetch = await under.app.inject({ url, headers: { ...navigate, "sec-purpose": "prefetch" } });
    equal(prefetch.headers["set-cookie"], undefined);
    const button = await under.app.inject({ method: "POST", url, headers: ownWrite });
    equal(button.statusCode, 303);
  });

  test("a link ends after 15 minutes", async () => {
    const url = await link();
    under.clock.now += 15 * 60_000 + 1;
    equal((await under.app.inject({ url, headers: navigate })).statusCode, 403);
  });

  test("a session ends after 12 hours idle, and after 24 hours whatever happens", async () => {
    const cookie = await under.cookie("viewer");
    const hour = 3_600_000;
    const status = async (): Promise<number> => (await under.ask(cookie, { url: "/api/v1/me" })).statusCode;
    under.clock.now += 11 * hour;
    equal(await status(), 200);
    under.clock.now += 11 * hour;
    equal(await status(), 200);
    under.clock.now += 2 * hour + 1;
    equal(await status(), 401);
    const idle = await under.cookie("viewer");
    under.clock.now += 12 * hour + 1;
    equal((await under.ask(idle, { url: "/api/v1/me" })).statusCode, 401);
  });

  test("signing out ends the session at the server", async () => {
    const cookie = await under.cookie("viewer");
    equal((await under.ask(cookie, { method: "POST", url: "/sign-out" })).statusCode, 303);
    equal((await under.ask(cookie, { url: "/api/v1/me" })).statusCode, 401);
  });

  test("a password signs in; five failures lock the account for that network for 15 minutes", async () => {
    const password = "correct horse battery";
    await under.noc.signIn.putAccount({
      tenant: "default",
      login: "Ada",
      name: "Ada",
      role: "viewer",
      password: new Secret(password),
    });
    const good = await form("ada", password, "/sites");
    equal(good.statusCode, 303);
    equal(good.headers.location, "/sites");
    for (let times = 0; times < 5; times += 1) equal((await form("ada", "wrong")).statusCode, 403);
    const locked = await form("ada", password);
    equal(locked.statusCode, 429);
    equal(locked.headers["retry-after"], "900");
    equal(under.abuse.at(-1), "login 127.0.0.1");
    under.clock.now += 15 * 60_000;
    equal((await form("ada", password)).statusCode, 303);
  });

  test("an unknown login reads as a wrong password, and its text is never echoed", async () => {
    const reply = await form("<script>alert(1)</script>", "x");
    equal(reply.statusCode, 403);
    match(reply.body, /Login or password is wrong/);
    doesNotMatch(reply.body, /<script>/);
  });

  test("`next` leads nowhere but to our own pages", async () => {
    for (const next of ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1"]) {
      await under.noc.signIn.putAccount({
        tenant: "default",
        login: "bo",
        name: "Bo",
        role: "viewer",
        password: new Secret("pw"),
      });
      equal((await form("bo", "pw", next)).headers.location, "/", next);
    }
  });
});
