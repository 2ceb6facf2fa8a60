import assert from "node:assert/strict";
import { test } from "node:test";
import { ntpTimeOf } from "../../../protocol/rtp/ntp-time.ts";
import { oneWayDelay } from "../../../protocol/rtp/one-way-delay.ts";

test("oneWayDelay() tells the ways apart over random offsets and a wrap, as far as the timestamps' grain goes", () => {
  const epoch = 1_790_000_000_000;
  const [there, back, turn] = [25, 5, 1];
  const ticks = (ms: number, offset: number) => (Math.round(ms * 8) + offset) >>> 0;
  const sentAt = Array.from({ length: 100 }, (_, i) => 1000 + 20 * i);
  const arrivals = sentAt.map((left, index) => {
    // Every third packet waits in the mirror.
    const turned = left + there + turn * (index % 3);
    return {
      index,
      outerSequence: index,
      receiveTimestamp: ticks(left + there, 0xffff_ff00),
      outerTimestamp: ticks(turned, 77),
      at: turned + back,
    };
  });
  const report = { ...ntpTimeOf(epoch + 2000), timestamp: ticks(2000, 77), packets: 0, octets: 0 };
  const delay = oneWayDelay(arrivals, sentAt, { report, clock: 8000, epoch });
  assert.ok(delay !== undefined);
  assert.ok(
    Math.abs(delay.forward - there) < 0.2 && Math.abs(delay.reverse - back) < 0.2,
    JSON.stringify(delay),
  );
  assert.equal(oneWayDelay([], sentAt, { report, clock: 8000, epoch }), undefined);
});
