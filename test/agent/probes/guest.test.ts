import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import { systemClock } from "../../../agent/io/clock.ts";
import { resolve } from "../../../agent/io/resolve.ts";
import { openStream } from "../../../agent/io/stream/stream.ts";
import { openUdp } from "../../../agent/io/udp/udp.ts";
import { guest } from "../../../agent/probes/guest.ts";
import { Observation } from "../../../protocol/observation.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import { startCallee } from "../../fakes/callee.ts";
import { startFakePbx } from "../../fakes/pbx.ts";

// No second between two requests: the pace is for servers, and the test has its own.
const clock = { ...systemClock, sleep: () => Promise.resolve() };
const io = { clock, openUdp, openStream, resolve, say: () => undefined };

async function look(port: number, settings: Record<string, unknown> = {}) {
  const checked = Value.Parse(guest.settings, Value.Default(guest.settings, settings));
  const observations = await guest.run(`127.0.0.1:${port}`, checked, io, new AbortController().signal);
  for (const each of observations) assert.ok(Value.Check(Observation, each), JSON.stringify(each));
  return (key: ObservationKey) => observations.find((each) => each.key === key)?.value;
}

test("guest: a call that rings is called off at once, and told", async () => {
  await using callee = await startCallee({ ringsOn: true });
  const value = await look(callee.port);
  assert.equal(value("guest.admitted"), true);
  await callee.heard("ACK");
  assert.deepEqual(
    callee.requests.map(({ method }) => method),
    ["INVITE", "CANCEL", "ACK"],
  );
});

test("guest: 404 comes out of the dial plan, 401 and 403 do not; 405, 500 and 503 prove neither", async () => {
  for (const [code, admitted] of [
    [404, true],
    [401, false],
    [403, false],
    [405, null],
    [500, null],
    [503, null],
  ] as const) {
    await using callee = await startCallee({ refuse: { code } });
    assert.equal((await look(callee.port))("guest.admitted"), admitted, String(code));
  }
});

test("guest: known and unknown users are compared with one REGISTER each, and no password", async () => {
  await using pbx = await startFakePbx({ accounts: [{ user: "1001", password: "made-up" }] });
  pbx.behave({ kind: "answer", code: 401 }, { method: "INVITE" });
  const even = await look(pbx.port, { knownUser: "1001" });
  assert.deepEqual([even("guest.known"), even("guest.unknown"), even("guest.tells")], [401, 401, false]);
  assert.deepEqual(
    pbx.requests.map(({ request }) => request.method),
    ["INVITE", "ACK", "REGISTER", "REGISTER"],
  );
  const other = await startCallee({ refuse: { code: 503 } });
  await using _other = other;
  assert.equal((await look(other.port, { knownUser: "1001" }))("guest.known"), undefined);
});
