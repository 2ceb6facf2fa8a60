import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import { Device } from "../../protocol/device.ts";
import { settingCatalogue } from "../../protocol/phone-settings.ts";
import { identify } from "../../provisioning-server/answer/identify.ts";
import { previewFiles } from "../../provisioning-server/answer/preview-files.ts";
import { loadProfiles } from "../../provisioning-server/profiles/load-profiles.ts";

const all = await loadProfiles(new URL("../../firmware-profiles", import.meta.url).pathname);
const ids = ["mitel", "avaya", "panasonic", "panasonic-tgp500"];
const families = all.families.filter(({ id }) => ids.includes(id));

type Row = readonly [agent: string, path: string, found: Record<string, string>];

const avayaAgent = (model: string) =>
  `Mozilla/4.0 (compatible; MSIE 6.0) AVAYA/${model}-4.1.3.0.6 (MAC:c81fea00005a)`;

// Agents as public provisioners have recorded them; MACs are made up.
const rows: readonly Row[] = [
  [
    "Aastra6731i MAC:00-08-5D-00-00-29 V:3.2.0.70-SIP",
    "/Aastra/aastra.cfg",
    { model: "6731i", mac: "00085d000029", firmware: "3.2.0.70", file: "config", fileId: "startup" },
  ],
  [
    "Aastra57i MAC:00-08-5D-00-00-70 V:2.1.0.2145-SIP",
    "/57i.cfg",
    { model: "6757i", mac: "00085d000070", firmware: "2.1.0.2145", file: "optional", fileId: "model" },
  ],
  [
    "Aastra57iCT MAC:00-08-5D-00-00-70 V:2.6.0.2019-SIP",
    "/57iCT.st",
    { model: "6757i CT", mac: "00085d000070", firmware: "2.6.0.2019", file: "firmware", fileId: "image" },
  ],
  [
    "Aastra6863i MAC:00-08-5D-00-00-5F V:4.1.0.128-SIP",
    "/security.tuz",
    { model: "6863i", mac: "00085d00005f", firmware: "4.1.0.128", file: "optional", fileId: "security" },
  ],
  [
    "Mitel6920 MAC:14-00-E9-00-03-EA V:6.4.0.140-SIP",
    "//x/1400e90003ea.CFG?a=1",
    { model: "6920", mac: "1400e90003ea", firmware: "6.4.0.140", file: "config", fileId: "mac" },
  ],
  [
    avayaAgent("J179"),
    "/46XXSETTINGS.txt",
    { model: "J179", mac: "c81fea00005a", firmware: "4.1.3.0.6", file: "config", fileId: "settings" },
  ],
  [
    avayaAgent("J129"),
    "/c81fea00005a.cfg",
    { model: "J129", mac: "c81fea00005a", firmware: "4.1.3.0.6", file: "config", fileId: "mac" },
  ],
  [
    "AVAYA/SIP12x0\u0017/04.00.04.00",
    "/SIPC81FEA00005B.cfg",
    { mac: "c81fea00005b", firmware: "04.00.04.00", file: "optional", fileId: "old-mac" },
  ],
  [
    "AVAYA/SIP12x0\u00ff/04.01.13.00",
    "/1220SIP.cfg",
    { model: "1220IP", firmware: "04.01.13.00", file: "optional", fileId: "old-model" },
  ],
  [
    "Panasonic_KX-UT113/01.133 (0080f0000081)",
    "/KX-UT113.cfg",
    { model: "KX-UT113", mac: "0080f0000081", firmware: "01.133", file: "config", fileId: "model" },
  ],
  [
    "Panasonic_KX-HDV230/07.001 (bcc342000081)",
    "/ConfigBCC342000081.cfg",
    { model: "KX-HDV230", mac: "bcc342000081", firmware: "07.001", file: "config", fileId: "mac" },
  ],
  [
    "Panasonic_KX-TGP500B04/12.81 (0080f0000082)",
    "/KX-TGP500B04.cfg",
    { model: "KX-TGP500B04", mac: "0080f0000082", firmware: "12.81", file: "config", fileId: "model" },
  ],
];

const vendorOf = (agent: string): string =>
  /avaya/i.test(agent) ? "avaya" : agent.startsWith("Panasonic") ? "panasonic" : "mitel";

