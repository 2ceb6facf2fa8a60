import assert from "node:assert/strict";
import { test } from "node:test";
import { FactIndex, Facts } from "../../diagnosis/facts.ts";
import type { Rule } from "../../diagnosis/rule.ts";
import { rules } from "../../diagnosis/rules.ts";
import { defaultThresholds, thresholdsFrom } from "../../diagnosis/thresholds.ts";
import { agentFindings } from "../../agent/report/agent-findings.ts";
import { observationKeys, type ObservationKey } from "../../protocol/observation-keys.ts";
import type { Observation } from "../../protocol/observation.ts";
import { codeIn, marked, readPage, tableOf } from "./markdown.ts";

const page = readPage("docs/diagnosis.md");
const rows = tableOf(marked(page, "rules"));

/** Facts that remember what they were asked for, and know a number for the keys given. */
class AskedFacts extends Facts {
  readonly asked = new Set<ObservationKey>();
  readonly #known: ReadonlySet<ObservationKey>;

  constructor(rule: Rule, known: ReadonlySet<ObservationKey>) {
    super(new FactIndex([], thresholdsFrom({}).thresholds, 0), `${[rule.on].flat()[0] ?? ""}:any/udp`);
    this.#known = known;
  }

  override get(key: ObservationKey): Observation | undefined {
    this.asked.add(key);
    if (!this.#known.has(key)) return undefined;
    return { probe: "test", subject: this.subject, key, value: 1, at: 0, outcome: "ok" };
  }

  override sibling(): Facts {
    return this;
  }
}

/** What a rule's conditions read; asked a second time with an answer, a condition may go on to other keys. */
function keysOf(rule: Rule): ReadonlySet<ObservationKey> {
  let known: ReadonlySet<ObservationKey> = new Set();
  for (let round = 0; round < 2; round += 1) {
    const facts = new AskedFacts(rule, known);
    for (const need of rule.needs) need(facts);
    known = new Set([...known, ...facts.asked]);
  }
  return known;
}

test("docs/diagnosis.md lists every rule, in the order of the rules, and no other", () => {
  const columns = ["id", "cause", "layer", "severity", "of"];
  const told = rows.map((row) => columns.map((column) => row.get(column)));
  const known = rules.map((rule) => [
    rule.id,
    rule.cause,
    rule.layer,
    rule.severity,
    [rule.on].flat().join(", "),
  ]);
  assert.deepEqual(told, known);
});

for (const rule of rules) {
  test(`docs/diagnosis.md names the observations that ${rule.id} ${rule.cause} needs, and a remedy`, () => {
    const row = rows.find((each) => each.get("id") === rule.id);
    const told = codeIn(row?.get("needs") ?? "").filter((code) => code in observationKeys);
    assert.deepEqual([...new Set(told)].toSorted(), [...keysOf(rule)].toSorted());
    assert.notEqual(row?.get("remedy"), "");
  });
}

test("docs/diagnosis.md lists every threshold with its default, and no other", () => {
  const told = tableOf(marked(page, "thresholds")).map((row) => [
    row.get("threshold"),
    Number(row.get("default")),
  ]);
  assert.deepEqual(told, Object.entries(defaultThresholds));
});

test("docs/diagnosis.md lists the findings of an agent about itself", () => {
  const section = page.split("## What an agent says about itself")[1] ?? "";
  const told = tableOf(section).map((row) => `${row.get("cause")} ${row.get("severity")}`);
  const known = agentFindings({
    at: 0,
    subject: "agent:a",
    spool: { diskError: "ENOSPC" },
    revertedConfig: 1,
    refusedConfig: { version: 2, why: "any" },
  });
  assert.deepEqual(told.toSorted(), known.map(({ cause, severity }) => `${cause} ${severity}`).toSorted());
});
