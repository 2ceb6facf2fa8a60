import assert from "node:assert/strict";
import { test } from "node:test";
import type { EncodingInput } from "../../../provisioning-server/profiles/encodings/encoding.ts";
import { findEncoding } from "../../../provisioning-server/profiles/encodings/list.ts";
import type { PhoneModel } from "../../../provisioning-server/profiles/phone-model.ts";

const model = (...capabilities: string[]): PhoneModel => ({
  model: "X1",
  mark: "listed",
  kind: "desk",
  lines: 1,
  keys: 0,
  codecs: ["g722", "pcmu", "pcma"],
  screen: null,
  capabilities,
  sources: ["none"],
});

const at = Date.UTC(2026, 5, 1);

function encode(name: string, settings: Record<string, unknown>, more: Partial<EncodingInput> = {}) {
  const encoded = findEncoding(name)?.encode({
    setting: (path) => settings[path],
    words: new Map(),
    model: model(),
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

const zoneNames = ["mitel-time-zone", "avaya-time-zone", "panasonic-time-zone"];

for (const name of zoneNames)
  test(`${name} says every zone of the tz database`, () => {
    for (const zone of Intl.supportedValuesOf("timeZone"))
      for (const capabilities of [[], ["posix-zone"]]) {
        const said = parts(name, { "time.zone": zone }, { model: model(...capabilities) });
        for (const value of Object.values(said)) assert.match(value, /^[A-Za-z0-9:+.,/-]+$/, zone);
      }
    assert.equal(encode(name, { "time.zone": "Middle/Earth" }).ok, false);
  });

test("time zones of the three vendors, by the table", () => {
  const berlin = { "time.zone": "Europe/Berlin" };
  const mitel = parts("mitel-time-zone", berlin);
  assert.equal(mitel["time zone minutes"], "-60");
  assert.equal(mitel["dst start week"], "-1");
  assert.equal(mitel["dst end hour"], "3");
  assert.equal(parts("mitel-time-zone", { "time.zone": "America/New_York" })["dst start week"], "2");
  assert.deepEqual(parts("avaya-time-zone", { "time.zone": "America/New_York" }), {
    GMTOFFSET: "-5:00",
    DSTOFFSET: "1",
    DSTSTART: "2SunMar2L",
    DSTSTOP: "1SunNov2L",
  });
  assert.deepEqual(parts("avaya-time-zone", { "time.zone": "Asia/Kolkata" }), {
    GMTOFFSET: "5:30",
    DSTOFFSET: "0",
  });
  assert.equal(parts("panasonic-time-zone", berlin)["DST_START_ORDINAL_DAY"], "5");
  assert.deepEqual(parts("panasonic-time-zone", { "time.zone": "Asia/Tokyo" }), {
    TIME_ZONE: "540",
    DST_ENABLE: "N",
  });
});

test("mitel-dial-plan: + is once or more, T is the phone's own pause, and replacing is refused", () => {
  for (const [plan, wanted] of [
    ["xx.", "x+"],
    ["0xx.T|11[02]", "0x+|11[02]"],
    ["x.", "x+"],
    ["[2-9][2-9].", "[2-9]+"],
    ["*xx#", "*xx#"],
  ] as const)
    assert.equal(parts("mitel-dial-plan", { dialPlan: plan })[""], wanted, plan);
  assert.equal(encode("mitel-dial-plan", { dialPlan: "<0:+49>x." }).ok, false);
});

test("fixed-patterns: what is of open length is left to the pause", () => {
  assert.equal(parts("fixed-patterns", { dialPlan: "11[02]|0x.T|xxx|x." })[""], "11[02]|XXX");
  assert.deepEqual(parts("fixed-patterns", { dialPlan: "x.T" }), {});
  assert.equal(parts("line-fixed-patterns", { dialPlan: "xx", "line.dialPlan": "xxx" })[""], "XXX");
});

test("server-parts takes an address apart, and refuses what it cannot say", () => {
  const words = new Map([
    ["protocol", "way"],
    ["https", "HTTPS"],
    ["https.host", "host"],
    ["https.port", "port"],
    ["https.path", "path"],
  ]);
  const of = (url: string) => encode("server-parts", { "provisioning.url": url }, { words });
  assert.deepEqual(parts("server-parts", { "provisioning.url": "https://h.example.net/a/b/" }, { words }), {
    way: "HTTPS",
    host: "h.example.net",
    port: "443",
    path: "a/b",
  });
  assert.deepEqual(parts("server-parts", { "provisioning.url": "https://[2001:db8::1]:8443" }, { words }), {
    way: "HTTPS",
    host: "[2001:db8::1]",
    port: "8443",
  });
  for (const url of ["ftp://h/x", "h.example.net", "https://u:p@h/x", "https://h/x?y=1", "https://h/ x"])
    assert.equal(of(url).ok, false, url);
});

test("avaya-servers names a transport for each, and takes no host that ends the entry", () => {
  const servers = {
    "line.server.host": "pbx.example.net",
    "line.server.port": 0,
    "line.server.transport": "tls",
    "line.backupServer.host": "2001:db8::2",
  };
  assert.equal(
    parts("avaya-servers", servers)[""],
    "pbx.example.net:5061;transport=tls,[2001:db8::2]:5061;transport=tls",
  );
  assert.equal(encode("avaya-servers", { ...servers, "line.server.host": "a,b" }).ok, false);
});

test("yealink-codec-table numbers the codecs of V70", () => {
  const words = new Map([
    ["pcmu", "1/PCMU/0"],
    ["pcma", "2/PCMA/8"],
  ]);
  assert.deepEqual(parts("yealink-codec-table", { "line.codecs": ["pcma"] }, { words }), {
    "1.enable": "0",
    "1.payload_type": "PCMU",
    "1.rtpmap": "0",
    "2.enable": "1",
    "2.payload_type": "PCMA",
    "2.priority": "1",
    "2.rtpmap": "8",
  });
});
