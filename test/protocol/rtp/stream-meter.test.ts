import assert from "node:assert/strict";
import { test } from "node:test";
import { measureReception, type RtpArrival } from "../../../protocol/rtp/reception.ts";
import { StreamMeter } from "../../../protocol/rtp/stream-meter.ts";
import { seededRandom, type SeededRandom } from "../../fakes/seeded-random.ts";

function arrivalsOf(random: SeededRandom, count: number): RtpArrival[] {
  const first = random.below(65_536);
  const start = random.below(2 ** 32);
  let shift = 0;
  const arrivals: RtpArrival[] = [];
  for (let index = 0; index < count; index += 1) {
    if (random.below(100) === 0) shift += 5000 + random.below(50_000);
    if (random.below(10) === 0) continue;
    const arrival = {
      sequence: (first + shift + index) % 65_536,
      timestamp: (start + index * 160) % 2 ** 32,
      at: index * 20 + random.next() * (random.below(20) === 0 ? 90 : 5),
      timed: random.below(15) > 0,
    };
    arrivals.push(arrival);
    if (random.below(30) === 0) arrivals.push({ ...arrival, at: arrival.at + 0.1 });
  }
  return arrivals.toSorted((a, b) => a.at - b.at);
}

test("StreamMeter comes to the figures of measureReception(), which keeps every packet: 2,000 streams", (context) => {
  const seed = Date.now() >>> 0;
  context.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  for (let round = 0; round < 2000; round += 1) {
    const arrivals = arrivalsOf(random, 1 + random.below(300));
    const meter = new StreamMeter(8000);
    for (const { sequence, timestamp, at, timed } of arrivals)
      meter.add(sequence, timestamp, at, timed ?? true);
    const { received, expected, lost, duplicates, reordered, restarts, strays, jitter } = measureReception(
      arrivals,
      { clock: 8000 },
    );
    assert.deepEqual(
      [
        meter.received,
        meter.expected,
        meter.lost,
        meter.duplicates,
        meter.reordered,
        meter.restarts,
        meter.strays,
      ],
      [received, expected, lost, duplicates, reordered, restarts, strays],
    );
    assert.ok(Math.abs(meter.jitter - jitter) < 1e-6, `jitter ${meter.jitter}, not ${jitter}`);
  }
});

test("StreamMeter tells loss in bursts from random loss, and says nothing of time without a clock", () => {
  const burst = new StreamMeter(0);
  const single = new StreamMeter(8000);
  for (let index = 0; index < 1000; index += 1) {
    if (index % 100 >= 5) burst.add(index, index * 160, index * 20, true);
    if (index % 20 !== 10) single.add(index, index * 160, index * 20, true);
  }
  assert.ok(burst.burstRatio > 4);
  assert.equal(Math.round(single.burstRatio), 1);
  assert.equal(burst.maxJitter, 0);
  assert.equal(single.maxDelta, 40);
});

test("an untouched StreamMeter is empty", () => {
  const meter = new StreamMeter(8000);
  assert.deepEqual(
    [meter.expected, meter.lost, meter.lossPercent, meter.meanJitter, meter.burstRatio],
    [0, 0, 0, 0, 1],
  );
});
