// What agents and paths tell, over all families: real agents (MACs and serial numbers made up) and the names that phones
// ask for. A row is a line of identify.jsonl, as `offhook profile identify --stdin` reads and writes it. Facts: the vendors' guides, the agents that wazo-provd-plugins and fusionpbx tell of.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { identify } from "../../provisioning-server/answer/identify.ts";
import { identifyAsked } from "../../provisioning-server/answer/identify-line.ts";
import { loadProfiles } from "../../provisioning-server/profiles/load-profiles.ts";

const profiles = await loadProfiles(new URL("../../firmware-profiles", import.meta.url).pathname);

/** A JSON line for each row: agent and path, and what they tell; null where they do not. */
const table = readFileSync(new URL("identify.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => {
    const { ua, path = "", ...told } = JSON.parse(line) as Record<string, string | null>;
    const expected = Object.values(told).map((word) => word ?? "-");
    return [ua ?? undefined, path ?? "", expected.join(" | ")] as const;
  });

const tell = (agent: string | undefined, path: string): string => {
  const asked = { path, via: "https", ...(agent === undefined ? {} : { userAgent: agent }) } as const;
  const { vendor = "-", model = "-", mac = "-", firmware = "-", file } = identify(asked, profiles);
  return [vendor, model, mac, firmware, file].join(" | ");
};

test("the table has at least 170 rows, and each family's vendor in it", () => {
  assert.ok(table.length >= 170, `${table.length} rows`);
  const told = new Set(table.map(([, , row]) => row.split(" | ")[0]));
  const vendors = profiles.families.map((family) => family.vendor.vendor);
  assert.deepEqual(
    vendors.filter((vendor) => !told.has(vendor)),
    [],
  );
});

for (const [agent, path, expected] of table)
  test(`identify() tells ${expected} of ${path} by ${agent === undefined ? "no agent" : JSON.stringify(agent)}`, () => {
    assert.equal(tell(agent, path), expected);
  });

test("identify() says the same of a request whatever its case, its folders, doubled slashes and query", () => {
  for (const [agent, path, expected] of table) {
    if (path.includes("?") || path.includes("%") || path === "/") continue;
    const name = path.slice(1);
    for (const other of [
      path.toUpperCase(),
      `/p//q/${name}`,
      `${path}?v=1`,
      `\\\\${name.replaceAll("/", "\\")}`,
      ` /${name} `,
    ])
      assert.equal(tell(agent, other), expected, JSON.stringify(other));
    if (agent !== undefined)
      assert.equal(tell(agent.toUpperCase(), path).split(" | ")[0], expected.split(" | ")[0], agent);
  }
});

test("identify() does not depend on the order in which the families were loaded", () => {
  const turned = { families: profiles.families.toReversed() };
  for (const [agent, path] of table) {
    const asked = { ua: agent ?? "", path, door: "https" } as const;
    assert.deepEqual(identifyAsked(asked, turned), identifyAsked(asked, profiles), `${agent} ${path}`);
  }
});

test("identify() takes every agent that a profile gives as example as its own vendor's", () => {
  for (const family of profiles.families)
    for (const { from } of family.agents) {
      const { vendor } = identify({ path: "/", via: "https", userAgent: from.example }, profiles);
      assert.equal(vendor, family.vendor.vendor, from.example);
    }
});

test("identify() finds every model by the agent that prints its name", () => {
  for (const family of profiles.families)
    for (const { from } of family.agents) {
      if (!from.shape.includes("{model}") || from.modelWithout !== undefined) continue;
      const { model } = identify({ path: "/", via: "https", userAgent: from.example }, profiles);
      for (const { about } of new Set(family.models.values())) {
        const [lead = ""] = from.shape.split("{model}");
        const printed = `${lead}${model}`.toLowerCase();
        if (model === undefined || !from.example.toLowerCase().startsWith(printed)) continue;
        if (!/^[A-Za-z0-9_+-]+$/.test(about.model)) continue;
        const agent = from.example.replace(model, about.model);
        const told = identify({ path: "/", via: "https", userAgent: agent }, profiles);
        assert.equal(told.model, about.model, agent);
      }
    }
});
