import { deepEqual, equal, match } from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { SearchHit } from "../../../provisioning-server/noc/pages.ts";
import { Commands, type CommandStand } from "../../../provisioning-server/store/commands.ts";
import { type NocUnderTest, nocUnderTest } from "./noc-under-test.ts";

const harbour = { tenant: "default", agent: "agent-0001" };
const bounce = (path: string) => ({ method: "POST" as const, url: `/api/v1/switches/${path}/bounce` });

describe("orders to a port", () => {
  let under: NocUnderTest;
  let viewer: string;
  let operator: string;
  let admin: string;
  before(async () => {
    under = await nocUnderTest();
    viewer = await under.cookie("viewer");
    operator = await under.cookie("operator");
    admin = await under.cookie("admin");
  });
  after(() => under.close());

  test("an operator orders a restart; the site's agent gets it with the phone that the page shows, and the page hears how it went", async () => {
    const reply = await under.ask(operator, bounce("harbour/sw1/ports/3"));
    equal(reply.statusCode, 202);
    const stand = reply.json<CommandStand>();
    deepEqual([stand.state, stand.kind, stand.subject], ["waiting", "bounce-port", "port:sw1/3"]);
    const commands = new Commands(under.store);
    deepEqual(await commands.take(harbour), [
      { id: stand.id, kind: "bounce-port", switch: "sw1", port: "3", phone: "805ec0a10003" },
    ]);
    const again = await under.ask(operator, bounce("harbour/sw1/ports/3"));
    deepEqual([again.statusCode, /being restarted already/.test(again.body)], [409, true]);
    await commands.finish(harbour, stand.id, { outcome: "done", sentence: "It is back after 41 s." });
    const done = await under.ask(viewer, { url: `/api/v1/commands/${stand.id}` });
    deepEqual(done.json<CommandStand>().sentence, "It is back after 41 s.");
    equal((await under.ask(viewer, { url: "/api/v1/commands/0" })).statusCode, 404);
  });

  test("a viewer may not, nor anybody on a port that powers nothing, is not there, or is watched by nobody now", async () => {
    const status = async (cookie: string, path: string) => (await under.ask(cookie, bounce(path))).statusCode;
    equal(await status(viewer, "harbour/sw1/ports/4"), 403);
    equal(await status(operator, "harbour/sw1/ports/20"), 422);
    equal(await status(operator, "harbour/sw1/ports/99"), 404);
    equal(await status(operator, "harbour/sw9/ports/1"), 404);
    equal(await status(operator, "secret/sw1/ports/1"), 404);
    // Its agent has been silent for 41 minutes.
    equal(await status(operator, "depot/sw1/ports/1"), 409);
    const foreign = await under.app.inject({
      ...bounce("harbour/sw1/ports/4"),
      headers: { cookie: operator, origin: "https://evil.example", host: "noc.example" },
    });
    equal(foreign.statusCode, 403);
  });

  test("who ordered what is in the book, for admins", async () => {
    equal((await under.ask(operator, { url: "/api/v1/audit" })).statusCode, 403);
    const rows = (await under.ask(admin, { url: "/api/v1/audit" })).json<Record<string, unknown>[]>();
    deepEqual(
      rows.map(({ what, who, subject }) => [what, who, subject]),
      [
        ["bounce-port done", "agent:agent-0001", "port:sw1/3"],
        ["bounce-port asked", "operator", "port:sw1/3"],
      ],
    );
    match(String(rows[1]?.detail), /^restart 80:5e:c0:a1:00:03 .+ on port 3 of sw1, site harbour$/);
  });
});

describe("search for a MAC", () => {
  test("leads to the phone, and to its switch port with the age of that knowledge", async () => {
    const under = await nocUnderTest();
    const cookie = await under.cookie("viewer");
    under.clock.now += 12_000;
    const ask = async (text: string) =>
      (await under.ask(cookie, { url: `/api/v1/noc/search?q=${encodeURIComponent(text)}` })).json<
        SearchHit[]
      >();
    const hits = await ask("80:5E:C0:A1:00:03");
    deepEqual(
      hits.map(({ path }) => path),
      ["/phones/805ec0a10003", "/switches/harbour/sw1?port=3"],
    );
    equal(hits[1]?.title, "sw1 port 3");
    match(hits[1]?.detail ?? "", /80:5e:c0:a1:00:03 is here · seen 12 s ago · Harbour Office/);
    const old = (await ask("805ec0c30001")).find(({ path }) => path.startsWith("/switches/"));
    match(old?.detail ?? "", /seen 41 min ago, by an agent that is silent now/);
    equal((await ask("80")).filter(({ path }) => path.includes("port=")).length, 0);
    await under.close();
  });
});
