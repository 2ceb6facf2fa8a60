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

// Beside the rows of identify.test.ts; MACs are made up.
const table: [agent: string | undefined, path: string, told: string][] = [
  [
    "Grandstream Model HW HT818 SW 1.0.17.5 DevId c074ad000001",
    "/cfgc074ad000001",
    "grandstream | HT818 | c074ad000001 | 1.0.17.5 | config",
  ],
  [
    "Grandstream Model HW DP750 SW 1.0.17.5 DevId c074ad000001",
    "/cfgc074ad000001.xml",
    "grandstream | DP750 | c074ad000001 | 1.0.17.5 | config",
  ],
  [
    "Fanvil X6U Pro 2.12.16.17 0c383e000001",
    "/0c383e000001.cfg",
    "fanvil | X6U Pro | 0c383e000001 | 2.12.16.17 | config",
  ],
  [
    "Linkvil W611W 2.14.2.28.1 0c383e000002",
    "/0c383e000002.cfg",
    "fanvil | W611W | 0c383e000002 | 2.14.2.28.1 | config",
  ],
  [undefined, "/F0V00X5S0000.cfg", "fanvil | X5S | - | - | config"],
  ["Htek UC926 2.0.4.2 00:1f:c1:00:00:01", "/cfg0010.xml", "htek | UC926 | 001fc1000001 | 2.0.4.2 | config"],
  [undefined, "/cfg001fc1000001", "htek | - | 001fc1000001 | - | config"],
  [undefined, "/cfg001fc1000001.xml", "htek | - | 001fc1000001 | - | config"],
  [
    "Sangoma S500 2.0.4.60 00:50:58:00:00:01",
    "/cfg005058000001.xml",
    "sangoma | S500 | 005058000001 | 2.0.4.60 | config",
  ],
  [undefined, "/cfg005058000001", "sangoma | - | 005058000001 | - | config"],
];
for (const [userAgent, path, expected] of table)
  test(`identify() tells ${userAgent ?? "no agent"} at ${path}`, () => {
    const agent = userAgent === undefined ? {} : { userAgent };
    const { vendor, model, mac, firmware, file } = identify({ via: "https", path, ...agent }, profiles);
    const told = [vendor, model, mac, firmware, file].map((part) => part ?? "-").join(" | ");
    assert.equal(told, expected);
  });

function device(vendor: string, model: string, change: Partial<Device> = {}): Device {
  return {
    mac: "00aabb000001",
    vendor,
    model,
    site: "hq",
    state: "expected",
    lines: [
      {
        index: 1,
        settings: {
          user: "1001",
          password: "made-up",
          server: { host: "pbx.example.net", expires: 7200 },
        },
      },
    ],
    settings: {},
    raw: {},
    tokenGeneration: 1,
    revision: 1,
    ...change,
  };
}

function config(phone: Device) {
  const file = previewFiles(profiles, phone, undefined, context).find(({ fileId }) => fileId === "mac");
  assert.ok(file);
  return {
    name: file.name,
    text: Buffer.from(file.body).toString(),
    notes: file.notes.map(({ sentence }) => sentence),
  };
}

test("Grandstream and Htek register for minutes, Fanvil for seconds", () => {
  assert.match(
    config(device("grandstream", "GRP2614")).text,
    /<item name="account\.1\.sip\.registerExpiration">120</,
  );
  for (const [vendor, model] of [
    ["grandstream", "GXP1450"],
    ["grandstream", "HT802"],
    ["htek", "UC926"],
    ["sangoma", "S500"],
  ] as const)
    assert.match(config(device(vendor, model)).text, /<P32>120</, model);
  assert.match(config(device("fanvil", "V65")).text, /<RegisterTTL>7200</);
});

test("Grandstream's config path has no scheme and no slash at its end, Htek's is a whole address", () => {
  const path = /^phones\.example\.net:8443\/[\w-]+$/;
  const pathOf = (vendor: string, model: string, key: RegExp) =>
    key.exec(config(device(vendor, model)).text)?.[1] ?? "";
  const item = /<item name="provisioning\.config\.serverPath">([^<]*)</;
  assert.match(pathOf("grandstream", "GXP2170", item), path);
  assert.match(pathOf("grandstream", "GXP1450", /<P237>([^<]*)</), path);
  assert.match(pathOf("htek", "UC926", /<P237>([^<]*)</), /^https:\/\/phones\.example\.net:8443\/[\w-]+\/$/);
});

test("no file of P-values or names has a mac element", () => {
  for (const [vendor, model] of [
    ["grandstream", "GXP2170"],
    ["grandstream", "GXP1610"],
    ["grandstream", "HT812"],
    ["htek", "UC926"],
    ["sangoma", "S500"],
  ] as const) {
    const { name, text } = config(device(vendor, model));
    assert.equal(name, "cfg00aabb000001.xml");
    assert.doesNotMatch(text, /<mac/, model);
  }
});

test("a key beyond the last and a label that is too long are told", () => {
  const keys = [
    { position: 1, type: "blf" as const, value: "205", label: "A label of more than 32 characters" },
    { position: 400, type: "blf" as const, value: "206" },
  ];
  assert.deepEqual(config(device("grandstream", "GXP2170", { settings: { keys } })).notes, [
    "keys: GXP2170 has 48 keys: the one on position 400 is left out",
    "keys: the label of key 1 has more than 32 characters: it is left out",
  ]);
  assert.deepEqual(config(device("fanvil", "V65", { settings: { keys } })).notes, [
    "keys: V65 has 27 keys: the one on position 400 is left out",
  ]);
});

test("an adapter has no keys and no label, and says so", () => {
  const keys = [{ position: 1, type: "blf" as const, value: "205" }];
  const { notes } = config(device("grandstream", "HT802", { settings: { keys } }));
  assert.deepEqual(notes, ["keys: An adapter has no screen and no keys."]);
});

test("the three dialects of Fanvil begin as they must", () => {
  assert.match(config(device("fanvil", "V65")).text, /^<\?xml[^>]*>\n<sysConf>\n {2}<Version>2\.0000000000</);
  assert.match(config(device("fanvil", "X4")).text, /^<\?xml[^>]*>\n<VOIP_CONFIG_FILE>\n {2}<version>/);
  assert.match(config(device("fanvil", "X303")).text, /^<<VOIP CONFIG FILE>>Version:2\.0000000000 +\r?\n/);
});

test("a model of a sibling family answers under its vendor's word", () => {
  assert.equal(config(device("nethesis", "NP-X5")).name, "00aabb000001.cfg");
  assert.match(config(device("grandstream", "HT814")).text, /<gs_provision version="1">/);
});