for (const [userAgent, path, found] of rows)
  test(`identify() knows ${JSON.stringify(userAgent)} asking for ${path}`, () =>
    assert.deepEqual(identify({ userAgent, path, via: "https" }, all), {
      vendor: vendorOf(userAgent),
      ...found,
    }));

for (const family of families)
  test(`${family.id}: every neutral setting is carried, or lacked with a reason, and not both`, () => {
    const lacks = family.map.lacks ?? {};
    for (const path of settingCatalogue.keys())
      assert.equal(family.carried.has(path) !== (lacks[path] !== undefined), true, path);
  });

function rendered(vendor: string, model: string, settings: Device["settings"], line = {}, firmware?: string) {
  const device = Value.Parse(Device, {
    mac: "0080f0000081",
    vendor,
    model,
    site: "hq",
    state: "expected",
    lines: [{ index: 1, settings: { user: "1001", server: { host: "pbx.example.net" }, ...line } }],
    settings,
    raw: {},
    tokenGeneration: 1,
    revision: 1,
  });
  const context = {
    baseUrl: "https://phones.example.net",
    serverKey: new Uint8Array(32),
    at: Date.UTC(2026, 5, 1),
  };
  const files = previewFiles(all, device, undefined, context, firmware === undefined ? {} : { firmware });
  const file = files.find(({ fileId }) => fileId === "mac");
  return { text: Buffer.from(file?.body ?? []).toString(), notes: file?.notes ?? [] };
}

test("mitel: keys are named by their bank, and a bottom key of a 6867i has no lamp", () => {
  const keys = [
    { position: 20, type: "blf" as const, value: "1" },
    { position: 21, type: "blf" as const, value: "2" },
  ];
  const { text, notes } = rendered("mitel", "6867i", { keys });
  assert.match(text, /^topsoftkey20 type: blf$/m);
  assert.match(text, /^softkey1 type: speeddial$/m);
  assert.ok(notes.some(({ sentence }) => /position 21 has no lamp/.test(sentence)));
  assert.match(rendered("mitel", "6757i", { keys }).text, /^softkey11 type: blf$/m);
});

test("mitel: a label with a double quote is refused, one with # stands in quotes", () => {
  assert.match(rendered("mitel", "6920", {}, { label: "a #1" }).text, /^sip line1 screen name: "a #1"$/m);
  const { text, notes } = rendered("mitel", "6920", {}, { label: 'a "b"' });
  assert.doesNotMatch(text, /screen name/);
  assert.ok(notes.some(({ kind, setting }) => kind === "refused" && setting === "line.label"));
});

test("avaya: a zone has its name from 4.1 on, and a rule before", () => {
  const settings = { time: { zone: "Europe/Berlin" } };
  assert.match(rendered("avaya", "J179", settings).text, /^SET TIMEZONE Europe\/Berlin$/m);
  const { text } = rendered("avaya", "J179", settings, {}, "4.0.10.3");
  assert.match(text, /^SET GMTOFFSET 1:00\nSET DSTOFFSET 1\nSET DSTSTART LSunMar2L\nSET DSTSTOP LSunOct3L$/m);
});

test("avaya: a key's label with a semicolon is refused: it would begin another field", () => {
  const { text, notes } = rendered("avaya", "J179", {
    keys: [{ position: 1, type: "blf", value: "1", label: "a;Type=line" }],
  });
  assert.doesNotMatch(text, /PHONEKEY/);
  assert.ok(notes.some(({ kind, sentence }) => kind === "refused" && /semicolons/.test(sentence)));
});

test("panasonic: a label of more than 537 bytes with its line is refused", () => {
  const { text, notes } = rendered("panasonic", "KX-UT136", {}, { displayName: "é".repeat(280) });
  assert.ok(text.split("\r\n").every((line) => Buffer.byteLength(line) + 2 <= 537));
  assert.ok(notes.some(({ kind, sentence }) => kind === "refused" && /bytes/.test(sentence)));
});

test("panasonic: a TGP500 has the older first line and codecs by place", () => {
  const { text } = rendered("panasonic", "KX-TGP500B04", {});
  assert.ok(text.startsWith("# PCC Standard Format File # DO NOT CHANGE THIS LINE!\r\n"));
  assert.match(text, /^SDP_CODEC0_1="G722"\r$/m);
});
