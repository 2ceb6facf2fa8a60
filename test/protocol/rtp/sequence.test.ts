import assert from "node:assert/strict";
import { test } from "node:test";
import { firstSequence, nextSequence } from "../../../protocol/rtp/sequence.ts";

function run(numbers: readonly number[]) {
  let state = firstSequence(numbers[0] ?? 0);
  const extended: (number | undefined)[] = [numbers[0]];
  for (const number of numbers.slice(1)) {
    const step = nextSequence(state, number);
    state = step.state;
    extended.push(step.extended);
  }
  return { state, extended };
}

test("nextSequence() goes over the 16-bit wrap, with a packet from before it coming late", () => {
  const { extended } = run([65534, 0, 65535, 1]);
  assert.deepEqual(extended, [65534, 65536, 65535, 65537]);
});

test("nextSequence() lets a first packet that was overtaken lower the base", () => {
  assert.equal(run([5, 4]).state.base, 4);
});

test("nextSequence() takes one far jump for a stray, and a second in a row for a restart", () => {
  const stray = run([100, 101, 40000, 102]);
  assert.deepEqual(stray.extended, [100, 101, undefined, 102]);
  assert.equal(stray.state.strays, 1);
  assert.equal(stray.state.restarts, 0);
  const restart = run([100, 101, 40000, 40001, 40002]);
  assert.deepEqual(restart.extended, [100, 101, undefined, 102, 103]);
  assert.equal(restart.state.restarts, 1);
  assert.equal(restart.state.strays, 0);
});

test("nextSequence() counts 2999 ahead as loss, 3000 as a jump, 100 back as reordering and 101 as a jump", () => {
  assert.equal(run([0, 2999]).extended[1], 2999);
  assert.equal(run([0, 3000]).extended[1], undefined);
  assert.equal(run([500, 400]).extended[1], 400);
  assert.equal(run([500, 399]).extended[1], undefined);
});
