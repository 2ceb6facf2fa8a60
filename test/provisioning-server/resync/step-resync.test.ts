import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeDayWindow } from "../../../provisioning-server/resync/day-window.ts";
import {
  defaultWish,
  type ResyncPlan,
  type ResyncWish,
} from "../../../provisioning-server/resync/resync-plan.ts";
import { stepResync, type ResyncWorld } from "../../../provisioning-server/resync/step-resync.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";

const start = Date.parse("2026-11-24T12:00:00Z");
const minute = 60_000;

function macOf(index: number): string {
  return `805ec001${String(index).padStart(4, "0")}`;
}

function planOf(count: number, wish: Partial<ResyncWish> = {}): ResyncPlan {
  const phones = Array.from({ length: count }, (_, index) => ({
    mac: macOf(index),
    site: "berlin",
    zone: "Europe/Berlin",
    state: "waiting" as const,
  }));
  const about = { id: "plan-1", tenant: "default", at: start, who: "anna" };
  return { ...about, wish: { ...defaultWish, ...wish }, state: "running", forgiven: 0, phones };
}

type Seen = Map<string, { configAt?: number; address: string }>;

function worldOf(now: number, seen: Seen = new Map(), elsewhere: readonly string[] = []): ResyncWorld {
  return { now, seen, elsewhere };
}

/** The phones that were chosen took the NOTIFY. */
function taken(plan: ResyncPlan, at: number): ResyncPlan {
  const phones = plan.phones.map((phone) =>
    phone.state === "asking" ? { ...phone, state: "asked" as const, askedAt: at } : phone,
  );
  return { ...plan, phones };
}

/** Each phone at an address of its own. */
function apart(count: number): Seen {
  return new Map(Array.from({ length: count }, (_, index) => [macOf(index), { address: `10.1.${index}.1` }]));
}

test("stepResync() asks a batch, and the next one only when each phone of it is back", () => {
  const seen = apart(5);
  let step = stepResync(planOf(5, { pace: 2 }), worldOf(start, seen));
  assert.deepEqual(step.ask, [macOf(0), macOf(1)]);
  let plan = taken(step.plan, start + 100);
  seen.set(macOf(0), { address: "10.1.0.1", configAt: start + 5000 });
  step = stepResync(plan, worldOf(start + 6000, seen));
  assert.deepEqual(step.ask, []);
  assert.deepEqual(
    step.plan.phones.map(({ state }) => state),
    ["back", "asked", "waiting", "waiting", "waiting"],
  );
  plan = step.plan;
  seen.set(macOf(1), { address: "10.1.1.1", configAt: start + 7000 });
  step = stepResync(plan, worldOf(start + 8000, seen));
  assert.deepEqual(step.ask, [macOf(2), macOf(3)]);
  assert.equal(step.plan.phones[2]?.batch, 2);
});

test("stepResync() stops when a batch does not come back, and says who and how many are left", () => {
  let plan = taken(stepResync(planOf(10, { pace: 4 }), worldOf(start, apart(10))).plan, start);
  const seen = apart(10);
  for (const index of [0, 1, 2]) seen.set(macOf(index), { address: "10.1.0.1", configAt: start + 1000 });
  plan = stepResync(plan, worldOf(start + 9 * minute, seen)).plan;
  assert.equal(plan.state, "running");
  const step = stepResync(plan, worldOf(start + 10 * minute, seen));
  assert.deepEqual([step.plan.state, step.ask], ["stopped", []]);
  assert.equal(
    step.plan.words,
    "batch 1: 3 of 4 phones fetched their config within 10 min" +
      " (805ec0010003: did not fetch its config within 10 min); 6 were not asked",
  );
  assert.deepEqual(stepResync(step.plan, worldOf(start + 11 * minute, seen)).ask, []);
});

test("stepResync() goes on when four in five are back, and is done after the last", () => {
  const seen = apart(6);
  let plan = taken(stepResync(planOf(6, { pace: 5 }), worldOf(start, seen)).plan, start);
  for (const index of [0, 1, 2, 3]) seen.set(macOf(index), { address: "10.1.0.1", configAt: start + 1000 });
  let step = stepResync(plan, worldOf(start + 10 * minute, seen));
  assert.deepEqual(step.ask, [macOf(5)]);
  plan = taken(step.plan, start + 10 * minute);
  seen.set(macOf(5), { address: "10.1.0.1", configAt: start + 11 * minute });
  step = stepResync(plan, worldOf(start + 12 * minute, seen));
  assert.deepEqual([step.plan.state, step.plan.words], ["done", "5 of 6 phones fetched their config"]);
});

