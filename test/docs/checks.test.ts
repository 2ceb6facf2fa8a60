import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { diag } from "../../agent/cli/diag/diag.ts";
import type { CliContext } from "../../agent/cli/context.ts";
import { rules } from "../../diagnosis/rules.ts";
import { observationKeys } from "../../protocol/observation-keys.ts";
import { codeIn, marked, readPage, tableOf } from "./markdown.ts";

const rows = tableOf(marked(readPage("docs/checks.md"), "checks"));
const command = new Command("diag");
// Verbs are looked at, and none is run.
diag(command, {} as CliContext);
const verbs = new Set(command.commands.map((verb) => verb.name()));
const ruleIds = new Set(rules.map(({ id }) => id));

test("docs/checks.md has the items of the list", () => assert.ok(rows.length >= 40));

for (const row of rows) {
  const item = row.get("item") ?? "";
  test(`docs/checks.md: looks, observations and findings of "${item}" are there`, () => {
    const looks = codeIn(row.get("look") ?? "");
    const keys = codeIn(row.get("observations") ?? "");
    const findings = (row.get("findings") ?? "").split(", ").filter((id) => id !== "");
    assert.ok(looks.length > 0 && keys.length > 0);
    assert.deepEqual(
      looks.filter((verb) => !verbs.has(verb)),
      [],
    );
    assert.deepEqual(
      keys.filter((key) => !(key in observationKeys)),
      [],
    );
    assert.deepEqual(
      findings.filter((id) => !ruleIds.has(id)),
      [],
    );
  });
}
