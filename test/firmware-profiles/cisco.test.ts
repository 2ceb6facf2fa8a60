import assert from "node:assert/strict";
import { test } from "node:test";
import { XMLParser } from "fast-xml-parser";
import type { Door } from "../../protocol/phone-request.ts";
import type { Device } from "../../protocol/device.ts";
import type { MacAddress } from "../../protocol/mac-address.ts";
import { identify } from "../../provisioning-server/answer/identify.ts";
import { previewFiles } from "../../provisioning-server/answer/preview-files.ts";
import { loadProfiles } from "../../provisioning-server/profiles/load-profiles.ts";
import { findEncoding } from "../../provisioning-server/profiles/encodings/list.ts";
import type { Encoded, EncodingInput } from "../../provisioning-server/profiles/encodings/encoding.ts";
import { findModel } from "../../provisioning-server/profiles/profiles.ts";
import { settingCatalogue } from "../../protocol/phone-settings.ts";

const profiles = await loadProfiles(new URL("../../firmware-profiles", import.meta.url).pathname);
const context = { baseUrl: "https://phones.example.net:8443", serverKey: new Uint8Array(32), at: 0 };

// door, path, agent, then: vendor model mac firmware file
const table: [via: Door, path: string, agent: string | undefined, expected: string][] = [
  [
    "https",
    "/0002fdff2103.xml",
    "Cisco/SPA508G-7.4.8a (0002FDFF2103)(CBT141400UK)",
    "cisco SPA508G 0002fdff2103 7.4.8a config",
  ],
  [
    "https",
    "/x",
    "Cisco/SPA501G-7.4.4 (8843E157DDCC)(CBT141100HR)",
    "cisco SPA501G 8843e157ddcc 7.4.4 unknown",
  ],
  ["https", "/x", "Cisco/SPA525G-7.4.7 (CBT141900G7)", "cisco SPA525G - 7.4.7 unknown"],
  ["https", "/x", "Cisco/SPA525G2-7.4.5 (001122334455)", "cisco SPA525G2 - 7.4.5 unknown"], // twelve digits, and a serial
  ["https", "/x", "Linksys/SPA-942-6.1.5(a) (88019FA42805)", "cisco SPA942 - 6.1.5(a) unknown"],
  ["https", "/x", "Linksys/SPA-962-6.1.5(a) (4MM00F903042)", "cisco SPA962 - 6.1.5(a) unknown"],
  [
    "https",
    "/000e08aabbcc.xml",
    "Linksys/SPA-942-6.1.5(a) (88019FA42805)",
    "cisco SPA942 000e08aabbcc 6.1.5(a) config",
  ],
  ["https", "/x", "Linksys/PAP2T-5.1.6(LS) (FM500H000001)", "cisco PAP2T - 5.1.6(LS) unknown"],
  ["https", "/x", "Cisco/ATA191-MPP-11-1-0-MSR4 (FCH2443D9R4)", "cisco ATA191 - 11-1-0-MSR4 unknown"],
  [
    "https",
    "/spa-ata.xml?mac=5C710DAABBCC",
    "Cisco/ATA192-MPP-11-1-0-MSR4 (FCH2443D9R4)",
    "cisco ATA192 5c710daabbcc 11-1-0-MSR4 unknown",
  ],
  ["tftp", "/spa504G.cfg", undefined, "cisco SPA504G - - config"],
  ["tftp", "spa504g.cfg", undefined, "cisco SPA504G - - config"],
  ["tftp", "/spa525G2.cfg", undefined, "cisco SPA525G2 - - config"],
  ["tftp", "/spa122.cfg", undefined, "cisco SPA122 - - config"],
  ["tftp", "/init.cfg", undefined, "cisco PAP2T - - config"],
  ["tftp", "/ata191.cfg", undefined, "cisco ATA191 - - config"],
  [
    "https",
    "/Cisco/CP-7832-3PCC/00562b043615.cfg",
    "Cisco-CP-7832-3PCC/11.0.1 (00562b043615)",
    "cisco 7832 00562b043615 11.0.1 config",
  ],
  [
    "https",
    "/8841-3PCC.xml",
    "Cisco-CP-8841-3PCC/12.0.7 (00562B043616)",
    "cisco 8841 00562b043616 12.0.7 config",
  ],
  ["https", "/x", "Cisco-CP-8845NR-3PCC/12.0.1 (00562b043617)", "cisco 8845 00562b043617 12.0.1 unknown"],
  ["tftp", "/8851-3PCC.xml", undefined, "cisco 8851 - - config"],
  ["tftp", "/Cisco/CP-8851-3PCC/00562b043618.cfg", undefined, "cisco - 00562b043618 - config"],
  ["tftp", "SEP001D45ABCDEF.cnf.xml", undefined, "cisco - 001d45abcdef - config"],
  ["http", "/sep001d45abcdef.CNF.XML", undefined, "cisco - 001d45abcdef - config"],
  ["tftp", "CTLSEP001D45ABCDEF.tlv", undefined, "cisco - 001d45abcdef - optional"],
  ["http", "/ITLSEP001D45ABCDEF.tlv", undefined, "cisco - 001d45abcdef - optional"],
  ["http", "/ITLFile.tlv", undefined, "cisco - - - optional"],
  ["http", "/SEP001D45ABCDEF.cnf.xml.sgn", undefined, "cisco - 001d45abcdef - optional"],
  ["tftp", "ATA001D45ABCDEF.cnf.xml", undefined, "cisco - 001d45abcdef - config"],
  ["tftp", "XMLDefault.cnf.xml", undefined, "cisco - - - optional"],
  ["tftp", "SEP000000000000.cnf.xml", undefined, "- - - - unknown"],
  ["tftp", "SEP001D45ABCDE.cnf.xml", undefined, "- - - - unknown"],
  ["tftp", "Communicator\\LdapDirectories.xml", undefined, "cisco - - - optional"],
  ["tftp", "SIP001D45ABCDEF.cnf", undefined, "cisco - 001d45abcdef - config"],
  ["tftp", "SIPDefault.cnf", undefined, "cisco - - - config"],
  ["tftp", "OS79XX.TXT", undefined, "cisco - - - optional"],
];

