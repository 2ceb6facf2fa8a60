import assert from "node:assert/strict";
import { test } from "node:test";
import { timeShift } from "../../../provisioning-server/reports/true-time.ts";

const received = Date.UTC(2026, 6, 1, 12);
// Sealed 10 minutes before it is sent, by the monotonic clock; 20 ms on the way.
const mono = { sealed: 1_000_000, sent: 1_600_000 };
const truth = received - 600_000;

for (const [name, sealedAt] of [
  ["1970", 5000],
  ["2038, past the end of 32 bits", Date.UTC(2038, 0, 19, 3, 14, 8)],
  ["ten years ahead", truth + 10 * 365 * 24 * 3_600_000],
  ["an hour off, as by summer time", truth - 3_600_000],
] as const)
  test(`timeShift() finds the true time of a report sealed by a clock that says ${name}`, () => {
    const report = { sealedAt, mono: mono.sealed, bootId: "b" };
    // The wall clock was set right between sealing and sending, or never: it does not matter.
    for (const at of [received, sealedAt + 600_000]) {
      const shift = timeShift(report, { at, mono: mono.sent, bootId: "b" }, received);
      assert.ok(Math.abs(sealedAt + shift - truth) <= 2000);
    }
  });

test("timeShift() leaves a clock alone that is right within 2 s", () => {
  const report = { sealedAt: truth - 30, mono: mono.sealed, bootId: "b" };
  assert.equal(timeShift(report, { at: received - 30, mono: mono.sent, bootId: "b" }, received), 0);
});

test("timeShift() goes by the present error of the clock for reports of an earlier run", () => {
  const report = { sealedAt: truth - 90_000, mono: 9_999_999, bootId: "a" };
  assert.equal(timeShift(report, { at: received - 90_000, mono: 10, bootId: "b" }, received), 90_000);
});
