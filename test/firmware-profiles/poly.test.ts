import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device } from "../../protocol/device.ts";
import { identify } from "../../provisioning-server/answer/identify.ts";
import { previewFiles } from "../../provisioning-server/answer/preview-files.ts";
import { loadProfiles } from "../../provisioning-server/profiles/load-profiles.ts";

const profiles = await loadProfiles(new URL("../../firmware-profiles", import.meta.url).pathname);
const context = {
  baseUrl: "https://phones.example.net:8443",
  serverKey: new Uint8Array(32),
  at: Date.UTC(2026, 5, 1),
};

function told(userAgent: string | undefined, path: string): (string | undefined)[] {
  const agent = userAgent === undefined ? {} : { userAgent };
  const { vendor, model, mac, firmware, file } = identify({ via: "https", path, ...agent }, profiles);
  return [vendor, model, mac, firmware, file];
}

type Row = [agent: string | undefined, path: string, ...expected: (string | undefined)[]];

// Agents as phones of each line send them; the MACs are made up.
const table: Row[] = [
  [
    "FileTransport PolycomSoundPointIP-SPIP_335-UA/3.2.1.0078",
    "/0004f2000001-phone.cfg",
    "poly",
    "SPIP335",
    "0004f2000001",
    "3.2.1.0078",
    "optional",
  ],
  [
    "FileTransport PolycomSoundStationIP-SSIP_6000-UA/5.0.3.1667 Type/Updater",
    "/000000000000.cfg",
    "poly",
    "SSIP6000",
    undefined,
    "5.0.3.1667",
    "config",
  ],
  [
    "FileTransport PolycomVVX-VVX_400-UA/4.1.4.7430 Type/Application",
    "/0004F2000002.cfg",
    "poly",
    "VVX400",
    "0004f2000002",
    "4.1.4.7430",
    "config",
  ],
  [
    "FileTransport PolycomVVX-VVX_500-UA/5.9.7.4477 Type/Application",
    "/3111-44500-001.3111-44500-001.sip.ld",
    "poly",
    "VVX500",
    undefined,
    "5.9.7.4477",
    "firmware",
  ],
  [
    "FileTransport PolyCCX-CCX_600-UA/8.0.2.3267 (SN:482567000001) Type/Application",
    "/site%20a//482567000001-directory.xml?x=1",
    "poly",
    "CCX600",
    "482567000001",
    "8.0.2.3267",
    "directory",
  ],
  [
    "FileTransport PolyCCX-CCX_600-UA/8.0.2.3267 (SN:000000000000) Type/Application",
    "/anything",
    "poly",
    "CCX600",
    undefined,
    "8.0.2.3267",
    "unknown",
  ],
  [
    "FileTransport PolyEdge-Edge_E450-UA/8.0.0.15602 Type/Application",
    "/phone482567000002.cfg",
    "poly",
    "EdgeE450",
    "482567000002",
    "8.0.0.15602",
    "config",
  ],
  [
    "FileTransport PolycomRealPresenceTrio-Trio_8800-UA/7.2.2.1094 Type/Application",
    "/64167f000001-app.log",
    "poly",
    "Trio8800",
    "64167f000001",
    "7.2.2.1094",
    "optional",
  ],
  [
    "PolyEdge-Edge_E220-UA/8.0.0.13670_482567000003",
    "/",
    "poly",
    "EdgeE220",
    "482567000003",
    "8.0.0.13670",
    "unknown",
  ],
  [
    "Polycom/5.5.2.8571 PolycomVVX-VVX_310-UA/5.5.2.8571",
    "/",
    "poly",
    "VVX310",
    undefined,
    "5.5.2.8571",
    "unknown",
  ],
  [
    "filetransport polycomvvx-vvx_9999-ua/9.0 type/application",
    "/0004f2000003.cfg",
    "poly",
    "vvx9999",
    "0004f2000003",
    "9.0",
    "config",
  ],
  ["OBIHAI/OBi202-3.2.2.5921", "/9cadef000001.xml", "poly", "OBi202", "9cadef000001", "3.2.2.5921", "config"],
  ["OBi302", "/OBi302.xml", "poly", "OBi302", undefined, undefined, "optional"],
  ["VVXD230", "/64167f000002.xml", "poly", "VVXD230", "64167f000002", undefined, "config"],
  [undefined, "/0004f2000004.cfg", "poly", undefined, "0004f2000004", undefined, "config"],
  [undefined, "/000000000000.cfg", "poly", undefined, undefined, undefined, "config"],
];
for (const [agent, path, ...expected] of table)
  test(`identify() tells ${agent ?? "no agent"} at ${path}`, () =>
    assert.deepEqual(told(agent, path), expected));

