import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decimalText, exactOf, numberOf } from "../../../agent/meters/exact.ts";
import { summaryOf, lastRun, usualGap } from "../../../agent/meters/series.ts";
import { readingOf, scaled } from "../../../agent/meters/reading.ts";

describe("exactOf() and decimalText()", () => {
  it("every display of up to six digits comes back as it was written", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -999_999, max: 999_999 }),
        fc.integer({ min: -12, max: 6 }),
        (digits, power) => {
          const text = decimalText(scaled(digits, power));
          assert.equal(Number(text), Number(`${digits}e${power}`) + 0);
          assert.match(text, /^-?\d+(\.\d+)?$/);
          const again = exactOf(text);
          assert.ok(again !== undefined);
          assert.equal(decimalText(numberOf(again)), text);
        },
      ),
    );
  });

  it("reads signs, points and exponents, and refuses what is no number", () => {
    const read = (text: string) => {
      const exact = exactOf(text);
      return exact === undefined ? undefined : numberOf(exact);
    };
    assert.deepEqual(
      ["-048.12", "+5.30214500E+01", "053.", ".5", "0E0", "-0.00"].map(read),
      [-48.12, 53.02145, 53, 0.5, 0, 0],
    );
    assert.deepEqual(
      ["", ".", "1.2.3", "5x", "--1", "1e5 V", "Infinity", "0x10", "1234567890123456"].map(read),
      Array.from({ length: 9 }, () => undefined),
    );
  });

  it("writes without an exponent, and no minus before zero", () => {
    assert.deepEqual([4.703e-6, 4.71e-8, -1.5e-9, 1e21, 53, -0, 0.1204].map(decimalText), [
      "0.000004703",
      "0.0000000471",
      "-0.0000000015",
      "1000000000000000000000",
      "53",
      "0",
      "0.1204",
    ]);
  });
});

describe("series", () => {
  const timed = (value: number, at: number, hold = false) => ({
    at,
    reading: readingOf("voltage", { value, hold }),
  });

  it("lastRun() begins where a key was pressed, usualGap() is the middle one", () => {
    const readings = [
      timed(1, 0),
      timed(2, 100),
      timed(3, 200, true),
      timed(4, 900, true),
      timed(5, 1000, true),
    ];
    assert.deepEqual(
      lastRun(readings).map(({ reading }) => reading.value),
      [3, 4, 5],
    );
    assert.equal(usualGap(readings), 100);
    assert.equal(usualGap([]), undefined);
    assert.deepEqual(summaryOf([1, 2, 6]), { min: 1, max: 6, mean: 3, count: 3 });
    assert.equal(summaryOf([]), undefined);
  });
});