for (const [via, path, agent, expected] of table)
  test(`identify() tells ${expected} of ${via} ${path} by ${agent ?? "no agent"}`, () => {
    const identity = identify({ via, path, ...(agent === undefined ? {} : { userAgent: agent }) }, profiles);
    const { vendor = "-", model = "-", mac = "-", firmware = "-", file } = identity;
    assert.equal(`${vendor} ${model} ${mac} ${firmware} ${file}`, expected);
  });

function deviceOf(model: string, more: Partial<Device>): Device {
  const mac: MacAddress = "0002fd000001";
  const base = {
    mac,
    vendor: "cisco",
    model,
    site: "hq",
    state: "expected",
    raw: {},
    tokenGeneration: 1,
    revision: 1,
  };
  return { ...base, state: "expected", lines: [], settings: {}, ...more };
}
function filesOf(model: string, more: Partial<Device>) {
  return previewFiles(profiles, deviceOf(model, more), undefined, context);
}
const line = (settings: Device["lines"][number]["settings"]) => [{ index: 1, settings }];

test("the same hardware has two names: the multiplatform one and the enterprise one with CP-", () => {
  assert.equal(findModel(profiles, "cisco", "8841")?.family.id, "cisco-mpp");
  assert.equal(findModel(profiles, "cisco", "CP-8841-3PCC")?.family.id, "cisco-mpp");
  assert.equal(findModel(profiles, "cisco", "CP-8841")?.family.id, "cisco-enterprise");
  assert.equal(findModel(profiles, "cisco", "8841-K9")?.family.id, "cisco-enterprise");
});

test("a label that is no ASCII is refused by name, and told with the limit", () => {
  const [own] = filesOf("SPA504G", {
    lines: line({ displayName: "Müller", user: "1", server: { host: "a.example" } }),
  });
  assert.ok(own);
  assert.ok(!Buffer.from(own.body).toString().includes("Display_Name_1_"));
  const note = own.notes.find(({ setting }) => setting === "line.displayName");
  assert.match(note?.sentence ?? "", /ASCII text, not "Müller"/);
});

test("a wireless phone of SCCP alone takes no SIP account, and says so", () => {
  const [own] = filesOf("7921G", {
    lines: line({ user: "1", password: "made-up" }),
    settings: { keys: [{ position: 1, type: "blf", value: "2" }] },
  });
  assert.ok(own);
  const text = Buffer.from(own.body).toString();
  assert.doesNotMatch(text, /made-up|<line/);
  assert.ok(own.notes.some(({ sentence }) => /has no sip/.test(sentence)));
});

