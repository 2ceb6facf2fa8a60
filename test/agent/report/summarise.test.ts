import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { partsOf, summarise, Summaries } from "../../../agent/report/summarise.ts";
import type { Observation } from "../../../protocol/observation.ts";

const look = (value: Observation["value"], change: Partial<Observation> = {}): Observation => ({
  probe: "p",
  subject: "sip:a",
  key: "sip.rtt",
  value,
  at: 1,
  outcome: "ok",
  ...change,
});

test("summarise() keeps the last look, counts all, and figures the good numbers alone", () => {
  const timeout = look(null, { outcome: "timeout" });
  assert.deepEqual(summarise([look(10), look(30), look(99, { outcome: "garbled" }), timeout]), [
    { last: timeout, n: 4, bad: 2, min: 10, mean: 20, max: 30 },
  ]);
  assert.deepEqual(summarise([timeout, look("x")]), [{ last: look("x"), n: 2, bad: 1 }]);
});

test("summarise() gives the figures of the plain sum, for any numbers", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 1 }), (values) => {
      const [summary] = summarise(values.map((value) => look(value)));
      assert.equal(summary?.min, Math.min(...values));
      assert.equal(summary?.max, Math.max(...values));
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      assert.ok(Math.abs((summary?.mean ?? Number.NaN) - mean) < 1e-6);
    }),
  );
});

test("Summaries corrects the times of what was seen before the clock was set", () => {
  const summaries = new Summaries();
  summaries.add([look(1, { at: 5000 })], 4000);
  const year = 365 * 24 * 3_600_000;
  assert.equal(summaries.take(4000 + year)[0]?.last.at, 5000 + year);
  assert.equal(summaries.size, 0);
});

test("partsOf() cuts where a report would grow too large, and loses nothing", () => {
  const summaries = summarise(Array.from({ length: 100 }, (_, index) => look(index, { key: `k${index}` })));
  const parts = partsOf(summaries, 1000);
  assert.deepEqual(parts.flat(), summaries);
  for (const part of parts) assert.ok(JSON.stringify(part).length <= 1000);
  assert.deepEqual(partsOf([], 1000), [[]]);
});
