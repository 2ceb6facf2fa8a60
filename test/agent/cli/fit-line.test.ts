import assert from "node:assert/strict";
import { test } from "node:test";
import { fitLine } from "../../../agent/cli/print/fit-line.ts";

test("a line as wide as the terminal, or of no terminal, stays whole", () => {
  assert.deepEqual(fitLine("1234567890", 10), ["1234567890"]);
  assert.deepEqual(fitLine("one two three", undefined), ["one two three"]);
});

test("a value goes on below its value, a sentence below its first word", () => {
  assert.deepEqual(fitLine("  why    one two three", 18), ["  why    one two", "         three"]);
  assert.deepEqual(fitLine("  Audio: both ways are open.", 16), [
    "  Audio: both",
    "    ways are",
    "    open.",
  ]);
});

test("colours take no columns, and rows of tables stay whole", () => {
  assert.deepEqual(fitLine("\u001b[33mone two\u001b[39m", 7), ["\u001b[33mone two\u001b[39m"]);
  assert.deepEqual(fitLine("there   300   300   0.00 %", 10), ["there   300   300   0.00 %"]);
});
