import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fillSiteConfig, siteConfigMismatches } from "../../protocol/site-config.ts";

const plan = { id: "this-host", probe: "host", target: "here", schedule: "* * * * *" };

describe("fillSiteConfig()", () => {
  it("a site with nothing but its looks takes defaults: no thresholds of its own, no settings", () => {
    const filled = fillSiteConfig({ site: "berlin", probes: [plan] });
    assert.deepEqual(siteConfigMismatches(filled), []);
    assert.deepEqual(filled, {
      version: 1,
      site: "berlin",
      name: "berlin",
      thresholds: {},
      sealEvery: 300,
      probes: [{ ...plan, settings: {} }],
    });
  });

  it("what is written stays", () => {
    const whole = {
      version: 7,
      site: "berlin",
      name: "Berlin",
      thresholds: { "voltage.low": 43 },
      sealEvery: 60,
      probes: [{ ...plan, settings: { ntp: "pool.ntp.org" } }],
    };
    assert.deepEqual(fillSiteConfig(whole), whole);
  });

  it("what cannot be filled is left to the check, which says what is wrong", () => {
    for (const input of [undefined, null, 1, "text", [], {}, { probes: 1 }, { site: "s", probes: [1] }]) {
      const problems = siteConfigMismatches(fillSiteConfig(input));
      assert.ok(problems.length > 0, JSON.stringify(input));
    }
    const [unknown] = siteConfigMismatches(fillSiteConfig({ site: "s", probes: [], treshold: {} }));
    assert.match(unknown?.place ?? "", /treshold/);
  });
});
