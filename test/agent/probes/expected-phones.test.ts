import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { expectPhones } from "../../../agent/probes/poe-ports/expected-phones.ts";
import type { Observation } from "../../../protocol/observation.ts";

const hour = 3_600_000;
const now = Date.UTC(2026, 0, 15);

function phoneOn(port: string, value: string | null, at: number): Observation {
  return { probe: "poe-ports", subject: `port:sw1/${port}`, key: "port.phone", value, at, outcome: "ok" };
}

describe("expectPhones()", () => {
  it("expects a phone that was there an hour ago, and no other", () => {
    const first = expectPhones([phoneOn("1", "805ec0010001", now), phoneOn("2", null, now)], new Map(), now);
    assert.deepEqual(first.expected, []);
    const later = now + hour;
    const second = expectPhones([phoneOn("1", null, later), phoneOn("2", null, later)], first.seen, later);
    assert.deepEqual(
      second.expected.map((each) => [each.subject, each.value]),
      [["port:sw1/1", "805ec0010001"]],
    );
  });

  it("forgets it after a day, and takes the newest when phones are swapped", () => {
    const first = expectPhones([phoneOn("1", "805ec0010001", now)], new Map(), now);
    const swapped = expectPhones([phoneOn("1", "805ec0010002", now + hour)], first.seen, now + hour);
    const gone = expectPhones([phoneOn("1", null, now + 2 * hour)], swapped.seen, now + 2 * hour);
    assert.equal(gone.expected[0]?.value, "805ec0010002");
    const nextDay = now + 26 * hour;
    assert.deepEqual(expectPhones([phoneOn("1", null, nextDay)], gone.seen, nextDay).expected, []);
  });
});
