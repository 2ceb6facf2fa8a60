import assert from "node:assert/strict";
import { test } from "node:test";
import { sparkline } from "../../agent/sparkline.ts";

test("sparkline() has a bar per number, or as many as there is room for", () => {
  assert.equal(sparkline([1, 2, 3], 10), "▁▅█");
  assert.equal(sparkline([5, 5], 10), "▄▄");
  const many = Array.from({ length: 1000 }, (_, i) => i);
  assert.equal(sparkline(many, 20).length, 20);
  assert.equal(sparkline([], 5), "");
});

test("sparkline() on a scale: nothing is a flat row at the bottom, and little stays little", () => {
  const scale = { from: 0, atLeast: 5 };
  assert.equal(sparkline([0, 0, 0], 10, scale), "▁▁▁");
  assert.equal(sparkline([0.1, 0.2, 0.1], 10, scale), "▁▁▁");
  assert.equal(sparkline([0, 5, 10], 10, scale), "▁▅█");
});
