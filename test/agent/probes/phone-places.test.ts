import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { noticeMoves, type PhonePlaces } from "../../../agent/probes/poe-pulse/phone-places.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { observerOf } from "../../../protocol/observe.ts";

const mac = "805ec0010007";
const minute = 60_000;

/** A port that has a phone, and link since so many seconds. */
function seen(port: string, at: number, since: number | undefined, phone = mac): Observation[] {
  const observe = observerOf("poe-ports", `port:${port}`, at);
  return [observe("port.phone", phone), ...(since === undefined ? [] : [observe("link.lastChange", since)])];
}

/** Look after look; what the last one says of moves. */
function after(...looks: Observation[][]): string[] {
  const places: PhonePlaces = new Map();
  let said: string[] = [];
  for (const look of looks) {
    said = noticeMoves(look, places, "poe-ports").map(
      ({ subject, key, value }) => `${subject} ${key} ${String(value)}`,
    );
  }
  return said;
}

describe("noticeMoves()", () => {
  it("says nothing of a phone at its first sight, and that it stayed at the second", () => {
    assert.deepEqual(after(seen("sw1/7", 0, 10)), []);
    assert.deepEqual(after(seen("sw1/7", 0, 10), seen("sw1/7", minute, 70)), [`phone:${mac} mac.moves 0`]);
  });

  it("notices a phone that was plugged in elsewhere, on another switch too", () => {
    assert.deepEqual(after(seen("sw1/7", 0, 900), seen("sw2/3", 10 * minute, 240)), [
      `phone:${mac} mac.moves 1`,
      `phone:${mac} mac.before port:sw1/7`,
    ]);
  });

  it("goes on saying so, counts each move, and forgets after a day", () => {
    const there = seen("sw1/9", 10 * minute, 60);
    const looks = [seen("sw1/7", 0, 900), there, seen("sw1/9", 20 * minute, 660)];
    assert.deepEqual(after(...looks), [`phone:${mac} mac.moves 1`, `phone:${mac} mac.before port:sw1/7`]);
    assert.deepEqual(after(...looks, seen("sw1/7", 30 * minute, 60)), [
      `phone:${mac} mac.moves 2`,
      `phone:${mac} mac.before port:sw1/9`,
    ]);
    assert.deepEqual(after(...looks, seen("sw1/9", 1500 * minute, 90_000)), [`phone:${mac} mac.moves 0`]);
  });

  it("takes no address for moved whose port has had link all along: that is a loop, or a small switch", () => {
    assert.deepEqual(after(seen("sw1/7", 10 * minute, 900), seen("sw1/9", 11 * minute, 5000)), [
      `phone:${mac} mac.moves 0`,
    ]);
    assert.deepEqual(after(seen("sw1/7", 0, 900), seen("sw1/9", minute, undefined)), [
      `phone:${mac} mac.moves 0`,
    ]);
  });

  it("lets be what shows up on two ports at once", () => {
    const both = [...seen("sw1/7", minute, 10), ...seen("sw1/9", minute, 10)];
    assert.deepEqual(after(seen("sw1/7", 0, 900), both), []);
  });
});
