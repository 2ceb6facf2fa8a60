import assert from "node:assert/strict";
import { test } from "node:test";
import { densityOctet, measureBurstGap } from "../../../protocol/rtp/burst-gap.ts";
import { mosOfR, rateCall } from "../../../protocol/rtp/e-model.ts";

test("measureBurstGap() on the pattern of RFC 3611, corrected: burst 12 packets 4 lost, gap 51 packets 2 lost", () => {
  // 63 packets: a lone loss at 6, the burst 23–34, a lone loss at 51.
  const lost = new Set([6, 23, 26, 30, 34, 51]);
  const map = Array.from({ length: 63 }, (_, index) => !lost.has(index));
  const figures = measureBurstGap(map);
  assert.deepEqual(figures.burst, { packets: 12, lost: 4, density: 4 / 12, count: 1 });
  assert.deepEqual(figures.gap, { packets: 51, lost: 2, density: 2 / 51, count: 2 });
  assert.equal(densityOctet(figures.burst), 85);
  assert.equal(densityOctet(figures.gap), 10);
});

test("measureBurstGap() needs Gmin good packets between two losses to call both lone", () => {
  const between = (good: number) => [false, ...Array.from({ length: good }, () => true), false];
  assert.equal(measureBurstGap(between(15)).burst.count, 1);
  assert.equal(measureBurstGap(between(16)).burst.count, 0);
});

test("measureBurstGap() gives the Markov burst ratio", () => {
  // good→lost 2 of 8, lost→good 2 of 4: 1 / (1/4 + 1/2)
  const map = "gggllggggllgg".split("").map((letter) => letter === "g");
  assert.equal(measureBurstGap(map).burstRatio, 1 / (2 / 8 + 2 / 4));
  assert.equal(measureBurstGap([true, true]).burstRatio, undefined);
  assert.equal(measureBurstGap([]).burstRatio, undefined);
});

// Narrowband, 50 ms, the simple delay line: R and MOS by loss in percent.
const losses = [0, 1, 2, 3, 5, 10];
for (const [codec, r, mos] of [
  ["g711", [92.0, 74.1, 61.8, 53.0, 40.9, 25.6], [4.38, 3.78, 3.19, 2.73, 2.11, 1.44]],
  ["g711-plc", [92.0, 88.4, 85.0, 81.9, 76.2, 64.9], [4.38, 4.3, 4.2, 4.09, 3.87, 3.35]],
  ["g729a-vad", [81.0, 76.8, 73.0, 69.5, 63.5, 52.0], [4.06, 3.9, 3.73, 3.58, 3.28, 2.68]],
] as const) {
  test(`rateCall() gives the table of ${codec}`, () => {
    const rated = losses.map((lossPercent) =>
      rateCall({ codec, lossPercent, delayMs: 50, delayModel: "simple" }),
    );
    assert.deepEqual(
      rated.map((rating) => Number(rating.r.toFixed(1))),
      r,
    );
    assert.deepEqual(
      rated.map((rating) => Number(rating.mos.toFixed(2))),
      mos,
    );
  });
}

test("rateCall() gives the delay table, simple and full", () => {
  for (const [delayMs, simple, full] of [
    [150, 4.33, 4.41],
    [250, 3.99, 4.18],
    [400, 3.05, 3.56],
  ] as const) {
    const rate = (delayModel: "simple" | "full") =>
      Number(rateCall({ codec: "g711", lossPercent: 0, delayMs, delayModel }).mos.toFixed(2));
    assert.equal(rate("simple"), simple);
    assert.equal(rate("full"), full);
  }
});

test("rateCall() takes loss in bursts for worse than the same loss at random", () => {
  const rate = (burstRatio: number) => rateCall({ codec: "g711", lossPercent: 5, burstRatio, delayMs: 50 }).r;
  assert.ok(rate(3) < rate(1));
});

test("mosOfR() stays between 1 and 4.5", () => {
  assert.equal(mosOfR(-5), 1);
  assert.equal(mosOfR(3), 1);
  assert.equal(mosOfR(120), 4.5);
});
