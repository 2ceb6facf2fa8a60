import assert from "node:assert/strict";
import { test } from "node:test";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import fc from "fast-check";
import type { Phonebook } from "../../../protocol/phonebook.ts";
import { loadProfiles } from "../../../provisioning-server/profiles/load-profiles.ts";
import {
  findPhonebookFormat,
  phonebookFormats,
} from "../../../provisioning-server/profiles/phonebooks/list.ts";

const book: Phonebook = {
  name: "Berlin & Bonn",
  entries: [
    {
      name: 'Ann "Anne" O\'Neill <CEO> & Söhne',
      numbers: [
        { kind: "work", number: "201" },
        { kind: "mobile", number: "+49171000001" },
      ],
    },
    { name: "Reception", numbers: [{ kind: "other", number: "*70" }] },
  ],
};

const parser = new XMLParser({ parseTagValue: false, ignoreAttributes: false, processEntities: true });
const write = (name: string, what = book) => findPhonebookFormat(name)?.write(what) ?? "";

// What an independent parser must find in each.
const expected: Record<string, unknown> = {
  "yealink-directory": {
    YealinkIPPhoneDirectory: {
      DirectoryEntry: [
        { Name: book.entries[0]?.name, Telephone: ["201", "+49171000001"] },
        { Name: "Reception", Telephone: "*70" },
      ],
    },
  },
  "snom-directory": {
    SnomIPPhoneDirectory: {
      Title: "Berlin & Bonn",
      DirectoryEntry: [
        { Name: book.entries[0]?.name, Telephone: "201" },
        { Name: `${book.entries[0]?.name} (mobile)`, Telephone: "+49171000001" },
        { Name: "Reception", Telephone: "*70" },
      ],
    },
  },
  "cisco-directory": {
    CiscoIPPhoneDirectory: {
      Title: "Berlin & Bonn",
      Prompt: "",
      DirectoryEntry: [
        { Name: book.entries[0]?.name, Telephone: "201" },
        { Name: `${book.entries[0]?.name} (mobile)`, Telephone: "+49171000001" },
        { Name: "Reception", Telephone: "*70" },
      ],
    },
  },
  "fanvil-directory": {
    FanvilIPPhoneDirectory: {
      Title: "Berlin & Bonn",
      DirectoryEntry: [
        { Name: book.entries[0]?.name, Telephone: "201", Mobile: "+49171000001", Other: "" },
        { Name: "Reception", Telephone: "", Mobile: "", Other: "*70" },
      ],
    },
  },
  "address-book": {
    AddressBook: {
      Contact: [
        {
          id: "1",
          FirstName: book.entries[0]?.name,
          LastName: "",
          Phone: [
            { phonenumber: "201", accountindex: "0", "@_type": "Work" },
            { phonenumber: "+49171000001", accountindex: "0", "@_type": "Cell" },
          ],
        },
        {
          id: "2",
          FirstName: "Reception",
          LastName: "",
          Phone: { phonenumber: "*70", accountindex: "0", "@_type": "Other" },
        },
      ],
    },
  },
  "poly-directory": {
    directory: {
      item_list: {
        item: [
          { ln: "Söhne", fn: 'Ann "Anne" O\'Neill <CEO> &', ct: "201", bw: "0" },
          { ln: "Söhne (mobile)", fn: 'Ann "Anne" O\'Neill <CEO> &', ct: "+49171000001", bw: "0" },
          { ln: "Reception", fn: "", ct: "*70", bw: "0" },
        ],
      },
    },
  },
};

for (const { name } of phonebookFormats)
  test(`${name}: an XML parser finds every name and number`, () => {
    const text = write(name);
    assert.equal(XMLValidator.validate(text), true);
    const found: Record<string, unknown> = { ...(parser.parse(text) as object) };
    delete found["?xml"];
    assert.deepEqual(found, expected[name]);
  });

test("every phonebook format is some family's, and a family names one that there is", async () => {
  const { families } = await loadProfiles(new URL("../../../firmware-profiles", import.meta.url).pathname);
  const used = new Set(families.map(({ vendor }) => vendor.phonebook));
  for (const { name } of phonebookFormats) assert.ok(used.has(name), name);
});

test("a phonebook of any names is well-formed XML in every format", () => {
  const name = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 40 })
    .filter((text) => !/\p{Cc}/u.test(text));
  fc.assert(
    fc.property(fc.array(name, { maxLength: 6 }), (names) => {
      const entries = names.map((one) => ({ name: one, numbers: [{ kind: "work" as const, number: "1" }] }));
      for (const format of phonebookFormats)
        assert.equal(XMLValidator.validate(format.write({ name: "x", entries })), true, format.name);
    }),
    { numRuns: 500 },
  );
});

test("fanvil-directory puts a second number of a kind where there is room, and leaves a fourth out", () => {
  const numbers = ["1", "2", "3", "4"].map((number) => ({ kind: "work" as const, number }));
  assert.match(
    write("fanvil-directory", { name: "x", entries: [{ name: "A", numbers }] }),
    /<Telephone>1<\/Telephone>\s*<Mobile>2<\/Mobile>\s*<Other>3<\/Other>/,
  );
});
