import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { printMacAddress, tryParseMacAddress } from "../../protocol/mac-address.ts";

for (const text of [
  "805ec0000001",
  "80:5E:C0:00:00:01",
  "80-5e-c0-00-00-01",
  "805e.c000.0001",
  " 80 5e c0 00 00 01 ",
])
  test(`tryParseMacAddress() reads ${text}`, () => assert.equal(tryParseMacAddress(text), "805ec0000001"));

for (const [text, why] of [
  ["000000000000", "all zeros"],
  ["ffffffffffff", "broadcast"],
  ["01005e000001", "multicast"],
  ["805ec000000", "eleven digits"],
  ["805ec00000010", "thirteen digits"],
  ["805ec000000g", "no hex"],
  ["", "nothing"],
] as const)
  test(`tryParseMacAddress() refuses ${why}`, () => assert.equal(tryParseMacAddress(text), undefined));

test("printMacAddress() is read back by tryParseMacAddress()", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (octets) => {
      const hex = Buffer.from(octets).toString("hex");
      const mac = tryParseMacAddress(hex);
      if (mac !== undefined) assert.equal(tryParseMacAddress(printMacAddress(mac)), hex);
    }),
  );
});

test("tryParseMacAddress() never throws and gives 12 hex digits or nothing", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 30 }), (text) =>
      /^[0-9a-f]{12}$/.test(tryParseMacAddress(text) ?? "805ec0000001"),
    ),
    { numRuns: 20_000 },
  );
});
