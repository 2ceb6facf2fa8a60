import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { CurrentObservations } from "../../../provisioning-server/store/observations.ts";
import { Reports } from "../../../provisioning-server/store/reports.ts";
import { AgentSide, enrolled, healthReport, observation, openServer, site } from "./agent-side.ts";

test("an enrolment token is good once: the same key gets the same answer, another one gets none", async () => {
  const server = await openServer();
  const { agents, clock } = server;
  const { token } = await agents.createEnrolToken(site);
  const side = new AgentSide(server);
  const first = await side.enrol(token.reveal());
  assert.equal(first.status, 200);
  assert.deepEqual((await side.enrol(token.reveal())).json, first.json);
  const other = await new AgentSide(server).enrol(token.reveal());
  const unknown = await new AgentSide(server).enrol(`pvt_${"a".repeat(32)}`);
  const late = await agents.createEnrolToken(site);
  clock.now += 24 * 3_600_000;
  const expired = await new AgentSide(server).enrol(late.token.reveal());
  for (const reply of [other, unknown, expired]) {
    assert.equal(reply.status, 403);
    assert.deepEqual({ ...reply.json, req: "" }, { ...other.json, req: "" }, "all refusals look the same");
  }
});

test("a token is given for a right signature over a fresh nonce alone", async () => {
  const server = await openServer();
  const side = await enrolled(server);
  const nonce = await side.nonce();
  assert.equal((await side.ask(nonce)).status, 200);
  assert.equal((await side.ask(nonce)).slug, "unauthenticated", "a nonce is good once");
  const stale = await side.nonce();
  server.clock.now += 61_000;
  assert.equal((await side.ask(stale)).slug, "unauthenticated", "a nonce is good for a minute");
  const forged = await side.nonce();
  assert.equal((await side.ask(`A${forged.slice(1)}`)).slug, "unauthenticated");
  const wrongKey = new AgentSide(server, generateKeyPairSync("ed25519").privateKey);
  Object.assign(wrongKey, { agentId: side.agentId, serverId: side.serverId });
  assert.equal((await wrongKey.signIn()).slug, "unauthenticated");
  const stranger = new AgentSide(server);
  stranger.agentId = "nobody-here";
  assert.equal((await stranger.signIn()).slug, "unauthenticated");
  assert.ok(server.abuses.length >= 5);
});

test("a token ends after an hour, at revocation, and is refused when made up", async () => {
  const server = await openServer();
  const side = await enrolled(server);
  assert.equal((await side.reports([healthReport(1)])).status, 200);
  server.clock.now += 3_600_000;
  assert.equal((await side.reports([healthReport(2)])).slug, "token-expired");
  await side.signIn();
  assert.equal((await side.reports([healthReport(2)])).status, 200);
  await server.agents.revoke({ tenant: "default", agent: side.agentId });
  const revoked = await side.reports([healthReport(3)]);
  assert.equal(revoked.slug, "agent-revoked");
  assert.equal(revoked.headers["www-authenticate"], 'Bearer error="agent-revoked"');
  side.token = `oat_${"A".repeat(80)}`;
  assert.equal((await side.reports([healthReport(3)])).slug, "unauthenticated");
});

test("of two agents with one key, the second to say something other is found out, and no data mixes", async () => {
  const server = await openServer();
  const original = await enrolled(server);
  const copy = new AgentSide(server, original.key);
  Object.assign(copy, { agentId: original.agentId, serverId: original.serverId });
  // The state folder was copied while the original ran: its papers name the original's run.
  copy.lastBootId = original.bootId;
  assert.equal((await copy.signIn()).status, 200, "as good as a restart, so far");
  assert.equal((await original.reports([healthReport(1)])).slug, "token-expired");
  assert.equal((await original.signIn()).slug, "epoch-conflict");
  const [agent] = await server.agents.agents();
  assert.equal(agent?.conflictAt, server.clock.now);
  assert.equal((await new Reports(server.store).counts()).stored, 0);
});

test("an agent that died between asking and knowing is let in by the runs it tried", async () => {
  const server = await openServer();
  const side = await enrolled(server);
  const before = side.bootId;
  side.bootId = "boot-two";
  assert.equal((await side.ask(await side.nonce(), { triedBootIds: [before] })).status, 200);
  side.bootId = "boot-three";
  assert.equal((await side.ask(await side.nonce(), { triedBootIds: ["boot-x"] })).slug, "epoch-conflict");
});