function device(model: string, change: Partial<Device> = {}): Device {
  return {
    mac: "0004f2000001",
    vendor: "poly",
    model,
    site: "hq",
    state: "expected",
    lines: [
      { index: 1, settings: { user: "1001", password: "made-up", server: { host: "pbx.example.net" } } },
    ],
    settings: {},
    raw: {},
    tokenGeneration: 1,
    revision: 1,
    ...change,
  };
}

function files(phone: Device, firmware?: string) {
  const rendered = previewFiles(
    profiles,
    phone,
    undefined,
    context,
    firmware === undefined ? {} : { firmware },
  );
  const of = (id: string) => rendered.find(({ fileId }) => fileId === id);
  const text = (id: string) => Buffer.from(of(id)?.body ?? []).toString();
  return { manifest: text("manifest"), phone: text("phone"), notes: of("phone")?.notes ?? [] };
}

test("the manifest names the second file and nothing else; raw keys stand in the second", () => {
  const { manifest, phone } = files(device("VVX450", { raw: { "voice.volume.persist.headset": "1" } }));
  assert.match(manifest, /CONFIG_FILES="phone\[PHONE_MAC_ADDRESS\]\.cfg"/);
  assert.doesNotMatch(manifest, /reg\.|voice\./);
  assert.match(phone, /voice\.volume\.persist\.headset="1"/);
});

test("every device parameter has its .set beside it", () => {
  const settings = {
    access: { adminPassword: "made-up-admin", userPassword: "made-up-user" },
    syslog: { server: "log.example.net" },
    network: {
      vlan: { id: 7 },
      dot1x: { mode: "eap-tls" as const, identity: "phone", password: "made-up" },
    },
    provisioning: { user: "phones", password: "made-up", dhcp: false, redirect: true },
  };
  const { phone } = files(device("VVX450", { settings }));
  const keys = [...phone.matchAll(/^ +(device\.[A-Za-z0-9.]+)="/gm)].map(([, key]) => key ?? "");
  for (const key of keys.filter((name) => name !== "device.set" && !name.endsWith(".set")))
    assert.ok(keys.includes(`${key}.set`), key);
  assert.ok(keys.length > 20);
});

test("firmware before 4.0 gets its own words for codecs and transports", () => {
  const old = files(device("VVX1500"), "3.2.4.0244").phone;
  assert.match(old, /server\.1\.transport="UDPonly"/);
  assert.match(old, /voice\.codecPref\.G711Mu="2"/);
  assert.doesNotMatch(old, /G711_Mu|reg\.1\.srtp/);
  const legacy = files(device("SPIP501")).phone;
  assert.match(legacy, /voice\.codecPref\.G711Mu="1"/, "of a model that ends at 3.1 nothing newer is taken");
  assert.match(files(device("VVX1500")).phone, /server\.1\.transport="UDPOnly"/);
});

test("DNS decides where the transport is dns: the port is 0", () => {
  const lines = [
    {
      index: 1,
      settings: { user: "1001", server: { host: "example.net", transport: "dns" as const, port: 5060 } },
    },
  ];
  const { phone } = files(device("VVX450", { lines }));
  assert.match(phone, /reg\.1\.server\.1\.port="0"/);
  assert.match(phone, /reg\.1\.server\.1\.transport="DNSnaptr"/);
});

test("keys of a module count on behind the phone's own", () => {
  const keys = [{ module: 2, position: 3, type: "blf" as const, value: "1004", label: "Four" }];
  const { phone } = files(device("VVX450", { settings: { keys } }));
  assert.match(phone, /lineKey\.55\.category="BLF"/);
  assert.match(phone, /attendant\.resourceList\.1\.address="1004"/);
});

test("what a key cannot be is told: a type, a number with a macro's sign, a place", () => {
  const keys = [
    { position: 1, type: "dnd" as const },
    { position: 2, type: "speed-dial" as const, value: "10$Tinvite$" },
    { position: 99, type: "blf" as const, value: "1004" },
  ];
  const { phone, notes } = files(device("VVX250", { settings: { keys } }));
  const told = notes.map(({ sentence }) => sentence).join("\n");
  assert.match(told, /VVX250 has no key of type dnd that we know: key 1 is left out/);
  assert.match(told, /takes a number without \$, \^ and !: key 2 is left out/);
  assert.match(told, /VVX250 has no key 99: it is left out/);
  assert.doesNotMatch(phone, /efk\.efklist/);
});

test("a label with a line break is refused by name, and nothing else is lost", () => {
  const lines = [{ index: 1, settings: { user: "1001", label: 'a\nreg.2.address="1"' } }];
  const { phone, notes } = files(device("VVX450", { lines }));
  assert.ok(notes.some(({ sentence }) => /line\.label .*one line of text/.test(sentence)));
  assert.doesNotMatch(phone, /reg\.1\.label/);
  assert.match(phone, /reg\.1\.address="1001"/);
});
