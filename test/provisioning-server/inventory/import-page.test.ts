import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ownColumns, settingColumns } from "../../../provisioning-server/inventory/phone-table.ts";

test("docs/import.md names every column, and no other", () => {
  const page = readFileSync(new URL("../../../docs/import.md", import.meta.url), "utf8");
  const cells = page
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) => line.split("|").slice(1, 3))
    .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]?.toLowerCase()));
  assert.deepEqual(new Set(cells), new Set([...ownColumns.keys(), ...settingColumns.keys()]));
});
