// Encodings and syntaxes of Gigaset, Alcatel-Lucent, Unify, Akuvox, Algo, Escene, Jitsi.
import assert from "node:assert/strict";
import { test } from "node:test";
import { XMLParser } from "fast-xml-parser";
import type { EncodingInput } from "../../../provisioning-server/profiles/encodings/encoding.ts";
import { findEncoding } from "../../../provisioning-server/profiles/encodings/list.ts";
import type { PhoneModel } from "../../../provisioning-server/profiles/phone-model.ts";
import { findSyntax } from "../../../provisioning-server/profiles/syntax/list.ts";

const model: PhoneModel = {
  model: "X1",
  mark: "listed",
  kind: "desk",
  lines: 3,
  keys: 0,
  codecs: ["g722", "pcmu", "pcma", "g729"],
  screen: null,
  capabilities: [],
  sources: ["none"],
};
const at = Date.UTC(2026, 5, 1);

function encode(name: string, settings: Record<string, unknown>, more: Partial<EncodingInput> = {}) {
  const encoded = findEncoding(name)?.encode({
    setting: (path) => settings[path],
    words: new Map(),
    model,
    at,
    ...more,
  });
  assert.ok(encoded, name);
  return encoded;
}

function parts(...input: Parameters<typeof encode>): Record<string, string> {
  const encoded = encode(...input);
  assert.ok(encoded.ok, JSON.stringify(encoded));
  return Object.fromEntries(encoded.parts.map(({ name, value }) => [name, value]));
}

const zoneForms: Record<string, RegExp> = {
  "zone-offset": /^[+-]\d{1,2}:\d\d$/,
  "ip-touch-time-zone": /^UT::-?\d{1,3}:\d{6}:\d{6}$/,
  "akuvox-time-zone": /^(?:0|[+-]\d{1,2}(?::\d\d)?|\d{1,2}\/\d{1,2}\/\d{1,2}|\d{1,3})$/,
  "unify-time-zone": /^(?:-?\d{1,3}|true|false)$/,
};
for (const [name, form] of Object.entries(zoneForms))
  test(`${name} says every zone of the tz database`, () => {
    for (const zone of Intl.supportedValuesOf("timeZone"))
      for (const when of [at, Date.UTC(2026, 0, 1), Date.UTC(2027, 9, 25)]) {
        const said = parts(name, { "time.zone": zone }, { at: when });
        for (const value of Object.values(said)) assert.match(value, form, zone);
      }
    assert.equal(encode(name, { "time.zone": "Middle/Earth" }).ok, false);
  });

const clocks: [name: string, zone: string, told: Record<string, string>][] = [
  ["zone-offset", "Asia/Kolkata", { "": "+5:30" }],
  ["zone-offset", "America/St_Johns", { "": "-3:30" }],
  ["zone-offset", "Etc/UTC", { "": "+0:00" }],
  ["ip-touch-time-zone", "Europe/Berlin", { "": "UT::60:032902:102503" }],
  ["ip-touch-time-zone", "Asia/Tokyo", { "": "UT::540:000000:000000" }],
  [
    "akuvox-time-zone",
    "Europe/Rome",
    {
      "SNTP.TimeZone": "+1",
      "SNTP.DTS": "1",
      "SNTP.StartTime": "3/29/2",
      "SNTP.EndTime": "10/25/3",
      "DATETIME.Offset": "60",
    },
  ],
  ["akuvox-time-zone", "Etc/UTC", { "SNTP.TimeZone": "0", "SNTP.DTS": "0" }],
  [
    "unify-time-zone",
    "America/New_York",
    { "sntp-tz-offset": "-300", "daylight-save": "true", "daylight-save-minutes": "60" },
  ],
];
for (const [name, zone, told] of clocks)
  test(`${name}: ${zone}`, () => assert.deepEqual(parts(name, { "time.zone": zone }), told));

test("unify-time-zone is of the day: no daylight saving in winter", () => {
  const winter = parts("unify-time-zone", { "time.zone": "Europe/Berlin" }, { at: Date.UTC(2026, 0, 1) });
  assert.equal(winter["daylight-save"], "false");
});

