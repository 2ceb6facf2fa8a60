import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeDayWindow,
  isInWindow,
  printDayWindow,
} from "../../../provisioning-server/resync/day-window.ts";

for (const [text, zone, at, inside] of [
  ["22:00-05:00", "Europe/Berlin", "2026-01-10T21:00:00Z", true],
  ["22:00-05:00", "Europe/Berlin", "2026-01-10T20:59:00Z", false],
  ["22:00-05:00", "Europe/Berlin", "2026-01-11T03:59:00Z", true],
  ["22:00-05:00", "Europe/Berlin", "2026-01-11T04:00:00Z", false],
  // Summer time: an hour earlier by UTC.
  ["22:00-05:00", "Europe/Berlin", "2026-07-10T20:00:00Z", true],
  ["08:00-09:30", "America/New_York", "2026-01-10T13:15:00Z", true],
  ["08:00-09:30", "UTC", "2026-01-10T13:15:00Z", false],
  ["08:00-09:30", "Nowhere/At_All", "2026-01-10T09:00:00Z", true],
] as const)
  test(`isInWindow() of ${text} in ${zone} at ${at}`, () => {
    const window = decodeDayWindow(text);
    assert.ok(window.ok);
    assert.equal(isInWindow(window.value, Date.parse(at), zone), inside);
  });

test("isInWindow() goes by the window's own zone where it has one", () => {
  const window = decodeDayWindow("08:00-09:00", "Asia/Tokyo");
  assert.ok(window.ok);
  assert.equal(isInWindow(window.value, Date.parse("2026-01-10T23:30:00Z"), "UTC"), true);
  assert.equal(printDayWindow(window.value), "08:00-09:00 Asia/Tokyo");
});

for (const [text, zone] of [
  ["22-05", undefined],
  ["24:00-05:00", undefined],
  ["22:00-05:0", undefined],
  ["05:00-05:00", undefined],
  ["22:00-05:00", "Berlin"],
] as const)
  test(`decodeDayWindow() refuses ${text} ${zone ?? ""}`, () => {
    assert.equal(decodeDayWindow(text, zone).ok, false);
  });
