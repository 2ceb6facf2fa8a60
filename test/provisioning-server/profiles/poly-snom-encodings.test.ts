import assert from "node:assert/strict";
import { test } from "node:test";
import { XMLParser } from "fast-xml-parser";
import fc from "fast-check";
import { findEncoding } from "../../../provisioning-server/profiles/encodings/list.ts";
import { zoneRule } from "../../../provisioning-server/profiles/encodings/time-zone/zone-rule.ts";
import type { PhoneModel } from "../../../provisioning-server/profiles/phone-model.ts";
import { findSyntax } from "../../../provisioning-server/profiles/syntax/list.ts";
import type { Pair } from "../../../provisioning-server/profiles/syntax/syntax.ts";

const at = Date.UTC(2026, 5, 1);
const model: PhoneModel = {
  model: "X1",
  mark: "listed",
  kind: "desk",
  lines: 2,
  keys: 2,
  codecs: ["g722", "pcmu", "pcma"],
  screen: null,
  capabilities: [],
  sources: ["made up for this test"],
};

function encode(name: string, settings: Record<string, unknown>, words: Record<string, string> = {}) {
  const encoded = findEncoding(name)?.encode({
    setting: (path) => settings[path],
    words: new Map(Object.entries(words)),
    model,
    at,
  });
  assert.ok(encoded);
  return encoded;
}

function parts(name: string, settings: Record<string, unknown>): Record<string, string> {
  const encoded = encode(name, settings);
  assert.ok(encoded.ok, JSON.stringify(encoded));
  return Object.fromEntries(encoded.parts.map((part) => [part.name, part.value]));
}

const dst: [zone: string, snom: string, poly: string][] = [
  ["Europe/Berlin", "3600 03.05.07 02:00:00 10.05.07 03:00:00", "0 3/2/1/1/- 10/3/1/1/-"],
  ["America/New_York", "3600 03.02.07 02:00:00 11.01.07 02:00:00", "0 3/2/1/0/8 11/2/1/0/1"],
  ["Australia/Sydney", "3600 10.01.07 02:00:00 04.01.07 03:00:00", "0 10/2/1/0/1 4/3/1/0/1"],
  ["Australia/Lord_Howe", "1800 10.01.07 02:00:00 04.01.07 02:00:00", "0 10/2/1/0/1 4/2/1/0/1"],
  ["Asia/Jerusalem", "3600 27.03 02:00:00 25.10 02:00:00", "1 3/2/-/-/27 10/2/-/-/25"],
  ["Asia/Kolkata", "", "- -/-/-/-/- -/-/-/-/-"],
];
for (const [zone, snom, poly] of dst)
  test(`snom-time-zone and poly-time-zone write the rule of ${zone}`, () => {
    assert.equal(parts("snom-time-zone", { "time.zone": zone })["dst"], snom);
    const all = parts("poly-time-zone", { "time.zone": zone });
    const of = (which: string) =>
      ["month", "time", "dayOfWeek", "dayOfWeek.lastInMonth", "date"]
        .map((name) => all[`daylightSavings.${which}.${name}`] ?? "-")
        .join("/");
    assert.equal(`${all["daylightSavings.fixedDayEnable"] ?? "-"} ${of("start")} ${of("stop")}`, poly);
  });

test("snom-time-zone and poly-time-zone write every zone of the tz database", () => {
  for (const zone of Intl.supportedValuesOf("timeZone")) {
    const rule = zoneRule(zone, at);
    assert.ok(rule, zone);
    const snom = parts("snom-time-zone", { "time.zone": zone });
    const poly = parts("poly-time-zone", { "time.zone": zone });
    assert.equal(snom["utc_offset"], String(rule.standard * 60), zone);
    assert.equal(poly["gmtOffset"], String(rule.standard * 60), zone);
    assert.equal(poly["daylightSavings.enable"], rule.daylight === undefined ? "0" : "1", zone);
    assert.equal(snom["dst"] === "", rule.daylight === undefined, zone);
    if (snom["dst"] !== "")
      assert.match(snom["dst"] ?? "", /^\d+( \d\d\.\d\d(\.0[1-7])? \d\d:\d\d:00){2}$/, zone);
  }
  for (const name of ["snom-time-zone", "poly-time-zone"])
    assert.equal(encode(name, { "time.zone": "Europe/Atlantis" }).ok, false);
});

const plans: [plan: string, snom: string, poly: string][] = [
  ["[2-9]xx", "|^([2-9][0-9][0-9])$|sip:\\1@\\d|d", "[2-9]xx"],
  ["0x.T", "|^(0[0-9]*)$|sip:\\1@\\d|", "0x.T"],
  ["<0:+49>x.", "|^0([0-9]*)$|sip:+49\\1@\\d|d", "R0R+49Rx."],
  ["*9<1:2>x|112", "|^(\\*9)1([0-9])$|sip:\\12\\2@\\d|d |^(112)$|sip:\\1@\\d|d", "*9R1R2Rx|112"],
  ["<9:>x.", "|^9([0-9]*)$|sip:\\1@\\d|d", "R9RRx."],
];
for (const [plan, snom, poly] of plans)
  test(`snom-dial-plan and poly-digit-map write ${plan}`, () => {
    assert.equal(parts("snom-dial-plan", { dialPlan: plan })[""], snom);
    assert.equal(parts("poly-digit-map", { dialPlan: plan })[""], poly);
  });