test("reports are stored once, whatever is sent again, and the observations are current", async () => {
  const server = await openServer();
  const side = await enrolled(server);
  const first = await side.reports([healthReport(1), healthReport(2)]);
  assert.deepEqual(first.json, { epoch: "e1", ackedSeq: 2, quarantined: [] });
  assert.equal(first.headers["offhook-config"], "0");
  await side.reports([healthReport(2), healthReport(1), healthReport(3)]);
  const stored = await new Reports(server.store).ofAgent({ tenant: "default", agent: side.agentId });
  assert.deepEqual(
    stored.map(({ report }) => report.seq),
    [1, 2, 3],
  );
  const current = new CurrentObservations(server.store);
  assert.deepEqual(await current.observationsOf(site), [{ observation: observation(), agent: side.agentId }]);
  const old = observation({ at: observation().at - 1, value: 1 });
  await side.reports([healthReport(4, { observations: [{ last: old, n: 1, bad: 0 }] })]);
  assert.equal(
    (await current.observationsOf(site))[0]?.observation.value,
    4.2,
    "late history changes nothing",
  );
  assert.ok(server.changes.length >= 4);
});

test("a server with too much to do puts reports off, tells until when, and takes them then", async () => {
  const server = await openServer();
  const side = await enrolled(server);
  server.load.putOff = 42;
  const refused = await side.reports([healthReport(1)]);
  assert.deepEqual([refused.status, refused.slug], [503, "overloaded"]);
  assert.equal(refused.headers["retry-after"], "42");
  delete server.load.putOff;
  assert.equal((await side.reports([healthReport(1)])).json?.ackedSeq, 1);
});

test("a gap is stored, shown, and closed by what comes late", async () => {
  const server = await openServer();
  const side = await enrolled(server);
  assert.equal((await side.reports([healthReport(3)])).json?.ackedSeq, 3);
  const reports = new Reports(server.store);
  const ref = { tenant: "default", agent: side.agentId };
  assert.deepEqual(await reports.gaps(ref, "e1"), [{ first: 1, last: 2 }]);
  await side.reports([healthReport(1)]);
  assert.deepEqual(await reports.gaps(ref, "e1"), [{ first: 2, last: 2 }]);
  assert.deepEqual(await reports.counts(), { stored: 2, missing: 1, dropped: 0, quarantined: 0 });
});

test("a report that does not fit goes to quarantine and is acknowledged; one without a number is refused", async () => {
  const server = await openServer();
  const side = await enrolled(server);
  const bad = { ...healthReport(2), findings: "none" };
  const reply = await side.reports([healthReport(1), bad, healthReport(3)]);
  assert.deepEqual(reply.json, { epoch: "e1", ackedSeq: 3, quarantined: [2] });
  const [kept] = await new Reports(server.store).quarantined({ tenant: "default", agent: side.agentId });
  assert.equal(kept?.seq, 2);
  assert.deepEqual(JSON.parse(kept?.body ?? ""), bad);
  const without = await side.reports([{ ...healthReport(4), seq: "4" }]);
  assert.equal(without.slug, "invalid-request");
  assert.deepEqual(without.json?.errors, [
    { pointer: "/reports/0/seq", expected: "an integer from 1", found: "something else" },
  ]);
});

test("quarantine keeps the newest 100 of an agent", async () => {
  const server = await openServer();
  const side = await enrolled(server);
  for (const start of [1, 101])
    await side.reports(Array.from({ length: 100 }, (_, index) => ({ seq: start + index })));
  const kept = await new Reports(server.store).quarantined({ tenant: "default", agent: side.agentId });
  assert.deepEqual([kept.length, kept[0]?.seq], [100, 101]);
});

test("an unknown epoch is refused unless it names the stored one, or the agent enrolled anew", async () => {
  const server = await openServer();
  const side = await enrolled(server);
  await side.reports([healthReport(1)]);
  const refused = await side.reports([healthReport(1)], { epoch: "e2" });
  assert.deepEqual([refused.slug, refused.json?.current], ["epoch-conflict", "e1"]);
  assert.equal((await side.reports([healthReport(1)], { epoch: "e2", previousEpoch: "e1" })).status, 200);
  const { token } = await server.agents.createEnrolToken(site);
  await side.enrol(token.reveal());
  await side.signIn();
  assert.equal((await side.reports([healthReport(1)], { epoch: "e3" })).status, 200);
  assert.equal((await server.agents.agents()).length, 1, "it is still the same agent");
});

