import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  decodeTelephoneEvent,
  encodeTelephoneEvent,
  planKeys,
  readKeys,
} from "../../../protocol/rtp/telephone-event.ts";

test("encodeTelephoneEvent() writes the octets of RFC 4733 2.3, decodeTelephoneEvent() reads them", () => {
  const event = { event: 11, end: true, volume: 10, duration: 800 };
  assert.deepEqual([...encodeTelephoneEvent(event)], [11, 0x8a, 0x03, 0x20]);
  assert.deepEqual(decodeTelephoneEvent(encodeTelephoneEvent(event)), { ok: true, value: event });
});

test("decodeTelephoneEvent() refuses three octets", () => {
  assert.equal(decodeTelephoneEvent(Uint8Array.of(1, 2, 3)).ok, false);
});

test("decodeTelephoneEvent() never throws, and what it takes survives encodeTelephoneEvent() but for the reserved bit (fuzz)", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => {
      const read = decodeTelephoneEvent(bytes);
      if (!read.ok) return;
      assert.deepEqual(decodeTelephoneEvent(encodeTelephoneEvent(read.value)), read);
    }),
    { numRuns: 100_000 },
  );
});

test("planKeys() has one timestamp, growing time and three ends for each key; readKeys() reads them", () => {
  const plan = planKeys("5*", { ms: 20, ticks: 160, first: 10, last: 100 });
  assert.equal(plan.keys, "5*");
  const first = plan.packets.filter(({ since }) => since === 10);
  assert.deepEqual(
    first
      .map(({ payload }) => decodeTelephoneEvent(payload))
      .map((each) => (each.ok ? [each.value.duration, each.value.end] : [])),
    [
      [160, false],
      [320, false],
      [480, false],
      [640, false],
      [800, true],
      [800, true],
      [800, true],
    ],
  );
  assert.deepEqual(
    first.map(({ marker }) => marker),
    [true, false, false, false, false, false, false],
  );
  assert.equal(readKeys(plan.packets.map(({ since, payload }) => ({ timestamp: since, payload }))), "5*");
});

test("planKeys() leaves out keys that find no room", () => {
  assert.equal(planKeys("1234", { ms: 20, ticks: 160, first: 25, last: 49 }).keys, "12");
  assert.equal(planKeys("1", { ms: 20, ticks: 160, first: 25, last: 20 }).keys, "");
});
