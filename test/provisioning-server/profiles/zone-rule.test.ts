import assert from "node:assert/strict";
import { test } from "node:test";
import { zoneRule } from "../../../provisioning-server/profiles/encodings/time-zone/zone-rule.ts";
import { yealinkTimeZone } from "../../../provisioning-server/profiles/encodings/time-zone/yealink-time-zone.ts";
import { loadProfiles } from "../../../provisioning-server/profiles/load-profiles.ts";
import { findModel } from "../../../provisioning-server/profiles/profiles.ts";

const at = Date.UTC(2026, 5, 1);
const profiles = await loadProfiles(new URL("../../../firmware-profiles", import.meta.url).pathname);
const model = findModel(profiles, "yealink", "T46U")?.about;
assert.ok(model);

function encoded(zone: string): string {
  assert.ok(model);
  const result = yealinkTimeZone.encode({ setting: () => zone, words: new Map(), model, at });
  return result.ok ? result.parts.map(({ value }) => value).join(" ") : result.limit;
}

// The European Union's and the United States' rules as the law has them; others from the tz database's own comments.
const table: [zone: string, expected: string][] = [
  ["Europe/Berlin", "+1 1 1 3/5/7/2 10/5/7/3 60"],
  ["Europe/London", "+0 1 1 3/5/7/1 10/5/7/2 60"],
  ["Europe/Dublin", "+0 1 1 3/5/7/1 10/5/7/2 60"],
  ["America/New_York", "-5 1 1 3/2/7/2 11/1/7/2 60"],
  ["America/St_Johns", "-3:30 1 1 3/2/7/2 11/1/7/2 60"],
  ["Australia/Sydney", "+10 1 1 10/1/7/2 4/1/7/3 60"],
  ["Australia/Lord_Howe", "+10:30 1 1 10/1/7/2 4/1/7/2 30"],
  ["Asia/Kolkata", "+5:30 0"],
  ["Asia/Kathmandu", "+5:45 0"],
  ["America/Phoenix", "-7 0"],
  ["Etc/UTC", "+0 0"],
  ["Asia/Jerusalem", "+2 1 0 03/27/02 10/25/02 60"], // starts on the Friday before the last Sunday: no weekday rule
];
for (const [zone, expected] of table)
  test(`yealinkTimeZone writes ${zone} as ${expected}`, () => assert.equal(encoded(zone), expected));

test("yealinkTimeZone refuses a name that the tz database has not", () => {
  assert.match(encoded("Europe/Atlantis"), /tz database/);
  assert.match(encoded(""), /tz database/);
});

test("zoneRule() agrees with Intl on every zone: standard plus saving is the year's greatest offset", () => {
  for (const zone of Intl.supportedValuesOf("timeZone")) {
    const rule = zoneRule(zone, at);
    assert.ok(rule, zone);
    assert.ok(Math.abs(rule.standard) <= 14 * 60, zone);
    if (rule.daylight === undefined) continue;
    const offsets = Array.from({ length: 73 }, (_, index) => Date.UTC(2026, 0, 1 + index * 5)).map((time) => {
      const parts = new Intl.DateTimeFormat("en-US", {
        timeZone: zone,
        timeZoneName: "longOffset",
      }).formatToParts(time);
      const [, sign = "+", hours = "0", minutes = "0"] =
        /([+-])(\d+):(\d+)/.exec(parts.find(({ type }) => type === "timeZoneName")?.value ?? "") ?? [];
      return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
    });
    assert.equal(Math.min(...offsets), rule.standard, zone);
    assert.equal(Math.max(...offsets), rule.standard + rule.daylight.save, zone);
  }
});
