import assert from "node:assert/strict";
import { test } from "node:test";
import { streamPace } from "../../../protocol/rtp/stream-pace.ts";

const stream = (ms: number, ticks: number, count = 60) =>
  Array.from({ length: count }, (_, i) => ({
    sequence: (65_500 + i) % 65_536,
    timestamp: (0xffff_ff00 + i * ticks) % 0x1_0000_0000,
    at: 1000 + i * ms,
  }));

test("streamPace() tells packet time and clock of an even stream, over both wraps", () => {
  assert.deepEqual(streamPace(stream(20, 160), 8000), { packetTime: 20, clock: 8000 });
  assert.deepEqual(streamPace(stream(30, 240), 8000), { packetTime: 30, clock: 8000 });
});

test("streamPace() sees timestamps at another rate than was agreed on", () => {
  assert.deepEqual(streamPace(stream(20, 320), 8000), { packetTime: 20, clock: 16_000 });
  assert.deepEqual(streamPace(stream(20, 160), 48_000), { packetTime: 20, clock: 8000 });
});

test("streamPace() says nothing of a short stream, or of timestamps that stand still", () => {
  assert.equal(streamPace(stream(20, 160, 10), 8000), undefined);
  assert.equal(streamPace(stream(20, 0), 8000), undefined);
});
