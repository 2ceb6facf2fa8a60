import assert from "node:assert/strict";
import { test } from "node:test";
import { Type } from "typebox";
import type { AgentIo } from "../../../agent/io/io.ts";
import { silentLog } from "../../../agent/io/log.ts";
import { Loop } from "../../../agent/schedule/loop.ts";
import { readyPlans, type AgentProbe } from "../../../agent/schedule/plans.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { HandClock } from "./hand-clock.ts";

const Settings = Type.Object(
  { wait: Type.Optional(Type.Integer({ minimum: 1, default: 5 })) },
  { additionalProperties: false },
);

function probe(run: AgentProbe["run"]): AgentProbe {
  return { name: "p", verb: "p", about: "", target: "", example: "", settings: Settings, run };
}

const seen = (value: Observation["value"]): Observation => ({
  probe: "p",
  subject: "sip:a",
  key: "sip.rtt",
  value,
  at: new Date(2026, 5, 1, 10).getTime(),
  outcome: "ok",
});

function site(...probes: Record<string, unknown>[]) {
  const plan = { id: "a", probe: "p", target: "t", schedule: "* * * * * *", settings: {} };
  return {
    version: 1,
    site: "s",
    name: "",
    probes: probes.map((each) => ({ ...plan, ...each })),
    thresholds: {},
    sealEvery: 300,
  };
}

/** A loop whose seconds pass when the test says so. */
function loopOf(run: AgentProbe["run"]) {
  const clock = new HandClock();
  const rounds: (readonly Observation[])[] = [];
  const gathered: Observation[] = [];
  const loop = new Loop({
    agent: "edge",
    io: { clock } as unknown as AgentIo,
    log: silentLog,
    beat: () => () => {},
    startSpread: 0,
    runLimit: 10_000,
    onObservations: (observations) => gathered.push(...observations),
    onRound: (latest) => rounds.push(latest),
  });
  const ready = readyPlans(site({}), [probe(run)]);
  if (!ready.ok) assert.fail(JSON.stringify(ready.problems));
  loop.replace(ready.plans);
  const second = async () => {
    await clock.pass(1000);
    loop.tick();
    await clock.settle();
  };
  return { loop, clock, rounds, gathered, second };
}

test("Loop keeps the latest of every (subject, key), and tells of a round after runs have ended", async () => {
  let n = 0;
  const { rounds, second, gathered } = loopOf(async () => [seen((n += 1))]);
  for (let count = 0; count < 4; count += 1) await second();
  assert.deepEqual(rounds.at(-1), [seen(3)]);
  assert.equal(gathered.length, 4);
});

test("Loop makes a crash an observation, goes on, and takes it back when the probe runs again", async () => {
  let n = 0;
  const { loop, second } = loopOf(async () => {
    n += 1;
    if (n === 1) throw new Error("bug of its own");
    return [seen(n)];
  });
  await second();
  const [crash] = loop.latest();
  assert.deepEqual([crash?.key, crash?.outcome, crash?.subject], ["probe.crash", "crashed", "agent:edge/a"]);
  assert.match(crash?.evidence ?? "", /bug of its own/);
  await second();
  assert.deepEqual(
    loop.latest().map(({ key, outcome }) => `${key} ${outcome}`),
    ["probe.crash ok", "sip.rtt ok"],
  );
});

test("Loop never runs a plan over itself, counts it as late, and ends a run by its signal", async () => {
  let running = 0;
  let most = 0;
  const { loop, clock, second } = loopOf(async (_target, _settings, _io, signal) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((_resolve, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason as Error)),
    );
    return [];
  });
  // The probe counts itself down when its signal ends it.
  for (let count = 0; count < 4; count += 1) await second();
  assert.deepEqual([most, loop.late], [1, 3]);
  await clock.pass(10_000);
  const [timeout] = loop.latest();
  assert.equal(timeout?.outcome, "timeout");
});

test("Loop gives up a run that ignores its signal, and does not start it again while it hangs", async () => {
  let starts = 0;
  const { loop, clock, second } = loopOf(async () => {
    starts += 1;
    return new Promise(() => {});
  });
  await second();
  await clock.pass(10_000);
  await clock.pass(5000);
  assert.equal(loop.latest()[0]?.outcome, "timeout");
  await second();
  assert.equal(starts, 1);
});

test("Loop records an observation that no server would take as the probe's crash", async () => {
  const { loop, second } = loopOf(async () => [seen(1), { ...seen(2), subject: "no colon" }]);
  await second();
  assert.deepEqual(
    loop.latest().map(({ outcome }) => outcome),
    ["ok", "crashed"],
  );
});

test("readyPlans() names every problem at once, and fills in defaults", () => {
  const p = probe(async () => []);
  const bad = readyPlans(
    {
      ...site({ settings: { wait: 0, wiat: 1 } }, { id: "b", probe: "q", schedule: "99 * * * *" }),
      thresholds: { "no.such": 1 },
    },
    [p],
  );
  assert.deepEqual(bad.ok ? [] : bad.problems.map(({ place }) => place), [
    "/thresholds/no.such",
    "/probes/0/settings/wait",
    "/probes/0/settings/wiat",
    "/probes/1/schedule",
    "/probes/1/probe",
  ]);
  const twice = readyPlans(site({}, {}), [p]);
  assert.deepEqual(twice.ok ? [] : twice.problems.map(({ place }) => place), ["/probes/1/id"]);
  const shape = readyPlans({ ...site({ target: 1 }), extra: 1, sealEvery: 0 }, [p]);
  assert.deepEqual(shape.ok ? [] : shape.problems.map(({ place }) => place), [
    "/probes/0/target",
    "/sealEvery",
    "/extra",
  ]);
  const good = readyPlans(site({}), [p]);
  assert.deepEqual(good.ok && good.plans[0]?.settings, { wait: 5 });
});

test("Loop runs a plan that an event asks for out of its turn, and not twice when its turn comes too", async () => {
  let runs = 0;
  const clock = new HandClock();
  const loop = new Loop({
    agent: "edge",
    io: { clock } as unknown as AgentIo,
    log: silentLog,
    beat: () => () => {},
    startSpread: 0,
    runLimit: 10_000,
    onObservations: () => {},
    onRound: () => {},
  });
  const once = probe(async () => {
    runs += 1;
    return [];
  });
  // The hand clock stands at 10:00:00.
  const ready = readyPlans(site({ schedule: "0 * * * * *" }), [once]);
  if (!ready.ok) assert.fail(JSON.stringify(ready.problems));
  loop.replace(ready.plans);
  const seconds = async (count: number) => {
    for (let second = 0; second < count; second += 1) {
      await clock.pass(1000);
      loop.tick();
      await clock.settle();
    }
  };
  await seconds(5);
  assert.equal(runs, 1);
  loop.hurry("a", { settle: 2000, apart: 10_000 });
  loop.hurry("unknown", { settle: 2000, apart: 10_000 });
  await seconds(1);
  assert.equal(runs, 1);
  await seconds(1);
  assert.equal(runs, 2);
  await seconds(51);
  assert.equal(runs, 2);
  // Asked for at :58, due at :00, when the schedule wants it as well.
  loop.hurry("a", { settle: 2000, apart: 10_000 });
  await seconds(10);
  assert.equal(runs, 3);
  assert.equal(loop.late, 0);
});
