import assert from "node:assert/strict";
import { test } from "node:test";
import { previewFiles } from "../../provisioning-server/answer/preview-files.ts";
import { identify } from "../../provisioning-server/answer/identify.ts";
import { loadProfiles } from "../../provisioning-server/profiles/load-profiles.ts";
import { findModel } from "../../provisioning-server/profiles/profiles.ts";
import { Value } from "typebox/value";
import { Device } from "../../protocol/device.ts";

const profiles = await loadProfiles(new URL("../../firmware-profiles", import.meta.url).pathname);

// Shapes and versions as public provisioners have recorded them; MACs are made up.
const agents: readonly (readonly [
  agent: string,
  model: string,
  firmware: string,
  mac: string | undefined,
])[] = [
  ["yealink SIP-T18 18.0.0.80 00:15:65:00:00:05", "T18", "18.0.0.80", "001565000005"],
  ["Yealink SIP-T19P_E2 53.80.0.3 00:15:65:00:00:26", "T19P_E2", "53.80.0.3", "001565000026"],
  ["Yealink SIP-T20P 9.72.0.30 00:15:65:00:00:7c", "T20P", "9.72.0.30", "00156500007c"],
  ["Yealink SIP-T20P 9.72.0.30 00:15:6500007c", "T20P", "9.72.0.30", undefined],
  ["Yealink SIP-T21P 34.72.0.1 00:15:65:00:00:26", "T21P", "34.72.0.1", "001565000026"],
  ["Yealink SIP-T23G 44.80.0.60 00:15:65:00:00:f2", "T23G", "44.80.0.60", "0015650000f2"],
  ["yealink SIP-T28P 2.70.0.140 00:15:65:00:00:0b", "T28P", "2.70.0.140", "00156500000b"],
  ["Yealink SIP-T31G 124.85.257.55 80:5e:c0:00:00:72", "T31G", "124.85.257.55", "805ec0000072"],
  ["Yealink SIP-T34W 124.86.0.75 24:9a:d8:00:00:f4", "T34W", "124.86.0.75", "249ad80000f4"],
  ["Yealink SIP-T38G  38.70.0.125 00:15:65:00:00:5e", "T38G", "38.70.0.125", "00156500005e"],
  ["Yealink SIP-T46S 66.86.0.15 80:5e:c0:00:00:01", "T46S", "66.86.0.15", "805ec0000001"],
  ["Yealink-T46G 28.71.0.81 28.1.0.128.0.0.0", "T46G", "28.71.0.81", undefined],
  ["Yealink SIP VP-T49G 51.80.0.10 00:15:65:00:00:44", "T49G", "51.80.0.10", "001565000044"],
  ["Yealink SIP-T54W 96.86.0.45", "T54W", "96.86.0.45", undefined],
  ["Yealink SIP-T56A  58.80.0.25 0015650000a4", "T56A", "58.80.0.25", "0015650000a4"],
  ["Yealink SIP-T58A 58.83.0.15 00:15:65:00:00:22", "T58A", "58.83.0.15", "001565000022"],
  ["Yealink SIP-T87W 185.87.0.10 44:db:d2:00:00:b7", "T87W", "185.87.0.10", "44dbd20000b7"],
  ["VP530P 23.70.0.40 00:15:65:00:00:c0", "VP530P", "23.70.0.40", "0015650000c0"],
  ["VP530 23.70.0.41 00:15:65:00:00:e3", "VP530P", "23.70.0.41", "0015650000e3"],
  ["W52P 25.30.0.2 00:15:65:00:00:7c", "W52P", "25.30.0.2", "00156500007c"],
  ["Yealink W52P 25.80.0.15 00:15:65:00:00:05", "W52P", "25.80.0.15", "001565000005"],
  ["Yealink SIP-W52P 25.73.0.20 00:15:65:00:00:35", "W52P", "25.73.0.20", "001565000035"],
  ["Yealink W90DM 130.85.0.15 80:5e:c0:00:00:44", "W90DM", "130.85.0.15", "805ec0000044"],
  ["Yealink CP860 37.72.0.5 00:15:65:00:00:86", "CP860", "37.72.0.5", "001565000086"],
  ["Yealink CP960 73.83.0.30 00:15:65:00:00:86", "CP960", "73.83.0.30", "001565000086"],
  ["Yealink SIP-CP920 78.84.0.125 80:5e:c0:00:00:86", "CP920", "78.84.0.125", "805ec0000086"],
];

for (const [userAgent, model, firmware, mac] of agents)
  test(`identify() knows ${userAgent}`, () => {
    const path = "/y000000000000.boot";
    assert.deepEqual(identify({ userAgent, path, via: "https" }, profiles), {
      vendor: "yealink",
      model,
      firmware,
      ...(mac === undefined ? {} : { mac }),
      file: "optional",
      fileId: "boot-common",
    });
  });

