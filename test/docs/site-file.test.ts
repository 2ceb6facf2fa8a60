import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { looksOfSite, readSiteFile, thresholdsOfSite } from "../../agent/cli/site/site-file.ts";
import { probes } from "../../agent/probes/list.ts";
import { readyPlans } from "../../agent/schedule/plans.ts";
import { defaultThresholds } from "../../diagnosis/thresholds.ts";
import { SiteConfig } from "../../protocol/site-config.ts";
import { blocksOf, codeIn, marked, readPage, tableOf } from "./markdown.ts";

const page = readPage("docs/site-file.md");
const examples = ["toml", "json"] as const;

/** The example as `offhook doctor --site` and `offhook agent` read it. */
function exampleOf(t: TestContext, form: (typeof examples)[number]): SiteConfig {
  const folder = mkdtempSync(join(tmpdir(), "offhook-docs-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, `site.${form}`);
  writeFileSync(path, blocksOf(marked(page, `site-${form}`), form)[0] ?? "");
  return readSiteFile(path);
}

for (const form of examples) {
  test(`the site file in ${form} is what the agent runs, and names every probe`, (t) => {
    const ready = readyPlans(exampleOf(t, form), probes);
    assert.ok(ready.ok, JSON.stringify(ready));
    const named = new Set(ready.plans.map(({ probe }) => probe.name));
    assert.deepEqual([...named].toSorted(), probes.map(({ name }) => name).toSorted());
  });

  test(`the site file in ${form} is what doctor looks at`, (t) => {
    const site = exampleOf(t, form);
    assert.equal(looksOfSite(site).length, site.probes.length);
    assert.equal(thresholdsOfSite(site)["rtp.jitter.ms"], 40);
  });
}

test("the site file in TOML and in JSON say the same", (t) => {
  // The TOML reader's tables have no prototype: compare what they say.
  const plain = (form: (typeof examples)[number]): unknown => JSON.parse(JSON.stringify(exampleOf(t, form)));
  assert.deepEqual(plain("toml"), plain("json"));
});

test("docs/site-file.md has a section for every probe, and no other", () => {
  const told = (page.split("## Probes")[1]?.split(/^## /m)[0] ?? "").match(/^### .+$/gm) ?? [];
  assert.deepEqual(told.map((line) => line.slice(4)).toSorted(), probes.map(({ name }) => name).toSorted());
});

interface Described {
  readonly properties: Readonly<Record<string, { readonly default?: unknown }>>;
}

/** As the page writes a default; long lists are told in words. */
function defaultText(value: unknown): string {
  if (value === undefined) return "";
  if (Array.isArray(value))
    return value.length > 5 ? "usual config files" : value.map((each) => `\`${String(each)}\``).join(", ");
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

for (const probe of probes) {
  test(`docs/site-file.md tells the settings of ${probe.name} with their defaults, and no other`, () => {
    const section = page.split(`### ${probe.name}\n`)[1] ?? "";
    const told = tableOf(section).map((row) => [codeIn(row.get("setting") ?? "")[0], row.get("default")]);
    const { properties } = probe.settings as unknown as Described;
    const known = Object.entries(properties).map(([name, { default: value }]) => [name, defaultText(value)]);
    assert.deepEqual(told, known);
  });
}

test("docs/site-file.md tells the fields of a site file and of a look, and no other", () => {
  const fields = (text: string) => tableOf(text).flatMap((row) => codeIn(row.get("field") ?? ""));
  const look = SiteConfig.properties.probes.items;
  assert.deepEqual(fields(page).toSorted(), Object.keys(SiteConfig.properties).toSorted());
  assert.deepEqual(
    fields(page.split("Each look in `probes`:")[1] ?? "").toSorted(),
    Object.keys(look.properties).toSorted(),
  );
});

test("docs/site-file.md lists every threshold, and no other", () => {
  assert.deepEqual(codeIn(marked(page, "thresholds")), Object.keys(defaultThresholds));
});