test("a later live state replaces an earlier one, never the other way round", async () => {
  const server = await openServer();
  const side = await enrolled(server);
  const state = (stateSeq: number, uptime: number) => ({
    epoch: "e1",
    stateSeq,
    at: server.clock.now - 70_000,
    mono: 1,
    bootId: side.bootId,
    findings: [],
    health: { version: "1", uptime, spoolReports: 0, spoolBytes: 0, probesLate: 0 },
    configVersion: 0,
    madeUpLater: true,
  });
  assert.equal((await side.call("PUT", "/v1/agent/state", state(2, 20))).status, 204);
  assert.equal((await side.call("PUT", "/v1/agent/state", state(1, 10))).status, 204);
  const [agent] = await server.agents.agents(site);
  assert.equal(agent?.health?.uptime, 20);
  assert.equal(agent?.skew, 70_000);
  server.clock.now += 9000;
  assert.deepEqual(
    (await server.agents.observations(site)).map(({ key, value }) => [key, value]),
    [
      ["agent.lastHeard", 9],
      ["clock.offset", -70_000],
    ],
  );
  const wrong = await side.call("PUT", "/v1/agent/state", { ...state(3, 1), health: {}, stateSeq: 0 });
  assert.equal(wrong.slug, "invalid-request");
  const { errors } = wrong.json ?? {};
  assert.ok(Array.isArray(errors) && errors.length >= 5, "every place is named");
});

test("the site's config is served with its version, and 304 when the agent has it", async () => {
  const server = await openServer();
  const side = await enrolled(server);
  assert.equal((await side.call("GET", "/v1/agent/config")).slug, "not-found");
  const config = { version: 0, site: "x", name: "Lobby", probes: [], thresholds: {}, sealEvery: 5 };
  assert.equal(await server.agents.setSiteConfig(site, config), 1);
  assert.equal(await server.agents.setSiteConfig(site, config), 2);
  const reply = await side.call("GET", "/v1/agent/config");
  assert.deepEqual(reply.json, { ...config, site: "lobby", version: 2 });
  assert.equal(reply.headers["offhook-config"], "2");
  const same = await side.call("GET", "/v1/agent/config", undefined, {
    "if-none-match": String(reply.headers.etag),
  });
  assert.equal(same.status, 304);
});

test("bodies: gzip and zstd are read, bombs are not unpacked, the rest says what is wrong", async () => {
  const server = await openServer();
  const side = await enrolled(server);
  const post = (body: Buffer | string, headers: Record<string, string> = {}) =>
    side.call("POST", "/v1/agent/reports", body, headers);
  const body = (seq: number) =>
    JSON.stringify({
      epoch: "e1",
      sent: { at: 0, mono: 1, bootId: side.bootId },
      reports: [healthReport(seq)],
    });
  assert.equal((await post(gzipSync(body(1)), { "content-encoding": "gzip" })).status, 200);
  assert.equal((await post(zstdCompressSync(body(2)), { "content-encoding": "zstd" })).status, 200);
  const big = Buffer.alloc(9 * 1024 * 1024, " ");
  const bomb = await post(gzipSync(big), { "content-encoding": "gzip" });
  assert.deepEqual([bomb.status, bomb.slug, bomb.json?.limit], [413, "payload-too-large", 8 * 1024 * 1024]);
  const nested = await post(gzipSync(gzipSync(big)), { "content-encoding": "gzip" });
  assert.equal(nested.status, 400);
  assert.equal((await post(zstdCompressSync(big), { "content-encoding": "zstd" })).status, 413);
  assert.equal((await post(Buffer.alloc(1024 * 1024 + 1, " "))).status, 413);
  assert.equal((await post("no gzip", { "content-encoding": "gzip" })).slug, "malformed-body");
  assert.equal((await post("{}", { "content-encoding": "br" })).slug, "unsupported-media-type");
  assert.equal((await post(Buffer.from([0x22, 0xff, 0x22]))).slug, "malformed-body");
  assert.equal((await post(`{"epoch":${"[".repeat(10_000)}`)).slug, "malformed-body");
  assert.equal((await post('{"__proto__":{"epoch":"e1"}}')).slug, "malformed-body");
  const far = await post('{"epoch":"e1","reports":[{"seq":1e400}]}');
  assert.deepEqual([far.slug, far.json?.offset], ["malformed-body", 32]);
  const text = await side.call("POST", "/v1/agent/reports", "x", { "content-type": "text/plain" });
  assert.equal(text.slug, "unsupported-media-type");
});