const paths: readonly (readonly [path: string, found: object])[] = [
  ["/y000000000066.cfg", { vendor: "yealink", model: "T46S", file: "config", fileId: "common" }],
  // One code for three models: none is guessed.
  ["/y000000000095.cfg", { vendor: "yealink", file: "config", fileId: "common" }],
  ["/y000000000999.cfg", { vendor: "yealink", file: "config", fileId: "common" }],
  ["//a%2F/805EC0000001.CFG?x=1", { vendor: "yealink", mac: "805ec0000001", file: "config", fileId: "mac" }],
  [
    "/805ec0000001-calllog.xml",
    { vendor: "yealink", mac: "805ec0000001", file: "optional", fileId: "call-log" },
  ],
];
for (const [path, found] of paths)
  test(`identify() knows ${path} without an agent`, () =>
    assert.deepEqual(identify({ path, via: "tftp" }, profiles), found));

test("identify() makes no MAC of zeros", () => {
  const { mac } = identify(
    { userAgent: "Yealink SIP-T46S 66.86.0.15 00:00:00:00:00:00", path: "/000000000000.cfg", via: "https" },
    profiles,
  );
  assert.equal(mac, undefined);
});

function keysOf(model: string, firmware?: string, settings: Device["settings"] = {}): Map<string, string> {
  const device = Value.Parse(Device, {
    mac: "805ec0000001",
    vendor: "yealink",
    model,
    site: "hq",
    state: "expected",
    lines: [{ index: 1, settings: { user: "1001", server: { host: "pbx.example.net" } } }],
    settings,
    raw: {},
    tokenGeneration: 1,
    revision: 1,
  });
  const context = { baseUrl: "https://phones.example.net", serverKey: new Uint8Array(32), at: 0 };
  const files = previewFiles(
    profiles,
    device,
    undefined,
    context,
    firmware === undefined ? {} : { firmware },
  );
  const text = Buffer.from(files.find(({ fileId }) => fileId === "mac")?.body ?? []).toString();
  return new Map(
    text.split("\n").flatMap((line) => {
      const at = line.indexOf(" = ");
      return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 3)] as const];
    }),
  );
}

test("names with static. are written from V81 on, without it before", () => {
  for (const [firmware, has, lacks] of [
    ["44.80.0.60", "network.lldp.enable", "static.network.lldp.enable"],
    ["44.81.0.110", "static.network.lldp.enable", "network.lldp.enable"],
  ] as const) {
    const keys = keysOf("T23G", firmware);
    assert.ok(keys.has(has) && !keys.has(lacks), firmware);
  }
});

test("V70 has one server and a table of codecs; V73 has several servers; V80 a transport for each", () => {
  assert.equal(keysOf("T28P", "2.70.0.140").get("account.1.sip_server_host"), "pbx.example.net");
  assert.equal(keysOf("T28P", "2.70.0.140").get("account.1.codec.6.payload_type"), "G722");
  assert.equal(keysOf("T28P", "2.73.0.50").get("account.1.sip_server.1.address"), "pbx.example.net");
  assert.equal(keysOf("T28P", "2.73.0.50").get("account.1.transport"), "0");
  assert.equal(keysOf("T23G", "44.80.0.60").get("account.1.sip_server.1.transport_type"), "0");
});

test("a model that ends with an old firmware is written in its words while its own firmware is unknown", () => {
  assert.ok(keysOf("T38G").has("account.1.sip_server_host"));
  assert.ok(keysOf("T28P").has("auto_provision.server.url"));
  assert.ok(keysOf("T46U").has("static.auto_provision.server.url"));
});

test("handset 1 of a DECT base has account 1; desk phones have no handsets", () => {
  assert.equal(keysOf("W70B").get("handset.1.incoming_lines"), "1");
  assert.ok(!keysOf("T46U").has("handset.1.incoming_lines"));
});

test("before V81 only patterns of a fixed length are dialled at once", () => {
  const keys = keysOf("T28P", undefined, { dialPlan: "11[02]|0x.T|x.|xxx" });
  const rules = [...keys].filter(([key]) => key.startsWith("dialplan.dialnow.rule."));
  assert.deepEqual(
    rules.map(([, value]) => value),
    ["11[02]", "xxx"],
  );
});

test("85 models, each with its sources", () => {
  const family = profiles.families.find(({ id }) => id === "yealink");
  const models = new Set(family?.models.values());
  assert.ok(models.size >= 85, String(models.size));
  for (const name of ["T19P_E2", "T46S", "W60B", "CP920"]) assert.ok(findModel(profiles, "yealink", name));
});

test("a logo is lacking on a base without a screen, and says so", () => {
  const device = Value.Parse(Device, {
    mac: "805ec0000001",
    vendor: "yealink",
    model: "W70B",
    site: "hq",
    state: "expected",
    lines: [],
    settings: { screen: { logoUrl: "https://books.example.net/wall.jpg" } },
    raw: {},
    tokenGeneration: 1,
    revision: 1,
  });
  const context = { baseUrl: "https://phones.example.net", serverKey: new Uint8Array(32), at: 0 };
  const notes = previewFiles(profiles, device, undefined, context).flatMap((file) => file.notes);
  assert.ok(notes.some(({ kind, setting }) => kind === "lacking" && setting === "screen.logoUrl"));
});