test("an adapter has keys of its own for the ToS byte, the VLAN and its page", () => {
  const files = filesOf("SPA122", {
    settings: { network: { vlan: { id: 7 } }, access: { adminPassword: "p" } },
    lines: line({ user: "1" }),
  });
  const parsed: { "flat-profile": Record<string, unknown> } = new XMLParser({ parseTagValue: false }).parse(
    Buffer.from(files[0]?.body ?? "").toString(),
  );
  const profile = parsed["flat-profile"];
  assert.equal(profile["RTP_ToS_DiffServ_Value_1_"], "0xb8");
  assert.equal(profile["RTP_TOS_DiffServ_Value_1_"], undefined);
  assert.partialDeepStrictEqual(profile["router-configuration"], {
    WAN_VLAN_Setting: { WAN_VLAN_Enable: "1", WAN_VLAN_ID: "7" },
    Web_Login_Admin_Password: "p",
  });
});

test("every neutral setting is carried by each family's map, or lacked with a reason", () => {
  for (const family of profiles.families.filter(({ vendor }) => vendor.vendor === "cisco"))
    for (const path of settingCatalogue.keys())
      assert.ok(family.carried.has(path) || family.map.lacks?.[path] !== undefined, `${family.id} ${path}`);
});

const spa504g = findModel(profiles, "cisco", "SPA504G")?.about;
assert.ok(spa504g);
const january = Date.UTC(2026, 0, 1);
function encode(name: string, settings: Record<string, unknown>, more: Partial<EncodingInput> = {}): Encoded {
  const encoding = findEncoding(name);
  assert.ok(encoding && spa504g);
  return encoding.encode({
    setting: (path) => settings[path],
    words: new Map(),
    model: spa504g,
    at: january,
    ...more,
  });
}
const textOf = (encoded: Encoded, name = "") =>
  encoded.ok ? encoded.parts.find((part) => part.name === name)?.value : encoded.limit;

test("cisco-time-zone and cisco-zone-name have an answer for every zone of the tz database", () => {
  for (const zone of Intl.supportedValuesOf("timeZone")) {
    const rule = encode("cisco-time-zone", { "time.zone": zone });
    assert.ok(rule.ok, zone);
    assert.match(textOf(rule, "Time_Zone") ?? "", /^GMT[+-]\d\d:\d\d$/, zone);
    const saving = textOf(rule, "Daylight_Saving_Time_Rule");
    if (saving !== undefined)
      assert.match(
        saving,
        /^start=\d+\/-?\d+\/[0-7]\/\d+:\d+:0;end=\d+\/-?\d+\/[0-7]\/\d+:\d+:0;save=\d+:\d+:0$/,
        zone,
      );
    const name = encode("cisco-zone-name", { "time.zone": zone });
    assert.ok(name.ok, zone);
    assert.match(textOf(name, "timeZone") ?? "", /Time$/, zone);
    assert.equal(textOf(name, "olsonTimeZone"), zone);
  }
});

for (const [zone, offset, rule, name] of [
  [
    "Europe/Berlin",
    "GMT+01:00",
    "start=3/-1/7/2:0:0;end=10/-1/7/3:0:0;save=1:0:0",
    "Central Europe Standard/Daylight Time",
  ],
  [
    "America/New_York",
    "GMT-05:00",
    "start=3/8/7/2:0:0;end=11/1/7/2:0:0;save=1:0:0",
    "Eastern Standard/Daylight Time",
  ],
  ["Australia/Lord_Howe", "GMT+10:30", "start=10/1/7/2:0:0;end=4/1/7/2:0:0;save=0:30:0", undefined],
  ["Asia/Kolkata", "GMT+05:30", undefined, "India Standard Time"],
  ["Etc/UTC", "GMT+00:00", undefined, "Greenwich Standard Time"],
] as const)
  test(`cisco-time-zone: ${zone}`, () => {
    const encoded = encode("cisco-time-zone", { "time.zone": zone });
    assert.equal(textOf(encoded, "Time_Zone"), offset);
    assert.equal(textOf(encoded, "Daylight_Saving_Time_Rule"), rule);
    if (name !== undefined)
      assert.equal(textOf(encode("cisco-zone-name", { "time.zone": zone }), "timeZone"), name);
  });

test("cisco-time-zone refuses a zone that the tz database has not", () => {
  assert.match(textOf(encode("cisco-time-zone", { "time.zone": "Berlin" })) ?? "", /tz database/);
});