test("zone-word: its own zone, one with the same clock, one with the same offset, or a refusal", () => {
  const words = new Map([
    ["Europe/Berlin", "13"],
    ["Asia/Tokyo", "21"],
  ]);
  const say = (zone: string) => encode("zone-word", { "time.zone": zone }, { words });
  assert.deepEqual(say("Asia/Tokyo"), { ok: true, parts: [{ name: "", value: "21" }] });
  const vienna = say("Europe/Vienna");
  assert.deepEqual(vienna, { ok: true, parts: [{ name: "", value: "13" }], notes: [] });
  const lagos = say("Africa/Lagos");
  assert.ok(lagos.ok && lagos.parts[0]?.value === "13" && lagos.notes?.length === 1);
  assert.equal(say("Asia/Kathmandu").ok, false);
  for (const zone of Intl.supportedValuesOf("timeZone")) {
    const said = say(zone);
    if (said.ok) assert.match(said.parts[0]?.value ?? "", /^(?:13|21)$/, zone);
    else assert.match(said.limit, /none there is as far/, zone);
  }
});

test("codec-fields: a switch and a place for each, one name for both laws of G.711, the rest off", () => {
  const words = new Map([
    ["pcmu", "1"],
    ["pcma", "1"],
    ["g722", "2"],
    ["g729", "3"],
    ["@enable", "allowed[{name}]"],
    ["@priority", "rank[{name}]"],
    ["@true", "true"],
    ["@false", "false"],
  ]);
  assert.deepEqual(parts("codec-fields", { "line.codecs": ["pcma", "g722", "pcmu"] }, { words }), {
    "allowed[1]": "true",
    "rank[1]": "1",
    "allowed[2]": "true",
    "rank[2]": "2",
    "allowed[3]": "false",
  });
});

const numbers: [value: unknown, told: string | undefined][] = [
  [5060, "0x13c4"],
  [0, "0x0"],
  [65535, "0xffff"],
  [-1, undefined],
  [1.5, undefined],
];
for (const [value, told] of numbers)
  test(`hex-line-server-port of ${String(value)}`, () => {
    const encoded = encode("hex-line-server-port", { "line.server.port": value });
    assert.equal(encoded.ok ? encoded.parts[0]?.value : undefined, told);
  });

test("gigaset-provider: accounts at one server share a provider, and only its first writes it", () => {
  const account = (index: number, host: string) => ({
    "line.index": index,
    "line.user": `10${index}`,
    "line.server.host": host,
    "line.server.port": 5060,
    "line.server.transport": "udp",
    "line.dtmf": "rfc2833",
    "line.srtp": "off",
  });
  const all: Record<string, unknown>[] = [
    account(1, "a.example"),
    account(2, "a.example"),
    account(3, "b.example"),
  ];
  const accounts = all.map((one, place) => ({ index: place + 1, setting: (path: string) => one[path] }));
  const words = new Map([
    ["line.server.transport:udp", "1"],
    ["line.dtmf:rfc2833", "2"],
  ]);
  const told = all.map((one) => parts("gigaset-provider", one, { accounts, words }));
  assert.equal(told[0]?.["SipProvider.0.Domain"], "a.example");
  assert.deepEqual(told[1], {});
  assert.equal(told[2]?.["SipProvider.1.Domain"], "b.example");
  const handsets = all.map((one) => parts("gigaset-handset", one, { accounts, words }));
  assert.deepEqual(
    handsets.map((one, place) => one[`SipAccount.0000${place + 1}.ProviderId`]),
    ["0", "0", "1"],
  );
});

test("algo-server: host and path apart; anything but https is refused", () => {
  assert.deepEqual(parts("algo-server", { "provisioning.url": "https://phones.example.net:8443/abc/" }), {
    "prov.server.static": "phones.example.net:8443",
    "prov.download.cfgpath": "/abc",
  });
  assert.equal(encode("algo-server", { "provisioning.url": "http://phones.example.net/" }).ok, false);
});

test("jitsi-accounts: a place that is used names itself, the others are cleared", () => {
  const accounts = [
    { index: 1, setting: () => true },
    { index: 3, setting: () => false },
  ];
  assert.deepEqual(parts("jitsi-accounts", {}, { accounts }), { acc1: "acc1", acc2: "", acc3: "" });
});

const xml = findSyntax("xml-items");
const items = { root: "settings", item: { element: "setting", name: "id", value: "value" } };

