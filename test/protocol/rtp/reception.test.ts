import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { firstJitter, nextJitter, timestampsToMs } from "../../../protocol/rtp/jitter.ts";
import { measureReception, type RtpArrival } from "../../../protocol/rtp/reception.ts";

const clock = 8000;
const steady = (count: number, from = 0): RtpArrival[] =>
  Array.from({ length: count }, (_, i) => ({
    sequence: (from + i) % 65536,
    timestamp: (160 * i) >>> 0,
    at: 1000 + 20 * i,
  }));

test("nextJitter() follows RFC 3550: 1 ms late, then back in time", () => {
  let step = nextJitter(firstJitter(0, 100), 20, 121);
  assert.equal(step.deviation, 1);
  assert.equal(step.state.jitter, 1 / 16);
  step = nextJitter(step.state, 40, 140);
  assert.equal(step.deviation, -1);
  assert.equal(step.state.jitter, 1 / 16 + (1 - 1 / 16) / 16);
});

test("timestampsToMs() runs over the 32-bit wrap, and back over it for a reordered packet", () => {
  assert.deepEqual(timestampsToMs([0xffffff60, 0, 0xffffff60, 160], clock), [0, 20, 0, 40]);
});

test("measureReception() finds nothing wrong with a steady stream, over both wraps", () => {
  const arrivals = steady(300, 65500).map((a, i) => ({ ...a, timestamp: (0xfffffff0 + 160 * i) >>> 0 }));
  const figures = measureReception(arrivals, { clock });
  assert.equal(figures.received, 300);
  assert.equal(figures.lost, 0);
  assert.equal(figures.jitter, 0);
  assert.equal(figures.delayVariation.max, 0);
  assert.equal(figures.late, 0);
});

test("measureReception() tells loss, duplicates and reordering apart", () => {
  const [a, b, c, d, e, f] = steady(6) as [
    RtpArrival,
    RtpArrival,
    RtpArrival,
    RtpArrival,
    RtpArrival,
    RtpArrival,
  ];
  const figures = measureReception([a, b, b, d, c, f], { clock });
  assert.equal(figures.expected, 6);
  assert.equal(figures.received, 5);
  assert.equal(figures.lost, 1);
  assert.equal(figures.duplicates, 1);
  assert.equal(figures.reordered, 1);
  assert.deepEqual(figures.inTime, [true, true, true, true, false, true]);
  assert.equal(e.sequence, 4);
});

test("measureReception() calls a packet late that comes after the jitter buffer", () => {
  const arrivals = steady(5).map((a, i) =>
    i === 2 ? { ...a, at: a.at + 61 } : i === 3 ? { ...a, at: a.at + 60 } : a,
  );
  const figures = measureReception(arrivals, { clock });
  assert.equal(figures.late, 1);
  assert.deepEqual(figures.inTime, [true, true, false, true, true]);
  assert.equal(figures.delayVariation.max, 61);
  assert.equal(figures.delayVariation.p50, 0);
});

test("measureReception() keeps untimed packets (DTMF, comfort noise) out of jitter", () => {
  const arrivals = steady(4).map((a, i) => (i === 1 ? { ...a, timestamp: 99_999, timed: false } : a));
  assert.equal(measureReception(arrivals, { clock }).jitter, 0);
});

test("measureReception() of nothing is all zeros", () => {
  const figures = measureReception([], { clock });
  assert.equal(figures.expected, 0);
  assert.equal(figures.lost, 0);
  assert.deepEqual(figures.inTime, []);
});

test("measureReception(): received + lost = expected, whatever comes in", () => {
  const arrival = fc.record({
    sequence: fc.integer({ min: 0, max: 65535 }),
    timestamp: fc.integer({ min: 0, max: 0xffffffff }),
    at: fc.double({ min: 0, max: 1e6, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(arrival, { maxLength: 40 }), (arrivals) => {
      const figures = measureReception(arrivals, { clock });
      assert.equal(figures.received + figures.lost, figures.expected);
      assert.ok(figures.lost >= 0 && figures.jitter >= 0 && figures.late <= figures.received);
      assert.equal(figures.inTime.length, figures.expected);
    }),
    { numRuns: 2000 },
  );
});
