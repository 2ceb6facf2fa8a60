import assert from "node:assert/strict";
import { test } from "node:test";
import { due, startJitter, type RunState } from "../../../agent/schedule/due.ts";
import { decodeSchedule } from "../../../agent/schedule/plans.ts";

function plan(id: string, schedule: string) {
  const decoded = decodeSchedule(schedule, "/schedule");
  if (!decoded.ok) assert.fail(decoded.why.found);
  return { id, matches: decoded.value };
}

const at = (minute: number, second: number) => new Date(2026, 5, 1, 10, minute, second).getTime();
const ran: RunState = { firstAt: undefined, running: false };

function ids(schedules: Record<string, string>, states: Record<string, RunState>, from: number, to: number) {
  const plans = Object.entries(schedules).map(([id, schedule]) => plan(id, schedule));
  const { run, late } = due(plans, new Map(Object.entries(states)), { from, to });
  return { run: run.map(({ id }) => id), late: late.map(({ id }) => id) };
}

test("due() runs a plan when one of its seconds has passed, and once for several", () => {
  const schedules = { five: "*/5 * * * *", ten: "*/10 * * * * *", never: "0 0 1 1 *" };
  const states = { five: ran, ten: ran, never: ran };
  assert.deepEqual(ids(schedules, states, at(4, 59), at(5, 0)).run, ["five", "ten"]);
  assert.deepEqual(ids(schedules, states, at(5, 0), at(5, 1)).run, []);
  assert.deepEqual(ids(schedules, states, at(5, 1), at(5, 42)).run, ["ten"]);
});

test("due() runs each plan first at its own moment, whatever the schedule says", () => {
  const states = { a: { firstAt: at(1, 5), running: false } };
  assert.deepEqual(ids({ a: "* * * * * *" }, states, at(1, 3), at(1, 4)).run, []);
  assert.deepEqual(ids({ a: "0 0 1 1 *" }, states, at(1, 4), at(1, 5)).run, ["a"]);
});

test("due() counts a plan that is still busy as late", () => {
  const busy = { a: { firstAt: undefined, running: true } };
  assert.deepEqual(ids({ a: "* * * * * *" }, busy, at(1, 0), at(1, 1)), { run: [], late: ["a"] });
});

test("due() does not make up for a night of sleep", () => {
  assert.deepEqual(ids({ a: "0 5 10 * * *" }, { a: ran }, at(4, 0), at(59, 0)).run, []);
});

test("startJitter() is the same for a plan each time, and spreads plans over the whole", () => {
  assert.equal(startJitter("agent", "plan", 1000), startJitter("agent", "plan", 1000));
  const all = Array.from({ length: 200 }, (_, index) => startJitter("agent", `plan-${index}`, 1000));
  assert.ok(
    Math.min(...all) < 100 && Math.max(...all) > 900 && all.every((each) => each >= 0 && each < 1000),
  );
});

test("decodeSchedule() says which field is wrong", () => {
  const bad = decodeSchedule("61 * * * *", "/probes/0/schedule");
  assert.deepEqual(bad.ok ? undefined : bad.why.place, "/probes/0/schedule");
  assert.match(bad.ok ? "" : bad.why.found, /minute: 61/);
  assert.equal(decodeSchedule("* * *", "/x").ok, false);
});
