import assert from "node:assert/strict";
import { test } from "node:test";
import { agreeOnOptions, askForOptions, readOack } from "../../../protocol/tftp/options.ts";
import type { TftpOptionList } from "../../../protocol/tftp/packet.ts";

const agreements: readonly (readonly [string, TftpOptionList, TftpOptionList])[] = [
  ["nothing asked, nothing answered", [], []],
  ["blksize as asked", [["blksize", "1024"]], [["blksize", "1024"]]],
  ["blksize lowered to the limit", [["blksize", "65464"]], [["blksize", "1468"]]],
  ["names in any case", [["BLKSIZE", "8"]], [["blksize", "8"]]],
  ["blksize out of bounds is not taken", [["blksize", "7"]], []],
  ["blksize that is no number is not taken", [["blksize", "1e3"]], []],
  ["tsize says the size", [["tsize", "0"]], [["tsize", "5000"]]],
  ["timeout echoed", [["timeout", "3"]], [["timeout", "3"]]],
  ["timeout 0 is not taken", [["timeout", "0"]], []],
  ["windowsize lowered to the limit", [["windowsize", "65535"]], [["windowsize", "64"]]],
  ["an unknown option is not taken", [["multicast", ""]], []],
  [
    "the first of two counts",
    [
      ["blksize", "16"],
      ["blksize", "32"],
    ],
    [["blksize", "16"]],
  ],
];

for (const [what, asked, reply] of agreements) {
  test(`agreeOnOptions(): ${what}`, () => {
    assert.deepEqual(agreeOnOptions(asked, 5000).reply, reply);
  });
}

test("readOack() takes what agreeOnOptions() gave to askForOptions()", () => {
  const wanted = { blockSize: 1468, windowSize: 8, timeout: 2, size: 0 };
  const { terms, reply } = agreeOnOptions(askForOptions(wanted), 77);
  assert.deepEqual(readOack(reply, wanted), { ok: true, value: terms });
  assert.deepEqual(terms, { blockSize: 1468, windowSize: 8, timeout: 2, size: 77 });
});

const refused: readonly (readonly [string, TftpOptionList])[] = [
  ["an option that was not asked for", [["tsize", "4"]]],
  ["a larger block than asked for", [["blksize", "1469"]]],
  ["a block size of 0", [["blksize", "0"]]],
  ["another timeout", [["timeout", "3"]]],
];

for (const [what, oack] of refused) {
  test(`readOack() refuses ${what}`, () => {
    assert.equal(readOack(oack, { blockSize: 1468, timeout: 2 }).ok, false);
  });
}

test("agreeOnOptions() says no tsize of an empty file, since curl refuses 0", () => {
  assert.deepEqual(agreeOnOptions([["tsize", "0"]], 0).reply, []);
});
