import assert from "node:assert/strict";
import { test } from "node:test";
import { SendQueue } from "../../../provisioning-server/firmware/send-queue.ts";

const limits = { active: 4, activePerSite: 2, waiting: 100, patience: 60_000 };
const nobody = new AbortController().signal;

test("a site's phones wait behind each other, and sites take turns", async () => {
  const queue = new SendQueue(limits);
  const begun: string[] = [];
  const releases: (() => void)[] = [];
  const ask = (site: string, name: string) =>
    queue.enter(site, nobody).then((release) => {
      begun.push(name);
      if (release !== undefined) releases.push(release);
    });
  const all = ["a1", "a2", "a3", "a4", "b1", "b2", "b3", "c1"].map((name) => ask(name.charAt(0), name));
  await Promise.all([all[0], all[1], all[4], all[5]]);
  assert.deepEqual(begun, ["a1", "a2", "b1", "b2"]);
  assert.equal(queue.waiting, 4);
  while (begun.length < 8) {
    releases.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(queue.active <= 4);
  }
  assert.deepEqual(begun.slice(4).toSorted(), ["a3", "a4", "b3", "c1"]);
  for (const release of releases) {
    release();
    release();
  }
  assert.equal(queue.active, 0);
});

test("who has gone, or finds too many waiting, or waits too long, gets no turn", async () => {
  const queue = new SendQueue({ ...limits, waiting: 1, patience: 1 });
  const held = [await queue.enter("a", nobody), await queue.enter("a", nobody)];
  const gone = new AbortController();
  const waiting = queue.enter("a", gone.signal);
  assert.equal(await queue.enter("a", nobody), undefined);
  gone.abort();
  assert.equal(await waiting, undefined);
  assert.equal(queue.waiting, 0);
  assert.equal(await queue.enter("a", nobody), undefined);
  for (const release of held) release?.();
  assert.equal(queue.active, 0);
  assert.ok((await queue.enter("a", nobody)) !== undefined);
});
