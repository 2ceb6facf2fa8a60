import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeRings } from "../../../provisioning-server/firmware/make-rings.ts";
import type { Rollout } from "../../../provisioning-server/firmware/rollout.ts";
import { Audit } from "../../../provisioning-server/store/audit.ts";
import { type Behaviour, Fleet, newVersion, oldVersion } from "./fleet.ts";

function need<T>(verb: { ok: true; value: T } | { ok: false; flaws: readonly unknown[] }): T {
  assert.ok(verb.ok, JSON.stringify(verb));
  return verb.value;
}

const minute = 60_000;
const canary = 5;

/** Phones take an order at their next look here, so nothing waits for a day. */
const quick = {
  soak: 10 * minute,
  patience: 20 * minute,
  takeWithin: 60 * minute,
  perSiteHour: 100,
} as const;

async function start(fleet: Fleet): Promise<string> {
  const draft = {
    to: newVersion,
    models: ["T46U"],
    who: "anna",
    rings: need(decodeRings("5,10%,50%")),
    ...quick,
  };
  return need(await fleet.rollouts.start(draft)).id;
}

async function runToEnd(
  fleet: Fleet,
  id: string,
  onPass?: (rollout: Rollout) => Promise<void>,
): Promise<Rollout> {
  for (let turn = 0; turn < 100; turn += 1) {
    await fleet.pass(5);
    const rollout = need(await fleet.rollouts.show(id));
    if (rollout.state !== "running" && rollout.state !== "rolling-back") return rollout;
    await onPass?.(rollout);
  }
  throw new Error("the roll-out came to no end");
}

test("a good image goes through all rings of 2,000 phones, over a restart of the server", async () => {
  await using fleet = await Fleet.make("good", 2000);
  const id = await start(fleet);
  const most: number[] = [];
  let restarted = false;
  const end = await runToEnd(fleet, id, async (rollout) => {
    most[rollout.ring] = fleet.phones.filter(({ version }) => version === newVersion).length;
    if (rollout.ring !== 1 || restarted) return;
    restarted = true;
    await fleet.restart();
  });
  assert.equal(restarted, true);
  assert.equal(end.state, "done", end.words);
  assert.ok((most[0] ?? 0) <= canary && (most[1] ?? 0) <= 200 && (most[2] ?? 0) <= 1000, most.join(" "));
  assert.ok(fleet.phones.every(({ version }) => version === newVersion));
  assert.ok(end.phones.every(({ stage }) => stage === "well"));
  assert.equal(new Set(fleet.asked).size, 2000);
  const book = await new Audit(fleet.inventory.store).latest("default", 100);
  assert.ok(book.some(({ what }) => what === "rollout started"));
  assert.ok(book.some(({ what, detail }) => what === "rollout step" && detail.includes("ring 4")));
});

const bad: readonly (readonly [Behaviour, RegExp])[] = [
  ["gone", /did not come back/],
  ["unregistered", /is not registered/],
  ["drawing", /draws 12.5 W, and drew 3.5 W/],
  ["rtp", /RTP loses 9 %/],
];

for (const [behaviour, why] of bad)
  test(`an image that leaves phones ${behaviour} is stopped at the first ring and rolled back`, async () => {
    await using fleet = await Fleet.make(behaviour, behaviour === "gone" ? 2000 : 400);
    const id = await start(fleet);
    let touched = 0;
    const end = await runToEnd(fleet, id, async () => {
      touched = Math.max(touched, fleet.phones.filter(({ version }) => version === newVersion).length);
    });
    assert.equal(end.state, "rolled-back");
    assert.match(end.words ?? "", why);
    assert.equal(end.ring, 0);
    assert.ok(touched > 0 && touched <= canary, `${touched} phones`);
    assert.equal(end.phones.filter(({ stage }) => stage !== "waiting").length, canary);
    const stayed = fleet.phones.filter(({ version }) => version === newVersion);
    if (behaviour === "gone") {
      assert.equal(end.phones.filter(({ stage }) => stage === "lost").length, canary);
      return;
    }
    assert.equal(stayed.length, 0);
    assert.equal(end.phones.filter(({ stage }) => stage === "returned").length, canary);
    for (const { mac } of end.phones.filter(({ stage }) => stage === "returned")) {
      const { device } = need(await fleet.inventory.showPhone(mac));
      assert.equal(device.settings.firmware?.version, oldVersion);
    }
  });

test("a paused roll-out orders nobody, also after a restart; aborted with --back, phones return", async () => {
  await using fleet = await Fleet.make("good", 100);
  const id = await start(fleet);
  await fleet.pass(1);
  need(await fleet.rollouts.pause(id, "anna"));
  await fleet.restart();
  for (let turn = 0; turn < 12; turn += 1) await fleet.pass(5);
  const paused = need(await fleet.rollouts.show(id.slice(-8)));
  assert.equal(paused.state, "paused");
  assert.equal(fleet.phones.filter(({ version }) => version === newVersion).length, canary);
  need(await fleet.rollouts.resume(id, "anna"));
  for (let turn = 0; turn < 3; turn += 1) await fleet.pass(5);
  assert.equal(need(await fleet.rollouts.abort(id, "anna", true)).state, "rolling-back");
  const end = await runToEnd(fleet, id);
  assert.equal(end.state, "rolled-back");
  assert.ok(fleet.phones.every(({ version }) => version === oldVersion));
});

test("a phone is in one roll-out at a time, and a ring can be whole sites", async () => {
  await using fleet = await Fleet.make("good", 60);
  await start(fleet);
  const draft = { to: newVersion, models: ["T46U"], who: "anna", rings: need(decodeRings("1")), ...quick };
  const again = await fleet.rollouts.start(draft);
  assert.ok(!again.ok && again.flaws[0]?.kind === "taken");
  const [first] = await fleet.rollouts.list();
  need(await fleet.rollouts.abort(first?.id ?? "", "anna"));
  const bySite = need(await fleet.rollouts.start({ ...draft, by: "site" }));
  assert.equal(new Set(bySite.phones.filter(({ ring }) => ring === 0).map(({ site }) => site)).size, 1);
});