test("snom-dial-plan takes an account's own plan first; a broken one is refused with its place", () => {
  assert.equal(parts("snom-dial-plan", { dialPlan: "x", "line.dialPlan": "1" })[""], "|^(1)$|sip:\\1@\\d|d");
  assert.deepEqual(encode("snom-dial-plan", {}), { ok: true, parts: [] });
  const broken = encode("poly-digit-map", { dialPlan: "12(" });
  assert.match(broken.ok ? "" : broken.limit, /character 3/);
  const long = encode("poly-digit-map", { dialPlan: Array.from({ length: 101 }, () => "1").join("|") });
  assert.match(long.ok ? "" : long.limit, /100 alternatives/);
});

test("codec lists hold what model and vendor have, and tell the rest", () => {
  const words = { g722: "G722", pcma: "G711_A", opus: "Opus" };
  const snom = encode("snom-codecs", { "line.codecs": ["opus", "g722", "pcma"] }, words);
  assert.deepEqual(snom, {
    ok: true,
    parts: [{ name: "", value: "G722,G711_A,telephone-event" }],
    notes: ["X1 has no opus"],
  });
  const poly = encode("codec-priorities", { "line.codecs": ["pcma"] }, words);
  assert.ok(poly.ok);
  assert.deepEqual(
    poly.parts.map(({ name, value }) => `${name}=${value}`),
    ["G711_A=1", "G722=0"],
  );
  assert.equal(encode("snom-codecs", { "line.codecs": ["opus"] }, words).ok, false);
});

test("poly-ldap-attributes numbers names before numbers", () => {
  const all = parts("poly-ldap-attributes", {
    "ldap.nameAttributes": "sn givenName",
    "ldap.numberAttributes": "mobile",
  });
  assert.equal(all["2.type"], "first_name");
  assert.equal(all["3.name"], "mobile");
  assert.equal(all["3.type"], "phone_number");
  assert.equal(encode("poly-ldap-attributes", {}).ok, false);
});

test("snom-provisioning-order names what is on, in the factory's order", () => {
  assert.deepEqual(parts("snom-provisioning-order", {}), { "": "" });
  const some = { "provisioning.tr069": true, "provisioning.redirect": true };
  assert.deepEqual(parts("snom-provisioning-order", some), { "": "redirection:stop tr69:stop" });
});

// What a parser of another make finds must be what went in.
const independent = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  htmlEntities: true,
});
const value = fc
  .string({ unit: "grapheme", maxLength: 60 })
  .filter((text) => !/\p{Cc}|\p{Cs}|[\ufffe\uffff]/u.test(text) && text.trim() === text);

test("xml-attributes: an XML library finds each value under its key", () => {
  const syntax = findSyntax("xml-attributes");
  assert.ok(syntax);
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 10 }), (values) => {
      const pairs = values.map((text, index) => ({ key: `reg.${index}.label`, value: text }));
      const { body } = syntax.write(pairs, { root: "PHONE_CONFIG", element: "ALL" });
      const parsed = independent.parse(body) as { PHONE_CONFIG: { ALL: Record<string, string> } };
      for (const pair of pairs) assert.equal(parsed.PHONE_CONFIG.ALL[pair.key], pair.value);
    }),
    { numRuns: 500 },
  );
});

test("xml-attributes: read() takes attributes of any element, as the phone does", () => {
  const body =
    '<?xml version="1.0"?>\n<PHONE><A a.b="1"/><!-- x --><B c.d="2"><E e.f="&quot;3&quot;"/></B></PHONE>';
  const read = findSyntax("xml-attributes")?.read(body, { root: "X" });
  assert.deepEqual(read?.ok ? read.value : read, [
    { key: "a.b", value: "1" },
    { key: "c.d", value: "2" },
    { key: "e.f", value: '"3"' },
  ]);
  assert.equal(findSyntax("xml-attributes")?.read('<P a="1" a="2"/>', { root: "P" }).ok, false);
});

test("xml-settings: an XML library finds value, attributes and section of each key", () => {
  const syntax = findSyntax("xml-settings");
  assert.ok(syntax);
  fc.assert(
    fc.property(value, value, (text, label) => {
      const pairs: Pair[] = [
        { key: "user_name[1]", value: text },
        { key: "functionKeys/fkey[0]", value: "none", attributes: { perm: "RW" } },
        { key: "functionKeys/fkey[0]@label", value: label },
      ];
      const written = syntax.write(pairs, { perm: "R" });
      assert.deepEqual(written.refused, []);
      const read = syntax.read(written.body, { perm: "R" });
      assert.deepEqual(read.ok ? read.value : read, pairs);
      const { settings } = independent.parse(written.body) as {
        settings: {
          "phone-settings": { user_name: Record<string, string> };
          functionKeys: { fkey: Record<string, string> };
        };
      };
      const { user_name: name } = settings["phone-settings"];
      assert.deepEqual([name["#text"] ?? "", name["idx"], name["perm"]], [text, "1", "R"]);
      const { fkey } = settings.functionKeys;
      assert.deepEqual([fkey["#text"], fkey["idx"], fkey["perm"], fkey["label"]], ["none", "0", "RW", label]);
    }),
    { numRuns: 500 },
  );
});

test("xml-settings: an attribute without its element, a setting twice and odd keys are refused", () => {
  const refusals = (...keys: string[]) =>
    findSyntax("xml-settings")
      ?.write(
        keys.map((key) => ({ key, value: "1" })),
        {},
      )
      .refused.map(({ index }) => index);
  assert.deepEqual(refusals("fkey[0]@label"), [0]);
  assert.deepEqual(refusals("a", "a"), [1]);
  assert.deepEqual(refusals("a", "a@x", "a@x"), [2]);
  assert.deepEqual(refusals("a@idx", "a[x]", "a[1", "b/c/d", "a-b"), [0, 1, 2, 3, 4]);
});
