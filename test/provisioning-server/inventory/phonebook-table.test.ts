import assert from "node:assert/strict";
import { test } from "node:test";
import { decodePhonebookTable } from "../../../provisioning-server/inventory/phonebook-table.ts";

test("decodePhonebookTable() reads names and numbers as people write them, by name", () => {
  const { entries, flaws } = decodePhonebookTable(
    "\ufeffName;Work;Mobile\r\nZoë;201;+49 (171) 000-001\r\nAnn;*70;\r\nNobody;;\r\n;;\r\n",
  );
  assert.deepEqual(flaws, []);
  assert.deepEqual(entries, [
    { name: "Ann", numbers: [{ kind: "work", number: "*70" }] },
    {
      name: "Zoë",
      numbers: [
        { kind: "work", number: "201" },
        { kind: "mobile", number: "+49171000001" },
      ],
    },
  ]);
});

test("decodePhonebookTable() takes `number` and `phone` for work", () => {
  assert.equal(decodePhonebookTable("name,number\nA,1\n").entries[0]?.numbers[0]?.kind, "work");
  assert.equal(decodePhonebookTable("phone,name\n1,A\n").entries[0]?.name, "A");
});

const bad: [text: string, sentence: string][] = [
  [
    "",
    "line 1: a header row with a column `name`, and one of work, mobile, home, other, found an empty file",
  ],
  [
    "name\nA\n",
    "line 1: a header row with a column `name`, and one of work, mobile, home, other, found name",
  ],
  ["name,work\nA,2x1\n", "line 2, column work: a number as it is dialled, found 2x1"],
  [
    "name,work\n,201\n",
    "line 2, column name: a name of 1 to 100 characters, without control characters, found ",
  ],
  [
    'name,work\n"A\nB",1\n',
    "line 2, column name: a name of 1 to 100 characters, without control characters, found A\nB",
  ],
];
for (const [text, sentence] of bad)
  test(`decodePhonebookTable() refuses ${JSON.stringify(text)} and says where`, () => {
    const { flaws } = decodePhonebookTable(text);
    const [first] = flaws;
    assert.equal(`${first?.place}: ${first?.expected}, found ${first?.found}`, sentence);
  });

test("decodePhonebookTable() tells every flaw at once", () => {
  const { flaws } = decodePhonebookTable("name,work,fax\nA,1\n");
  assert.match(flaws[0]?.expected ?? "", /one of name, work/);
  assert.equal(decodePhonebookTable("name,work\nA,x\nB,y\n").flaws.length, 2);
});