test("xml-items: what hostile values make is read as it was by another parser", () => {
  const value = `"a" & <b/> ]]> ' é 日 &amp;`;
  const body = xml?.write([{ key: "Label", value }], items).body ?? "";
  const read: unknown = new XMLParser({ ignoreAttributes: false }).parse(body);
  assert.deepEqual((read as Record<string, unknown>)["settings"], {
    setting: { "@_id": "Label", "@_value": value },
  });
});

test("xml-items: ways to elements and attributes, told apart by naming attributes", () => {
  const options = { root: "all", naming: { sipUser: ["id"] } };
  const pairs = [
    { key: "sipUsers/sipUser@id=0/@UserNumber", value: "1001" },
    { key: "sipUsers/sipUser@id=1/@UserNumber", value: "1002" },
    { key: "sipUsers/sipUser@id=0/@Password", value: "p" },
    { key: "note", value: "x" },
  ];
  const written = xml?.write(pairs, options);
  assert.deepEqual(written?.refused, []);
  const read = xml?.read(written?.body ?? "", options);
  assert.ok(read?.ok);
  assert.deepEqual(
    new Map(read.value.map(({ key, value }) => [key, value])),
    new Map(pairs.map(({ key, value }) => [key, value])),
  );
});

test("xml-items: quotes around a text cannot be left by a quote inside", () => {
  const options = {
    root: "ProviderFrame",
    item: { element: "param", name: "name", value: "value" },
    quotes: "outer",
  };
  const written = xml?.write([{ key: "A", value: '"a"b"' }], options);
  assert.equal(written?.refused.length, 1);
});

test("xml-items: broken files are refused, not half read", () => {
  for (const body of [
    "",
    "<settings>",
    "<other></other>",
    "<settings><setting/></settings>",
    "<!DOCTYPE a><settings/>",
  ])
    assert.equal(xml?.read(body, items).ok, false, body);
});

/** As `java.util.Properties` reads, told again in short. */
function properties(body: string): Record<string, string> {
  const plain = (text: string) =>
    text.replaceAll(/\\(?:u([0-9A-F]{4})|(.))/g, (_, code?: string, sign?: string) =>
      code === undefined
        ? ({ n: "\n", t: "\t", r: "\r", f: "\f" }[sign ?? ""] ?? sign ?? "")
        : String.fromCodePoint(Number.parseInt(code, 16)),
    );
  return Object.fromEntries(
    body
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [, key = "", value = ""] = /^((?:[^\\=:]|\\.)*)[=:](.*)$/.exec(line) ?? [];
        return [plain(key), plain(value.trimStart())];
      }),
  );
}

test("java-properties: hostile values are read as they were; a cleared key and its word differ", () => {
  const syntax = findSyntax("java-properties");
  const values = [" lead", "a=b:c#d!e\\f", "é\u{1f4de}", "line\nbreak", "tab\t", "${x}"];
  const pairs = values.map((value, index) => ({ key: `k.${index}`, value }));
  const body = syntax?.write(pairs, { clear: "${null}" }).body ?? "";
  assert.match(body, /^[ -~\n]*$/);
  assert.deepEqual(Object.values(properties(body)), values);
  assert.equal(syntax?.write([{ key: "k", value: "" }], { clear: "${null}" }).body, "k=${null}\n");
  assert.equal(syntax?.write([{ key: "k", value: "${null}" }], { clear: "${null}" }).refused.length, 1);
});

test("ini-lines: a value cannot begin another line or section", () => {
  const syntax = findSyntax("ini-lines");
  const options = { separator: " = " };
  for (const value of ["a\nb = c", "a\r\n[x]", "\u2028", "\0"])
    assert.equal(
      syntax?.write([{ key: "admin.pwd", value }], options).refused.length,
      1,
      JSON.stringify(value),
    );
  const body = syntax?.write([{ key: "a.b", value: "x = y # z" }], options).body ?? "";
  assert.equal(body.trim(), "a.b = x = y # z");
});

test("fanvil-text: a version of its own in the head, which the reader wants back", () => {
  const syntax = findSyntax("fanvil-text");
  const pairs = [{ key: "AAA CONFIG MODULE/Syslog port", value: "514" }];
  const body = syntax?.write(pairs, { version: "2.0002" }).body ?? "";
  assert.match(body, /^<<VOIP CONFIG FILE>>Version:2\.0002\n/);
  assert.ok(syntax?.read(body, { version: "2.0002" }).ok);
  assert.equal(syntax?.read(body, {}).ok, false);
});
