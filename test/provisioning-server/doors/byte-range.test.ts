import assert from "node:assert/strict";
import { test } from "node:test";
import { readByteRange } from "../../../provisioning-server/doors/byte-range.ts";

const table: readonly (readonly [string | undefined, number, ReturnType<typeof readByteRange>])[] = [
  [undefined, 10, undefined],
  ["bytes=0-3", 10, { first: 0, last: 3 }],
  ["bytes=5-", 10, { first: 5, last: 9 }],
  ["bytes=5-99", 10, { first: 5, last: 9 }],
  ["bytes=-4", 10, { first: 6, last: 9 }],
  ["bytes=-99", 10, { first: 0, last: 9 }],
  ["bytes=-0", 10, "outside"],
  ["bytes=10-", 10, "outside"],
  ["bytes=0-", 0, "outside"],
  ["bytes=4-3", 10, undefined],
  ["bytes=0-1,3-4", 10, undefined],
  ["lines=0-1", 10, undefined],
  ["bytes=-", 10, undefined],
  ["bytes=99999999999999999999-", 10, undefined],
];

for (const [header, length, range] of table) {
  test(`readByteRange() of ${header} in ${length} octets`, () => {
    assert.deepEqual(readByteRange(header, length), range);
  });
}