for (const [plan, flat, templates] of [
  ["[2-9]xxT|0x.|112", "([2-9]xx|0x.|112S0)", "[2-9]..=4 0*=4 112=0"],
  ["*xx|911", "(*xxS0|911S0)", "\\*..=0 911=0"],
  ["<9:0>xxxx", "(<9:0>xxxxS0)", "a plan without <from:to>, where `.` stands behind `x` alone"],
  ["1.", "(1.)", "a plan without <from:to>, where `.` stands behind `x` alone"],
] as const)
  test(`dial plan ${plan} in both ways of Cisco`, () => {
    assert.equal(textOf(encode("cisco-dial-plan", { dialPlan: plan })), flat);
    const encoded = encode("cisco-dial-templates", { dialPlan: plan, dialTimeout: 4 });
    const told = encoded.ok
      ? encoded.parts
          .flatMap((part, index) =>
            index % 2 === 0 ? [`${part.value}=${encoded.parts[index + 1]?.value}`] : [],
          )
          .join(" ")
      : encoded.limit;
    assert.equal(told, templates);
  });

test("cisco-codecs: three places, switches for the rest, and what cannot be had is told", () => {
  const words = new Map(
    Object.entries({ pcmu: "G711u", pcma: "G711a", g729: "G729a", g722: "G722", "g726-32": "G726r32" }),
  );
  const four = encode(
    "cisco-codecs",
    { "line.codecs": ["g722", "pcma", "g729", "g726-32", "opus"] },
    { words },
  );
  assert.ok(four.ok);
  assert.equal(textOf(four, "Third_Preferred_Codec"), "G729a");
  assert.equal(textOf(four, "G726-32_Enable"), "Yes");
  assert.deepEqual(four.notes, [
    "SPA504G has no opus",
    "three codecs have an order: g726-32 stand behind them",
    "pcmu cannot be switched off",
  ]);
  const one = encode("cisco-codecs", { "line.codecs": ["pcma"] }, { words });
  assert.equal(textOf(one, "Use_Pref_Codec_Only"), "Yes");
  assert.equal(textOf(one, "Second_Preferred_Codec"), "Unspecified");
  assert.equal(encode("cisco-codecs", { "line.codecs": ["opus"] }, { words }).ok, false);
});

test("cisco-proxy: DNS decides without a port, an address of IPv6 stands in brackets", () => {
  const byDns = {
    "line.server.host": "example.net",
    "line.server.port": 5060,
    "line.server.transport": "dns",
  };
  assert.equal(textOf(encode("cisco-proxy", byDns), "Proxy"), "example.net");
  assert.equal(textOf(encode("cisco-proxy", byDns), "Use_DNS_SRV"), "Yes");
  const six = { "line.server.host": "2001:db8::1", "line.server.port": 5070 };
  assert.equal(textOf(encode("cisco-proxy", six), "Proxy"), "[2001:db8::1]:5070");
  assert.deepEqual(encode("cisco-proxy", {}), { ok: true, parts: [] });
});

test("cisco-tos: DSCP is the upper six bits of the byte", () => {
  const words = new Map([["network.dscp.rtp", "RTP"]]);
  assert.equal(textOf(encode("cisco-tos", { "network.dscp.rtp": 46 }, { words }), "RTP"), "0xb8");
  assert.equal(textOf(encode("cisco-tos", { "network.dscp.rtp": 0 }, { words }), "RTP"), "0x00");
  assert.equal(textOf(encode("cisco-tos", { "network.dscp.rtp": 63 }, { words }), "RTP"), "0xfc");
});

test("cisco-line-keys: a label with a semicolon makes no function of the user's choice", () => {
  const keys = [{ position: 2, type: "speed-dial", value: "1", label: "a;fnc=sd;ext=9" }];
  const encoded = encode("cisco-line-keys", { keys });
  assert.equal(textOf(encoded, "Extended_Function_2_"), "fnc=sd;ext=1@$PROXY");
  assert.ok(encoded.ok && encoded.notes?.some((note) => /no label/.test(note)));
});

test("cisco-resync: over midnight the spread goes on", () => {
  const model = { ...spa504g, capabilities: ["resync-at"] };
  const settings = {
    "provisioning.repoll": 1440,
    "provisioning.repollWindow.from": "23:30",
    "provisioning.repollWindow.to": "01:00",
  };
  const encoded = encode("cisco-resync", settings, { model });
  assert.equal(textOf(encoded, "Resync_At__HHmm_"), "2330");
  assert.equal(textOf(encoded, "Resync_At_Random_Delay"), "5400");
  assert.equal(textOf(encode("cisco-resync", settings), "Resync_Periodic"), "86400");
});

test("cisco-tones: a country that is not known is refused with the list", () => {
  assert.equal(textOf(encode("cisco-tones", { tones: "DE" }), "Busy_Tone"), "425@-19;10(0.48/0.48/1)");
  assert.match(textOf(encode("cisco-tones", { tones: "ZZ" })) ?? "", /one of US, CA/);
});
