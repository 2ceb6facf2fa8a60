import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Hurries } from "../../../agent/schedule/hurries.ts";

const pace = { settle: 2000, apart: 10_000 };
const free = () => true;

describe("Hurries", () => {
  it("runs a plan once, a moment after the first of many events", () => {
    const hurries = new Hurries();
    for (const at of [0, 500, 1900]) hurries.ask("pulse", at, pace);
    assert.deepEqual(hurries.take(1999, free), []);
    assert.deepEqual(hurries.take(2000, free), ["pulse"]);
    assert.deepEqual(hurries.take(60_000, free), []);
  });

  it("runs it at most once in the time apart, however many events come", () => {
    const hurries = new Hurries();
    const ran: number[] = [];
    for (let now = 0; now <= 60_000; now += 100) {
      hurries.ask("pulse", now, pace);
      if (hurries.take(now, free).length > 0) ran.push(now);
    }
    assert.deepEqual(ran, [2000, 12_000, 22_000, 32_000, 42_000, 52_000]);
  });

  it("keeps a busy plan due", () => {
    const hurries = new Hurries();
    hurries.ask("pulse", 0, pace);
    assert.deepEqual(
      hurries.take(5000, () => false),
      [],
    );
    assert.deepEqual(hurries.take(6000, free), ["pulse"]);
  });

  it("keeps plans apart from each other, and forgets those that are gone", () => {
    const hurries = new Hurries();
    hurries.ask("a", 0, pace);
    hurries.ask("b", 0, pace);
    hurries.keep(new Set(["b"]));
    assert.deepEqual(hurries.take(3000, free), ["b"]);
  });

  it("runs once more after a while where that is asked for, and no more", () => {
    const hurries = new Hurries();
    hurries.ask("full", 0, { ...pace, again: 60_000 });
    const ran = Array.from({ length: 200 }, (_, i) => i * 1000).filter(
      (now) => hurries.take(now, free).length > 0,
    );
    assert.deepEqual(ran, [2000, 62_000]);
  });

  it("does not wait for hours when the clock is set back", () => {
    const hurries = new Hurries();
    hurries.ask("pulse", 9_000_000, pace);
    hurries.take(9_002_000, free);
    hurries.ask("pulse", 1000, pace);
    assert.deepEqual(hurries.take(13_000, free), ["pulse"]);
  });
});
