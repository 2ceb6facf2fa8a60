import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { displayedNumber, type MeterCase } from "../../../agent/meters/capture-case.ts";
import { checkCase } from "./check-case.ts";

// Case files of `offhook diag meter capture`: one per meter that an owner has proved. Put yours here.

const folder = new URL("cases/", import.meta.url);

describe("cases of owners", () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
    const found = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as MeterCase;
    it(`${file}: ${found.name} is read as its displays were`, () => checkCase(found));
  }
});

describe("displayedNumber()", () => {
  const displays: readonly (readonly [string, number | null | undefined])[] = [
    ["53.02 V", 53.02],
    ["-1530 mV", -1.53],
    ["4.703 µF", 4.703e-6],
    ["0.L", null],
    ["OL MOhm", null],
    ["-OL V", null],
    ["99.87", 99.87],
    ["12.1 mV AC", 0.0121],
    ["23.4 °C", 23.4],
    ["something else", undefined],
  ];
  for (const [display, number] of displays)
    it(`reads "${display}"`, () => assert.equal(displayedNumber(display), number));
});
