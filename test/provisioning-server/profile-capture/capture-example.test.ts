import assert from "node:assert/strict";
import { test } from "node:test";
import { Check } from "typebox/value";
import { captureExample } from "../../../provisioning-server/profile-capture/capture-example.ts";
import { cleanText, madeUpMac } from "../../../provisioning-server/profile-capture/clean-capture.ts";
import { loadProfiles } from "../../../provisioning-server/profiles/load-profiles.ts";
import { ExampleInventory, ExampleRequests } from "../../../provisioning-server/profiles/profile-example.ts";

const profiles = await loadProfiles(new URL("../../../firmware-profiles", import.meta.url).pathname);

test("cleanText() puts another MAC in place of one, in any spelling and case, and takes serial numbers out", () => {
  const clean = (text: string) => cleanText(text, "805ec0a1b2c3", "805ec0000001");
  assert.equal(clean("/805EC0A1B2C3.cfg"), "/805EC0000001.cfg");
  assert.equal(
    clean("Yealink SIP-T46U 108.86.0.20 80:5e:c0:a1:b2:c3"),
    "Yealink SIP-T46U 108.86.0.20 80:5e:c0:00:00:01",
  );
  assert.equal(clean("MAC:80-5E-C0-A1-B2-C3"), "MAC:80-5E-C0-00-00-01");
  assert.equal(clean("805e.c0a1.b2c3"), "805e.c000.0001");
  assert.equal(clean("80%3A5e%3Ac0%3Aa1%3Ab2%3Ac3"), "80%3A5e%3Ac0%3A00%3A00%3A01");
  assert.equal(
    clean("Cisco/SPA508G-7.4.8a (805EC0A1B2C3)(CBT141400UK)"),
    "Cisco/SPA508G-7.4.8a (805EC0000001)(ABC00000001)",
  );
  assert.equal(madeUpMac("805ec0a1b2c3"), "805ec0000001");
});

const line = (at: number, path: string, outcome: string, more: object = {}) =>
  JSON.stringify({
    id: "x",
    tenant: "default",
    at,
    mac: "805ec0a1b2c3",
    site: "secret-site",
    door: "https",
    method: "GET",
    path,
    address: "203.0.113.9",
    userAgent: "Yealink SIP-T46U 108.86.0.20 80:5e:c0:a1:b2:c3",
    identity: { file: "config" },
    outcome,
    status: 200,
    bytes: 1,
    ms: 1,
    ...more,
  });

test("captureExample() makes an example of a trace: oldest first, each once, identified, nothing of anybody in it", () => {
  const trace = [
    line(3000, "/805ec0a1b2c3.cfg", "file", { claim: "token" }),
    line(2500, "/y000000000108.cfg", "file"),
    line(2000, "/805ec0a1b2c3.boot", "no-such-file", { normal: true }),
    line(1900, "/805ec0a1b2c3.boot", "no-such-file", { normal: true }),
    line(1000, "", "tls-error"),
  ].join("\n");
  const captured = captureExample(profiles, trace, "first-boot");
  assert.ok(captured.ok, JSON.stringify(captured));
  const { family, name, requests, inventory } = captured.value;
  assert.deepEqual([family, name], ["yealink", "t46u-first-boot"]);
  assert.deepEqual(
    requests.requests.map(({ path, outcome, body, token }) => [path, outcome, body, token]),
    [
      ["/805ec0000001.boot", "no-such-file", undefined, undefined],
      ["/y000000000108.cfg", "file", "expected/y000000000108.cfg", undefined],
      ["/805ec0000001.cfg", "file", "expected/805ec0000001.cfg", true],
    ],
  );
  assert.deepEqual(requests.requests[2]?.identity, {
    vendor: "yealink",
    model: "T46U",
    mac: "805ec0000001",
    firmware: "108.86.0.20",
    file: "config",
    fileId: "mac",
  });
  assert.ok(Check(ExampleRequests, requests) && Check(ExampleInventory, inventory));
  assert.doesNotMatch(
    JSON.stringify(captured.value).toLowerCase(),
    /a1b2c3|a1:b2:c3|203\.0\.113|secret-site/,
  );
});

const bad: [what: string, trace: string, shows: string, sentence: RegExp][] = [
  ["no JSON", "nonsense", "x", /line 1: a JSON line/],
  ["other JSON", '{"a": 1}', "x", /line 1: an entry with at, door, path and outcome/],
  ["nothing", "\n", "x", /capture: at least one request/],
  [
    "two phones",
    `${line(1, "/a", "file")}\n${line(2, "/a", "file", { mac: "805ec0000009" })}`,
    "x",
    /requests of one phone/,
  ],
  ["a stranger", line(1, "/a", "file", { userAgent: "curl/8" }), "x", /a model that we know/],
  ["a bad name", line(1, "/a", "file"), "../x", /lower-case words with hyphens/],
  ["TLS failures alone", line(1, "", "tls-error"), "x", /at least one request that was read/],
];
for (const [what, trace, shows, sentence] of bad)
  test(`captureExample() refuses ${what}`, () => {
    const captured = captureExample(profiles, trace, shows);
    assert.match(captured.ok ? "taken" : `${captured.why.place}: ${captured.why.expected}`, sentence);
  });
