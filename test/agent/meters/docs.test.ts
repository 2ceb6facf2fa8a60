import assert from "node:assert/strict";
import { test } from "node:test";
import { says } from "../../../agent/meters/judge.ts";
import { loadMeters } from "../../../agent/meters/meter.ts";
import { codeIn, marked, readPage, tableOf } from "../../docs/markdown.ts";

const page = readPage("docs/meters.md");

test("docs/meters.md lists every meter as its file says, and no other", () => {
  const told = tableOf(marked(page, "meters")).map((row) => [
    codeIn(row.get("meter") ?? "")[0],
    row.get("name"),
    codeIn(row.get("chip") ?? "")[0],
    row.get("line"),
    row.get("mark"),
  ]);
  const known = [...loadMeters()].map(([id, { name, chip, line, mark }]) => [
    id,
    name,
    chip,
    line === undefined ? "HID" : `${line.baudRate} ${line.frame}`,
    mark,
  ]);
  const byId = (a: unknown[], b: unknown[]) => String(a[0]).localeCompare(String(b[0]));
  assert.deepEqual(told.toSorted(byId), known.toSorted(byId));
});

test("docs/meters.md tells every verdict in the order of its rules, and no other", () => {
  const told = tableOf(page.split("## Verdicts")[1] ?? "").map(
    (row) => codeIn(row.get("verdict") ?? "")[0] ?? "",
  );
  assert.deepEqual(told.toSorted(), Object.keys(says).toSorted());
});

test("at least 60 meters are known, and each says what a person does on it", () => {
  const meters = [...loadMeters().values()];
  assert.ok(meters.length >= 60, String(meters.length));
  for (const { howTo, sources, line, hid } of meters) {
    assert.ok(howTo.length > 10 && sources.length > 0);
    assert.ok((line?.why ?? hid ?? "").length > 10);
  }
});
