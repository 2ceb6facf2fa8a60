import assert from "node:assert/strict";
import { test } from "node:test";
import { clockDrift } from "../../../protocol/rtp/clock-drift.ts";
import { seededRandom } from "./seeded-random.ts";

const second = 50;

/** A stream of 20 ms packets whose sender's clock is off by `ppm`; each is held up by `delay`. */
function stream(seconds: number, ppm: number, delay: (i: number) => number) {
  const count = seconds * second;
  const sent = Array.from({ length: count }, (_, i) => i * 20);
  // A fast clock's 20 ms are less than 20 of ours.
  const received = sent.map((at, i) => 1000 + at / (1 + ppm / 1e6) + delay(i));
  return clockDrift(sent, received);
}

const near = (found: number | undefined, ppm: number, by: number) =>
  assert.ok(found !== undefined && Math.abs(found - ppm) <= by, `${found} for ${ppm}`);

for (const ppm of [-500, -50, 0, 50, 500])
  test(`clockDrift() of ${ppm} ppm on a still path`, () =>
    near(
      stream(10, ppm, () => 30),
      ppm,
      0.5,
    ));

test("clockDrift() reads the drift through jitter: the quickest packets count", (t) => {
  const random = seededRandom(t);
  near(
    stream(50, 200, () => 30 + 20 * random() ** 2),
    200,
    20,
  );
});

test("clockDrift() does not take a queue that fills and empties again for a clock", () => {
  near(
    stream(20, 0, (i) => (i > 400 && i < 600 && i % 10 !== 0 ? 80 : 30)),
    0,
    1,
  );
});

test("clockDrift() says nothing of less than 5 s, or of few packets", () => {
  assert.equal(
    stream(4, 100, () => 30),
    undefined,
  );
  assert.equal(clockDrift([], []), undefined);
  assert.equal(clockDrift([0, 6000], [0, 6000]), undefined);
});
