import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadMibs } from "../../agent/mibs/load-mibs.ts";
import { rules } from "../../agent/probes/poe-ports/port-rules.ts";
import { observationKeys } from "../../protocol/observation-keys.ts";
import { codeIn, marked, readPage, tableOf } from "./markdown.ts";

const page = readPage("docs/switches.md");
const mibs = loadMibs(fileURLToPath(new URL("../../agent/mibs", import.meta.url)));
const proofs = {
  recording: "a recording",
  mib: "the text of the MIB",
  source: "another tool",
  unverified: "not verified",
} as const;

test("docs/switches.md lists every make with what it rests on and its port map, and no other", () => {
  const told = tableOf(marked(page, "makes")).map((row) => [
    codeIn(row.get("file") ?? "")[0],
    row.get("make"),
    row.get("rests on"),
    codeIn(row.get("port map") ?? ""),
  ]);
  const known = mibs.map((mib) => [mib.id, mib.about, proofs[mib.proof], mib.portMap]);
  const byId = (a: readonly unknown[], b: readonly unknown[]) => String(a[0]).localeCompare(String(b[0]));
  assert.deepEqual(told.toSorted(byId), known.toSorted(byId));
});

test("docs/switches.md lists every rule of the port map with its sureness, and no other", () => {
  const told = tableOf(marked(page, "rules")).map((row) => [
    codeIn(row.get("rule") ?? "")[0] ?? "",
    row.get("sure"),
  ]);
  const known = Object.entries(rules).map(([rule, { sure }]) => [rule, sure]);
  assert.deepEqual(Object.fromEntries(told), Object.fromEntries(known));
});

test("docs/switches.md names only observations that the dictionary has", () => {
  const named = codeIn(page).filter((code) => /^(poe|link|port|lldp|switch)\.[a-zA-Z.]+$/.test(code));
  assert.deepEqual(
    named.filter((key) => !(key in observationKeys)),
    [],
  );
});
