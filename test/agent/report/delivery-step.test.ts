import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServerReply } from "../../../agent/io/server-link.ts";
import {
  afterReply,
  nextErrand,
  onTrial,
  startDelivery,
  usualPace as pace,
  type DeliveryState,
  type Errand,
} from "../../../agent/report/delivery-step.ts";
import { Secret } from "../../../protocol/secret.ts";

const signedIn: DeliveryState = { ...startDelivery(0), token: new Secret("t"), connected: true };
const quiet = { stateChanged: false, reportsWaiting: false, configVersion: 0 };
const ok: ServerReply = { kind: "reply", status: 200, body: {} };
const gone: ServerReply = { kind: "failure", code: "ECONNREFUSED", why: "" };

function problem(status: number, slug = "", retryAfter?: number): ServerReply {
  return {
    kind: "reply",
    status,
    body: {},
    problem: slug,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

function after(state: DeliveryState, errand: Errand, reply: ServerReply, now = 1000, random = 0.5) {
  return afterReply(state, errand, reply, { now, random, pace });
}

test("nextErrand(): a challenge first, then the live state, then a new config, then history", () => {
  const world = { ...quiet, now: 0, reportsWaiting: true };
  assert.deepEqual(nextErrand(startDelivery(0), world), { errand: "challenge" });
  assert.deepEqual(nextErrand(signedIn, world), { errand: "state" });
  const told = { ...after(signedIn, "state", { ...ok, configVersion: 4 } as ServerReply, 0).state };
  assert.deepEqual(nextErrand(told, world), { errand: "config" });
  assert.deepEqual(nextErrand(told, { ...world, configVersion: 4 }), { errand: "reports" });
});

test("nextErrand(): the state goes out each 60 s ± 10 %, and on change, but not within 5 s of the last", () => {
  for (const [random, expected] of [
    [0, 54_000],
    [0.5, 60_000],
  ] as const) {
    const { state } = after(signedIn, "state", ok, 0, random);
    assert.deepEqual(nextErrand(state, { ...quiet, now: 1 }), { waitUntil: expected });
    assert.deepEqual(nextErrand(state, { ...quiet, now: 1, stateChanged: true }), { waitUntil: 5000 });
    assert.deepEqual(nextErrand(state, { ...quiet, now: 5000, stateChanged: true }), { errand: "state" });
  }
});

test("afterReply(): the first failure after being connected waits up to 60 s, the others 2 s · 2ⁿ up to 300 s", () => {
  let { state } = after(signedIn, "state", gone, 0);
  assert.equal(state.notBefore, 30_000);
  const pauses: number[] = [];
  for (let n = 0; n < 10; n += 1) {
    state = after(state, "state", gone, 0).state;
    pauses.push(state.notBefore);
  }
  assert.deepEqual(
    pauses,
    [2, 4, 8, 16, 32, 64, 128, 150, 150, 150].map((s) => s * 1000),
  );
  const fresh = after(startDelivery(0), "challenge", gone, 0).state;
  assert.equal(fresh.notBefore, 1000);
  assert.deepEqual(nextErrand(state, { ...quiet, now: 149_000 }), { waitUntil: 150_000 });
});

test("afterReply(): Retry-After is obeyed, and stretched by up to 20 %", () => {
  assert.equal(after(signedIn, "reports", problem(503, "overloaded", 30), 0, 0).state.notBefore, 30_000);
  assert.equal(
    after(signedIn, "reports", problem(429, "rate-limited", 30), 0, 0.999_999).state.notBefore.toFixed(0),
    "36000",
  );
});

test("afterReply(): after an outage the live state goes before the history", () => {
  const { state } = after({ ...signedIn, stateDue: 50_000 }, "reports", gone, 1000, 0);
  assert.deepEqual(nextErrand(state, { ...quiet, now: 1000, reportsWaiting: true }), { errand: "state" });
});

test("afterReply(): an expired token leads to a challenge at once; one that keeps being refused leads to back-off", () => {
  const first = after(signedIn, "state", problem(401, "token-expired"), 1000).state;
  assert.deepEqual(nextErrand(first, { ...quiet, now: 1000 }), { errand: "challenge" });
  const second = after(
    { ...first, token: new Secret("u") },
    "state",
    problem(401, "token-expired"),
    1000,
  ).state;
  assert.ok(second.notBefore > 1000);
  const refused = after(startDelivery(0), "challenge", problem(401, "unauthenticated"), 1000).state;
  assert.ok(refused.notBefore > 1000);
});

test("afterReply(): a revoked or doubled agent asks again in an hour", () => {
  for (const [slug, status, shutOut] of [
    ["agent-revoked", 401, "revoked"],
    ["epoch-conflict", 409, "doubled"],
  ] as const) {
    const { state } = after(signedIn, "reports", problem(status, slug), 0);
    assert.deepEqual([state.notBefore, state.shutOut, state.token], [3_600_000, shutOut, undefined]);
    assert.equal(after(state, "challenge", ok, 3_600_000).state.shutOut, undefined);
  }
});

test("afterReply(): 413 halves the batch down to one, success doubles it up to 100", () => {
  let state = signedIn;
  const sizes: number[] = [];
  for (let n = 0; n < 7; n += 1) {
    state = after(state, "reports", problem(413, "payload-too-large")).state;
    sizes.push(state.batch);
  }
  assert.deepEqual(sizes, [50, 25, 12, 6, 3, 1, 1]);
  for (let n = 0; n < 8; n += 1) state = after(state, "reports", ok).state;
  assert.equal(state.batch, 100);
});

test("afterReply(): a batch that is refused is sent one by one; a head refused three times is set aside", () => {
  let step = after(signedIn, "reports", problem(400, "invalid-request"));
  const effects: string[] = [];
  for (let n = 0; n < 3; n += 1) {
    assert.equal(step.state.batch, 1);
    step = after(step.state, "reports", problem(400, "invalid-request"));
    effects.push(step.effect);
  }
  assert.deepEqual(effects, ["none", "set-head-aside", "none"]);
});

test("afterReply(): two failed states in a row take a new config back, one that went through keeps it", () => {
  const trial = onTrial(signedIn);
  const once = after(trial, "state", gone);
  assert.equal(once.effect, "none");
  assert.equal(after(once.state, "state", gone).effect, "revert-config");
  const proved = after(once.state, "state", ok).state;
  assert.equal(after(after(proved, "state", gone).state, "state", gone).effect, "none");
});

test("afterReply(): batches go at most four a second", () => {
  const { state } = after({ ...signedIn, stateDue: 60_000 }, "reports", ok, 1000);
  assert.deepEqual(nextErrand(state, { ...quiet, now: 1000, reportsWaiting: true }), { waitUntil: 1250 });
});
