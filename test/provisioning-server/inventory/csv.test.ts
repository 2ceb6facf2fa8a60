import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeCsv, encodeCsv } from "../../../provisioning-server/inventory/csv.ts";
import { decodePhoneTable, settingColumns } from "../../../provisioning-server/inventory/phone-table.ts";
import { decodeSettingPath } from "../../../provisioning-server/inventory/setting-place.ts";

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);

test("encodeCsv() guards every cell that a spreadsheet would run", () => {
  for (const cell of ["=1+1", "+49 30", "-1", "@SUM(A1)", "\tx", "\rx", "'=1"])
    assert.match(encodeCsv([["a", cell]]), /^a,"?'/, JSON.stringify(cell));
  assert.equal(encodeCsv([["a", "b c", "201"]]), "a,b c,201\r\n");
});

test("decodeCsv() and encodeCsv() are the identity", () => {
  const cell = fc.oneof(
    fc.string(),
    fc.stringMatching(/^['=+\-@\t\r\n",; a0]{0,6}$/),
    fc.constantFrom("", "0010", "a\r\nb", '"', "\uFEFF"),
  );
  const row = fc.array(cell, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), (rows) => {
      // The separator is told from the first line: a header of plain words, as tables have.
      const table = [["mac", "b", "c", "d", "e"], ...rows];
      const read = decodeCsv(encodeCsv(table));
      assert.deepEqual(read.flaws, []);
      assert.deepEqual(
        read.records.map((record) => record.cells),
        table,
      );
    }),
    { seed, numRuns: 2000 },
  );
});

test("decodeCsv() takes semicolons, tabs, a byte-order mark, old line ends, and counts lines through quotes", () => {
  assert.deepEqual(decodeCsv("\uFEFFmac;ext\r\n1;2\r\n").records[1]?.cells, ["1", "2"]);
  assert.deepEqual(decodeCsv("mac\text\n1\t2").records[1]?.cells, ["1", "2"]);
  const { records } = decodeCsv('mac,label\n\n1,"two\nlines"\n2,x\n');
  assert.deepEqual(
    records.map((record) => [record.line, record.cells[0]]),
    [
      [1, "mac"],
      [3, "1"],
      [5, "2"],
    ],
  );
});

test("decodeCsv() says where a quote does not close", () => {
  const { records, flaws } = decodeCsv('mac,label\n1,"open\n2,x\n');
  assert.deepEqual(records, []);
  assert.equal(flaws.length, 1);
  assert.match(flaws[0]?.found ?? "", /quote/i);
});

test("decodePhoneTable() knows each of its own columns as a setting", () => {
  for (const path of settingColumns.values()) assert.ok(decodeSettingPath(path).ok, path);
});

test("decodePhoneTable() tells everything that is wrong with a header at once", () => {
  const { rows, flaws } = decodePhoneTable("mac,modle,time.zoen,ext,user\n1,2,3,4,5\n");
  assert.deepEqual(rows, []);
  assert.deepEqual(
    flaws.map((flaw) => [flaw.column, flaw.found, flaw.remedy]),
    [
      ["modle", "modle", "Was model meant?"],
      ["time.zoen", "time.zoen", "Was time.zone meant?"],
      ["user", "line1.user twice", undefined],
    ],
  );
  assert.match(decodePhoneTable("").flaws[0]?.found ?? "", /empty/);
  assert.match(decodePhoneTable("model,ext\nT46U,1").flaws[0]?.expected ?? "", /column `mac`/);
});

test("decodePhoneTable() never throws and never hangs: 100,000 tables", (t) => {
  t.diagnostic(`seed ${seed}`);
  const next = random(seed);
  const pieces = [
    "mac",
    "model",
    "ext",
    "password",
    "line2.user",
    "time.zone",
    ",",
    ",",
    ";",
    "\t",
    "\n",
    "\r\n",
    "\r",
    '"',
    '""',
    "805ec0010001",
    "80:5e:c0:01:00:02",
    "8.05E+11",
    "0010",
    "=1+1",
    "'",
    " ",
    "\u0000",
    "\uFEFF",
    "\uD800",
    "é",
    "__proto__",
  ];
  for (let run = 0; run < 100_000; run += 1) {
    // Half of them get past the header, or the rows would hardly be reached.
    let text = run % 2 === 0 ? "mac,model,ext,password\n" : "";
    for (let count = next() % 24; count > 0; count -= 1) text += pieces[next() % pieces.length] ?? "";
    const { rows, flaws } = decodePhoneTable(text);
    assert.ok(rows.length > 0 || flaws.length > 0 || text.trim() !== "", JSON.stringify(text));
    for (const flaw of flaws)
      assert.ok(flaw.expected !== "" && flaw.line !== undefined && flaw.line >= 0, JSON.stringify(text));
  }
});

/** xorshift32: the same numbers for the same seed. */
function random(start: number): () => number {
  let state = start | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
