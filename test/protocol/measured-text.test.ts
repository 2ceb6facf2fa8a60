import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { measuredText } from "../../protocol/measured-text.ts";

describe("measuredText()", () => {
  const rows: readonly (readonly [number | string, string | undefined, string])[] = [
    [23_817_424_896, "bytes", "23.8 GB"],
    [16_777_216, "bytes", "16.8 MB"],
    [999_999_999, "bytes", "1 GB"],
    [5_000_000_000_000_000, "bytes", "5000 TB"],
    [10_000, "bytes", "10 kB"],
    [1834, "bytes", "1834 bytes"],
    [0, "bytes", "0 bytes"],
    [7199, "s", "7199 s"],
    [7200, "s", "2 h 0 min"],
    [275_040, "s", "3 d 4 h"],
    [-90_000, "s", "-1 d 1 h"],
    [6.3, "W", "6.3 W"],
    [12, "n", "12"],
    [12, undefined, "12"],
    ["a, b", "bytes", "a, b bytes"],
  ];
  for (const [value, unit, text] of rows)
    it(`${value} ${unit ?? "without a unit"} is ${text}`, () =>
      assert.equal(measuredText(value, unit), text));
});