test("stepResync() counts a fetch from before the NOTIFY as none", () => {
  const seen = apart(1);
  seen.set(macOf(0), { address: "10.1.0.1", configAt: start - 1 });
  const plan = taken(stepResync(planOf(1), worldOf(start, seen)).plan, start);
  assert.equal(stepResync(plan, worldOf(start + 1000, seen)).plan.phones[0]?.state, "asked");
});

test("stepResync() asks no more of one address than its line bears, and counts other plans", () => {
  const seen: Seen = new Map(
    Array.from({ length: 10 }, (_, index) => [
      macOf(index),
      { address: index < 8 ? "192.0.2.1" : "192.0.2.2" },
    ]),
  );
  const wish = { pace: 20, perAddress: 3 };
  assert.deepEqual(stepResync(planOf(10, wish), worldOf(start, seen)).ask, [0, 1, 2, 8, 9].map(macOf));
  const elsewhere = ["192.0.2.1", "192.0.2.1"];
  assert.deepEqual(stepResync(planOf(10, wish), worldOf(start, seen, elsewhere)).ask, [0, 8, 9].map(macOf));
  const full = Array.from({ length: 20 }, () => "");
  const step = stepResync(planOf(10, wish), worldOf(start, seen, full));
  assert.deepEqual([step.ask, step.plan.words], [[], "waits for phones that another plan has asked"]);
});

test("stepResync() waits for its time and its window, and says so", () => {
  const window = decodeDayWindow("22:00-05:00");
  assert.ok(window.ok);
  const plan = planOf(1, { notBefore: start + minute, window: window.value });
  assert.equal(stepResync(plan, worldOf(start)).plan.words, "waits until 2026-11-24T12:01:00.000Z");
  const late = stepResync(plan, worldOf(start + minute));
  assert.deepEqual([late.ask, late.plan.words], [[], "waits for the window 22:00-05:00"]);
  assert.deepEqual(stepResync(plan, worldOf(Date.parse("2026-11-24T21:00:00Z"))).ask, [macOf(0)]);
});

test("stepResync() asks a busy phone again when it said, and others meanwhile", () => {
  const plan = planOf(2, { pace: 1 });
  const [first, second] = plan.phones;
  assert.ok(first && second);
  const busy = { ...plan, phones: [{ ...first, againAt: start + minute, words: "busy: 486" }, second] };
  assert.deepEqual(stepResync(busy, worldOf(start)).ask, [macOf(1)]);
  const alone = { ...busy, phones: busy.phones.slice(0, 1) };
  assert.equal(stepResync(alone, worldOf(start)).plan.words, "1 phone busy: asked again");
  assert.deepEqual(stepResync(alone, worldOf(start + minute)).ask, [macOf(0)]);
});

test("stepResync() asks nobody while it is paused, and still sees who is back", () => {
  const seen = apart(2);
  const plan = taken(stepResync(planOf(2, { pace: 1 }), worldOf(start, seen)).plan, start);
  seen.set(macOf(0), { address: "10.1.0.1", configAt: start + 1000 });
  const step = stepResync({ ...plan, state: "paused" }, worldOf(start + 2000, seen));
  assert.deepEqual([step.ask, step.plan.state, step.plan.phones[0]?.state], [[], "paused", "back"]);
});

test("stepResync() comes to an end with any fleet, never over its pace, and asks each phone once", (t) => {
  const seed = Number(process.env["SEED"] ?? 20_261_124);
  t.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  for (let round = 0; round < 200; round += 1) {
    const count = 1 + random.below(60);
    const wish = { pace: 1 + random.below(12), perAddress: 1 + random.below(4), limit: 5 * minute };
    const share = random.below(101);
    const seen: Seen = new Map(
      Array.from({ length: count }, (_, index) => [macOf(index), { address: `192.0.2.${random.below(5)}` }]),
    );
    const asked = new Set<string>();
    let plan = planOf(count, wish);
    let now = start;
    for (let steps = 0; plan.state === "running"; steps += 1) {
      assert.ok(steps < 1000, "it never ends");
      const step = stepResync(plan, worldOf(now, seen));
      assert.ok(step.ask.length <= wish.pace);
      const addresses = Map.groupBy(step.ask, (mac) => seen.get(mac)?.address);
      for (const [, macs] of addresses) assert.ok(macs.length <= wish.perAddress);
      for (const mac of step.ask) {
        assert.ok(!asked.has(mac), "asked twice");
        asked.add(mac);
        const back = random.below(100) < share;
        if (back) seen.set(mac, { address: seen.get(mac)?.address ?? "", configAt: now + 1000 });
      }
      plan = taken(step.plan, now);
      now += minute;
    }
    if (plan.state === "done") assert.equal(asked.size, count);
    else assert.match(plan.words ?? "", /^batch \d+: \d+ of \d+ phones?/);
  }
});
