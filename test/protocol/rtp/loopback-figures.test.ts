import assert from "node:assert/strict";
import { test } from "node:test";
import { measureLoopback, type LoopedArrival } from "../../../protocol/rtp/loopback-figures.ts";

const clock = 8000;
const sentAt = Array.from({ length: 100 }, (_, i) => 5000 + 20 * i);
const forwardMs = 10;
const turnMs = 1;
const reverseMs = 15;

/** A mirror with offsets of its own, both near the 32-bit wrap; `lostForward` and `lostBack` by our index. */
function loop(lostForward: ReadonlySet<number>, lostBack: ReadonlySet<number>) {
  const arrivals: LoopedArrival[] = [];
  let outer = 65530;
  let received = 0;
  for (const [index, left] of sentAt.entries()) {
    if (lostForward.has(index)) continue;
    received += 1;
    const sequence = outer % 65536;
    outer += 1;
    if (lostBack.has(index)) continue;
    arrivals.push({
      index,
      outerSequence: sequence,
      receiveTimestamp: (0xffffff00 + (left + forwardMs) * 8) >>> 0,
      outerTimestamp: (0xfffff000 + (left + forwardMs + turnMs) * 8) >>> 0,
      at: left + forwardMs + turnMs + reverseMs,
    });
  }
  return { arrivals, totals: { received, sent: received } };
}

test("measureLoopback() tells loss there from loss back", () => {
  const { arrivals, totals } = loop(new Set([3, 4, 50]), new Set([10, 99]));
  const figures = measureLoopback({ sentAt, arrivals, clock, totals });
  assert.equal(figures.forward.lost, 3);
  assert.equal(figures.reverse.lost, 2);
  assert.ok(figures.forward.exact);
  assert.deepEqual(
    figures.forward.inTime.flatMap((good, index) => (good ? [] : [index])),
    [3, 4, 50, 99],
  );
});

test("measureLoopback() without totals cannot see loss after the last packet, and says so", () => {
  const { arrivals } = loop(new Set(), new Set([98, 99]));
  const figures = measureLoopback({ sentAt, arrivals, clock });
  assert.equal(figures.reverse.lost, 0);
  assert.ok(!figures.reverse.exact);
});

test("measureLoopback() takes the mirror's time and its two offsets out of the round trip", () => {
  const { arrivals, totals } = loop(new Set(), new Set());
  const slow = arrivals.map((a, i) =>
    i === 5 ? { ...a, outerTimestamp: (a.outerTimestamp + 40 * 8) >>> 0, at: a.at + 40 } : a,
  );
  const figures = measureLoopback({ sentAt, arrivals: slow, clock, totals });
  assert.equal(figures.roundTripMedian, forwardMs + turnMs + reverseMs);
  assert.equal(figures.roundTrips.at(-1), forwardMs + turnMs + reverseMs);
});

test("measureLoopback() judges jitter there by the actual send times", () => {
  const { arrivals, totals } = loop(new Set(), new Set());
  assert.equal(measureLoopback({ sentAt, arrivals, clock, totals }).forward.jitter, 0);
  const late = arrivals.map((a, i) =>
    i === 50 ? { ...a, receiveTimestamp: (a.receiveTimestamp + 8) >>> 0 } : a,
  );
  const jitter = measureLoopback({ sentAt, arrivals: late, clock, totals }).forward.jitter ?? 0;
  // Late by 1 ms and back, then 48 packets of decay.
  const peak = 1 / 16 + (1 - 1 / 16) / 16;
  assert.ok(Math.abs(jitter - peak * (15 / 16) ** 48) < 1e-9, String(jitter));
});

test("measureLoopback() of a silent way back still knows by the totals what went there", () => {
  const figures = measureLoopback({ sentAt, arrivals: [], clock, totals: { received: 97, sent: 97 } });
  assert.equal(figures.forward.lost, 3);
  assert.equal(figures.reverse.lost, 97);
  assert.equal(figures.reverse.received, 0);
  assert.equal(figures.roundTripMedian, undefined);
  assert.equal(figures.forward.jitter, undefined);
});

test("measureLoopback() counts a packet that the way there doubled, and one that the way back doubled", () => {
  const { arrivals } = loop(new Set(), new Set());
  const doubledBack = arrivals.toSpliced(7, 0, ...arrivals.slice(6, 7));
  assert.equal(measureLoopback({ sentAt, arrivals: doubledBack, clock }).duplicates, 1);
  const doubledThere = arrivals.map((a, i) => (i === 7 ? { ...a, index: 6 } : a));
  assert.equal(measureLoopback({ sentAt, arrivals: doubledThere, clock }).duplicates, 1);
});
