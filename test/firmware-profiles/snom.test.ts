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

const agent = (inside: string) => `Mozilla/4.0 (compatible; ${inside})`;
const none = undefined;

type Row = [agent: string | undefined, path: string, ...expected: (string | undefined)[]];

// Agents as phones of each line send them; the MACs are made up.
const table: Row[] = [
  [agent("snom lid 3605"), "/snom320.htm", "snom", "320", none, none, "config"],
  [
    agent("snom320-SIP 6.5.20; snom320 jffs2 v3.36; snom320 linux 3.38"),
    "/snom320-0004132A0001.htm",
    "snom",
    "320",
    "0004132a0001",
    "6.5.20",
    "config",
  ],
  [agent("snom320-SIP 7.3.30 1.1.3-u"), "/snom320.htm", "snom", "320", none, "7.3.30", "config"],
  [agent("snom870-SIP 8.4.35 SPEAr300 SNOM 1.4"), "/snom870.htm", "snom", "870", none, "8.4.35", "config"],
  [agent("snomPA1-SIP 8.4.35 1.1.3-s"), "/snomPA1.htm", "snom", "PA1", none, "8.4.35", "config"],
  [
    agent("snom710-SIP 8.7.5.35 1.1.5-IFX-05.01.12 000413740001"),
    "/000413740001.xml",
    "snom",
    "710",
    "000413740001",
    "8.7.5.35",
    "config",
  ],
  [
    agent("snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52f5 000413920001 SXM:0 UXM:0"),
    "/",
    "snom",
    "D785",
    "000413920001",
    "10.1.33.33",
    "unknown",
  ],
  [
    agent(
      "snomD785-SIP 10.1.169.16 2010.12-00001-gd311851f1 (Feb 25 2019 - 14:19:43) 000413960001 SXM:0 UXM:0 UXMC:0",
    ),
    "/",
    "snom",
    "D785",
    "000413960001",
    "10.1.169.16",
    "unknown",
  ],
  [
    agent("snom720 8.7.5.35"),
    "/snom720-8.7.5.35-SIP-r.bin?mac=000413740002",
    "snom",
    "720",
    "000413740002",
    "8.7.5.35",
    "firmware",
  ],
  [
    agent("Snom M900 05.20.0001 000413b60001"),
    "/snomM900-000413B60001.htm",
    "snom",
    "M900",
    "000413b60001",
    "05.20.0001",
    "config",
  ],
  ["snom370/8.7.5.35", "/", "snom", "370", none, "8.7.5.35", "unknown"],
  [none, "/snomD785.htm", "snom", "D785", none, none, "config"],
  [none, "/snomM900.htm", "snom", "M900", none, none, "config"],
  [none, "/snomD865-10.1.215.13-SIP-r.swu", "snom", "D865", none, none, "firmware"],
  [none, "/prov//000413b60002.XML", "snom", none, "000413b60002", none, "config"],
];
for (const [userAgent, path, ...expected] of table)
  test(`identify() tells ${userAgent ?? "no agent"} at ${path}`, () =>
    assert.deepEqual(told(userAgent, path), expected));

function device(model: string, change: Partial<Device> = {}): Device {
  return {
    mac: "000413a00001",
    vendor: "snom",
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

function config(phone: Device, firmware?: string) {
  const options = firmware === undefined ? {} : { firmware };
  const file = previewFiles(profiles, phone, undefined, context, options).find(
    ({ fileId }) => fileId === "mac",
  );
  assert.ok(file);
  return { name: file.name, text: Buffer.from(file.body).toString(), notes: file.notes };
}

test("the file has the MAC in capitals, in its name and in the address it tells", () => {
  const { name, text } = config(device("D785"));
  assert.equal(name, "000413A00001.xml");
  assert.match(text, /<setting_server perm="RW">https:\/\/[^<]*\/000413A00001\.xml</);
});

test("DSCP is written as the whole TOS octet", () => {
  const { text } = config(device("D785", { settings: { network: { dscp: { rtp: 46, sip: 26 } } } }));
  assert.match(text, /<codec_tos perm="R">184</);
  assert.match(text, /<signaling_tos perm="R">104</);
});

test("function keys count from 0 and may be changed; those of a module count on", () => {
  const keys = [
    { position: 1, type: "blf" as const, value: "205", label: "Ann", pickupCode: "*8" },
    { module: 1, position: 1, type: "speed-dial" as const, value: "110" },
  ];
  const { text } = config(device("D713", { settings: { keys } }));
  assert.match(text, /<fkey idx="0" context="1" label="Ann" short_label="Ann" perm="RW">blf 205\|\*8</);
  assert.match(text, /<fkey idx="4" context="1" label="" short_label="" perm="RW">speed 110</);
});

test("the transport stands in user_outbound, IPv6 in brackets, and DNS without a port", () => {
  const outbound = (server: object, more: object = {}) => {
    const lines = [{ index: 1, settings: { user: "1", server, ...more } }];
    return /<user_outbound[^>]*>([^<]*)</.exec(config(device("D785", { lines })).text)?.[1];
  };
  assert.equal(
    outbound({ host: "a.example.net", transport: "tls", port: 5061 }),
    "a.example.net:5061;transport=tls",
  );
  assert.equal(outbound({ host: "2001:db8::1" }), "[2001:db8::1]:5060;transport=udp");
  assert.equal(outbound({ host: "example.net", transport: "dns" }), "example.net");
  assert.equal(
    outbound({ host: "a.example.net" }, { outboundProxy: { host: "edge.example.net", port: 5080 } }),
    "edge.example.net:5080;transport=udp",
  );
});

test("firmware before 10.1 has one timer, later the polling schedule", () => {
  assert.match(config(device("720"), "8.7.5.35").text, /<settings_refresh_timer perm="R">86400</);
  assert.doesNotMatch(config(device("720"), "8.7.5.35").text, /prov_polling/);
  assert.match(config(device("D785"), "10.1.215.13").text, /<prov_polling_period perm="R">86400</);
});

test("a certificate's address stands in an attribute of an element of its own", () => {
  const settings = { provisioning: { caUrl: "https://ca.example.net/root.pem?a=1&b=2" } };
  const { text } = config(device("D785", { settings }));
  assert.match(text, /<certificate url="https:\/\/ca\.example\.net\/root\.pem\?a=1&amp;b=2" perm=""></);
});

test("what Snom cannot carry is told: 802.1X words, inband digits, TURN", () => {
  const lines = [{ index: 1, settings: { user: "1", dtmf: "inband" as const } }];
  const settings = {
    network: { dot1x: { mode: "eap-tls" as const } },
    nat: { turn: { host: "turn.example.net" } },
  };
  const sentences = config(device("D785", { lines, settings })).notes.map(({ sentence }) => sentence);
  for (const start of ["line.dtmf", "network.dot1x.mode", "nat.turn.host"])
    assert.ok(
      sentences.some((sentence) => sentence.startsWith(start)),
      `${start}: ${sentences.join("\n")}`,
    );
});

test("a DECT base has one server, which its accounts point at, and no keys", () => {
  const keys = [{ position: 1, type: "blf" as const, value: "205" }];
  const { text, notes } = config(device("M900", { settings: { keys } }));
  assert.match(text, /<user_host idx="1">pbx\.example\.net</);
  assert.match(text, /<subscr_sip_ua_data_server_id idx="1">1</);
  assert.doesNotMatch(text, /perm=|fkey/);
  assert.ok(notes.some(({ sentence }) => sentence.startsWith("keys: A base has no keys")));
});
