// What we write must be what others read: the files of every example, plain and with names that try to break out, go through
// a parser that is not ours, which must find what our strict reader finds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { previewFiles } from "../../provisioning-server/answer/preview-files.ts";
import type { RenderedFile } from "../../provisioning-server/answer/render-file.ts";
import { loadExamples, type ProfileExample } from "../../provisioning-server/profiles/load-examples.ts";
import { loadProfiles } from "../../provisioning-server/profiles/load-profiles.ts";
import type { Family } from "../../provisioning-server/profiles/profiles.ts";
import { findSyntax, syntaxes } from "../../provisioning-server/profiles/syntax/list.ts";
import { lineReaders } from "./read-lines-apart.ts";
import { type Found, xmlReaders } from "./read-xml-apart.ts";

const folder = new URL("../../firmware-profiles", import.meta.url).pathname;
const { families } = await loadProfiles(folder);
const examples = await loadExamples(folder);
const readers = { ...xmlReaders, ...lineReaders };
const context = { baseUrl: "https://phones.example.net:8443", serverKey: new Uint8Array(32) };

/** Each may end a value, begin another, or be taken for something else by one of the syntaxes. */
const hostileNames = [
  'Zoë "Z" <b>&amp; Söhne</b> #1',
  "x = y; z: 'w' # no comment",
  "]]> <!-- <?x?> &#10; &lt; --x--  :1",
  String.raw`back\slash \n \u0041 \"quoted\" ${"${null}"} %NULL% $MACADDR`,
  "\u{1f4de} 日本語 مرحبا",
  "[section]",
  "<<END OF FILE>>",
  "SET ADMIN 1",
];

function filesOf({ asked, inventory }: ProfileExample, name?: string): readonly RenderedFile[] {
  const { device, site, tenant } = inventory;
  const lines = device.lines.map((line) => ({
    ...line,
    settings: { ...line.settings, ...(name === undefined ? {} : { displayName: name, label: name }) },
  }));
  const at = { ...context, at: Date.parse(asked.at) };
  return previewFiles({ families }, { ...device, lines }, site, at, tenant === undefined ? {} : { tenant });
}

/** The same file, read by our strict reader and by another; true where it holds the name. */
function readBoth(family: Family, file: RenderedFile, name?: string): boolean {
  const about = family.vendor.files.find(({ id }) => id === file.fileId);
  if (about?.carries === undefined) return false;
  const { name: syntax, options = {} } = about.syntax ?? family.vendor.syntax;
  const body = Buffer.from(file.body).toString("utf8");
  const ours = findSyntax(syntax)?.read(body, options);
  assert.ok(ours?.ok, `${file.name}: ${JSON.stringify(ours)}`);
  const theirs = readers[syntax]?.(body, options);
  assert.ok(theirs, `no other reader for ${syntax}`);
  const expected: Found = ours.value.map(({ key, value }) => [key, value]);
  assert.deepEqual(theirs, expected, file.name);
  return name !== undefined && expected.some(([, value]) => value.includes(name));
}

test("every syntax has a reader that is not ours", () => {
  const names = syntaxes.map(({ name }) => name).toSorted();
  assert.deepEqual(Object.keys(readers).toSorted(), names);
});

for (const family of families) {
  const own = examples.filter((example) => example.family === family.id);

  test(`${family.id}: another parser finds in the files of ${own.length} examples what our reader finds`, () => {
    assert.ok(own.length > 0);
    for (const example of own)
      for (const file of filesOf(example)) {
        assert.ok(file.body.length > 0);
        readBoth(family, file);
      }
  });

  test(`${family.id}: another parser is not led astray by the names of lines`, (t) => {
    const carried = new Set<string>();
    for (const example of own.slice(0, 3))
      for (const name of hostileNames)
        for (const file of filesOf(example, name)) if (readBoth(family, file, name)) carried.add(name);
    assert.ok(carried.size > 0);
    t.diagnostic(`${carried.size} of ${hostileNames.length} names are carried, the others refused`);
  });
}
