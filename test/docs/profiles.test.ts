import assert from "node:assert/strict";
import { test } from "node:test";
import { parseShape } from "../../provisioning-server/profiles/shape.ts";
import { PhoneModel } from "../../provisioning-server/profiles/phone-model.ts";
import { MapEntry } from "../../provisioning-server/profiles/settings-map.ts";
import { ProfileFile } from "../../provisioning-server/profiles/vendor-profile.ts";
import { codecNames, settingCatalogue } from "../../protocol/phone-settings.ts";
import { Compile } from "typebox/compile";
import { blocksOf, codeIn, marked, readPage, tableOf } from "./markdown.ts";

const page = readPage("firmware-profiles/README.md");

const schemas = [
  ["model-fields", PhoneModel],
  ["file-fields", ProfileFile],
  ["entry-fields", MapEntry],
] as const;

for (const [mark, schema] of schemas) {
  test(`firmware-profiles/README.md tells every field of ${mark}, and no other`, () => {
    const told = tableOf(marked(page, mark)).flatMap((row) => codeIn(row.get("field") ?? ""));
    assert.deepEqual(told.toSorted(), Object.keys(schema.properties).toSorted());
  });
}

test("firmware-profiles/README.md tells every placeholder of shapes, and no other", () => {
  const told = tableOf(marked(page, "placeholders")).flatMap((row) => codeIn(row.get("placeholder") ?? ""));
  for (const placeholder of told) assert.ok("tokens" in parseShape(placeholder), placeholder);
  const refusal = parseShape("{unknown}");
  assert.ok("wrong" in refusal);
  const known = (/of (.+), not/.exec(refusal.wrong)?.[1] ?? "").split(", ");
  const names = new Set(told.map((placeholder) => placeholder.slice(1, -1).split(":")[0] ?? ""));
  assert.deepEqual([...names].toSorted(), known.toSorted());
});

test("firmware-profiles/README.md tells every codec", () => {
  const row = tableOf(marked(page, "model-fields")).find((each) => each.get("field") === "`codecs`");
  for (const codec of codecNames) assert.ok(row?.get("is")?.includes(codec), codec);
});

/** The examples as JSON: a whole value, members of an object, or several values in a row. */
function valuesOf(block: string): unknown[] {
  const text = block.trim();
  if (text.startsWith('"')) return [JSON.parse(`{${text}}`)];
  return JSON.parse(`[${text}]`) as unknown[];
}

test("the examples of firmware-profiles/README.md fit their schemas, and their settings exist", () => {
  const entry = Compile(MapEntry);
  const model = Compile(PhoneModel);
  for (const value of blocksOf(page, "json").flatMap(valuesOf)) {
    const found = value as { model?: string; key?: string; value?: string; differences?: unknown };
    if (found.model !== undefined) assert.ok(model.Check(found), found.model);
    else if (found.key !== undefined) {
      assert.ok(entry.Check(found), found.key);
      const isPart = /^(?:key|item)(?:\.|$)/.test(found.value ?? "key");
      assert.ok(isPart || settingCatalogue.has(found.value ?? ""), found.value);
    } else assert.ok(Compile(PhoneModel.properties.differences).Check(found.differences), "differences");
  }
});
