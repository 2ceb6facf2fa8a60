// What Grandstream, Fanvil and Htek need beyond a map: zones, dial plans, keys, paths; and their syntaxes, read by others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { XMLParser } from "fast-xml-parser";
import fc from "fast-check";
import type { PhoneModel } from "../../../provisioning-server/profiles/phone-model.ts";
import type { Encoded } from "../../../provisioning-server/profiles/encodings/encoding.ts";
import { findEncoding } from "../../../provisioning-server/profiles/encodings/list.ts";
import { posixZone } from "../../../provisioning-server/profiles/encodings/time-zone/posix-time-zone.ts";
import { zoneRule } from "../../../provisioning-server/profiles/encodings/time-zone/zone-rule.ts";
import { findSyntax } from "../../../provisioning-server/profiles/syntax/list.ts";

const at = Date.UTC(2026, 5, 1);
const plainModel: PhoneModel = {
  model: "Made-up",
  mark: "listed",
  kind: "desk",
  lines: 6,
  keys: 4,
  codecs: ["g722", "pcmu", "pcma"],
  screen: null,
  capabilities: [],
  sources: ["made up"],
};

function encode(
  name: string,
  settings: Record<string, unknown>,
  words: Record<string, string> = {},
  model: PhoneModel = plainModel,
): Encoded {
  const encoding = findEncoding(name);
  assert.ok(encoding, name);
  return encoding.encode({
    setting: (path) => settings[path],
    words: new Map(Object.entries(words)),
    model,
    at,
  });
}

function parts(encoded: Encoded): Record<string, string> {
  assert.ok(encoded.ok, JSON.stringify(encoded));
  return Object.fromEntries(encoded.parts.map(({ name, value }) => [name, value]));
}

test("posix-time-zone writes the rules as the law has them", () => {
  const table = {
    "Europe/Berlin": "STD-1DST-2,M3.5.0/02:00:00,M10.5.0/03:00:00",
    "America/New_York": "STD+5DST+4,M3.2.0/02:00:00,M11.1.0/02:00:00",
    "America/St_Johns": "STD+3:30DST+2:30,M3.2.0/02:00:00,M11.1.0/02:00:00",
    "Australia/Lord_Howe": "STD-10:30DST-11,M10.1.0/02:00:00,M4.1.0/02:00:00",
    "Asia/Kathmandu": "STD-5:45",
    "Etc/UTC": "STD+0",
  };
  for (const [zone, rule] of Object.entries(table)) assert.equal(posixZone(zone, at)?.rule, rule, zone);
  assert.equal(posixZone("Europe/Atlantis", at), undefined);
  const words = { choice: "P64", rule: "P246", customize: "customize" };
  assert.deepEqual(parts(encode("posix-time-zone", { "time.zone": "Etc/UTC" }, words)), {
    P64: "customize",
    P246: "STD+0",
  });
});

/** Minutes east of Greenwich, as POSIX means `STD-1DST-2,M3.5.0/02:00:00,M10.5.0/03:00:00` in a moment of a year. */
function posixOffset(rule: string, moment: number): number {
  const [names = "", start, end] = rule.split(",");
  const offsets = [...names.matchAll(/[A-Z]{3}([+-])(\d+)(?::(\d+))?/g)].map(
    ([, sign, hours, minutes = "0"]) => (sign === "-" ? 1 : -1) * (Number(hours) * 60 + Number(minutes)) + 0,
  );
  const [standard = 0, summer = 0] = offsets;
  if (start === undefined || end === undefined) return standard;
  const year = new Date(moment).getUTCFullYear();
  const changeAt = (change: string, before: number): number => {
    const [, month, week, weekday, hour, minute] =
      /^M(\d+)\.(\d)\.(\d)\/(\d+):(\d+):00$/.exec(change)?.map(Number) ?? [];
    assert.ok(month !== undefined && week !== undefined && weekday !== undefined, change);
    const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
    const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
    let day = 1 + ((weekday - first + 7) % 7) + (week - 1) * 7;
    if (day > days) day -= 7;
    return Date.UTC(year, month - 1, day, hour, minute) - before * 60_000;
  };
  const [from, to] = [changeAt(start, standard), changeAt(end, summer)];
  const inside = from < to ? moment >= from && moment < to : moment >= from || moment < to;
  return inside ? summer : standard;
}

function trueOffset(zone: string, moment: number): number {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  const name = format.formatToParts(moment).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign = "+", hours = "0", minutes = "0"] = /([+-])(\d+):(\d+)/.exec(name) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

test("posix-time-zone tells the true time on every day of the year, in every zone with a yearly rule", () => {
  for (const zone of Intl.supportedValuesOf("timeZone")) {
    if (zoneRule(zone, at)?.irregular) continue;
    const rule = posixZone(zone, at)?.rule ?? "";
    assert.ok(rule.length <= 64, `${zone}: the phone takes 64 characters`);
    for (let day = 0; day < 365; day += 4) {
      const moment = Date.UTC(2026, 0, 1 + day, 12);
      assert.equal(posixOffset(rule, moment), trueOffset(zone, moment), `${zone} ${rule} day ${day}`);
    }
  }
});

test("fanvil-time-zone and htek-time-zone know every zone", () => {
  const htek = { "+0": "33", "+60": "49", "-300": "18", "+345": "84" };
  for (const zone of Intl.supportedValuesOf("timeZone")) {
    const fanvil = parts(encode("fanvil-time-zone", { "time.zone": zone }, { offset: "o", zone: "z" }));
    assert.equal(Number(fanvil["o"]) * 15, zoneRule(zone, at)?.standard, zone);
    assert.match(fanvil["z"] ?? "", /^UTC([+-]\d+(:\d\d)?)?$/);
    assert.ok(encode("htek-time-zone", { "time.zone": zone }, htek).ok, zone);
  }
  const far = encode("htek-time-zone", { "time.zone": "Asia/Colombo" }, htek);
  assert.ok(far.ok && far.notes?.some((note) => note.includes("15 minutes off")), JSON.stringify(far));
  assert.equal(encode("fanvil-time-zone", { "time.zone": "Moon" }).ok, false);
  assert.equal(encode("htek-time-zone", { "time.zone": "Moon" }, htek).ok, false);
});

test("fanvil-time-zone writes the rule by hand, Sunday as 0 and the last week as 5", () => {
  const words = {
    offset: "TimeZone",
    zone: "TimeZoneName",
    daylight: "EnableDST",
    "end-week": "W",
    "end-hour": "H",
  };
  assert.deepEqual(parts(encode("fanvil-time-zone", { "time.zone": "Europe/Rome" }, words)), {
    TimeZone: "4",
    TimeZoneName: "UTC+1",
    EnableDST: "2",
    W: "5",
    H: "3",
  });
});

const plans: [neutral: string, grandstream: string][] = [
  ["[2-9]xx", "{ [2-9]xx }"],
  ["0x.T", "{ 0 | 0x+ }"],
  ["xx.", "{ x+ }"],
  ["xxx.", "{ xx+ }"],
  ["<0:+49>x.", "{ <0=+49> | <0=+49>x+ }"],
  ["+x.|*8#", String.raw`{ \+ | \+x+ | *8# }`],
  ["1[0-5].2", "{ 12 | 1[0-5]+2 }"],
];
for (const [neutral, expected] of plans)
  test(`grandstream-dial-plan writes ${neutral} as ${expected}`, () => {
    assert.equal(parts(encode("grandstream-dial-plan", { dialPlan: neutral }))[""], expected);
    assert.equal(
      parts(encode("grandstream-dial-plan", { dialPlan: "9", "line.dialPlan": neutral }))[""],
      expected,
    );
  });

test("grandstream-dial-plan accepts the numbers that the neutral plan accepts", () => {
  const element = fc.constantFrom("1", "2", "x", "[3-5]", "x.", "1.", "[3-5].");
  const digits = fc.string({ unit: fc.constantFrom("1", "2", "3", "4", "9"), minLength: 1, maxLength: 6 });
  const plan = fc.array(element, { minLength: 1, maxLength: 5 }).map((all) => all.join(""));
  const asRegex = (text: string) => new RegExp(`^(?:${text})$`);
  fc.assert(
    fc.property(plan, digits, (neutral, number) => {
      const written = parts(encode("grandstream-dial-plan", { dialPlan: neutral }))[""] ?? "";
      const theirs = written.slice(2, -2).replaceAll("x", "[0-9]").replaceAll(" | ", "|");
      const ours = neutral.replaceAll(".", "*").replaceAll("x", "[0-9]");
      assert.equal(
        asRegex(theirs).test(number),
        asRegex(ours).test(number),
        `${neutral} → ${written} ${number}`,
      );
    }),
    { numRuns: 5000 },
  );
});

test("grandstream-dial-plan refuses what is no plan, and tells of waiting", () => {
  assert.equal(encode("grandstream-dial-plan", { dialPlan: "12a" }).ok, false);
  const waits = encode("grandstream-dial-plan", { dialPlan: "xT" });
  assert.ok(waits.ok && waits.notes?.length === 1);
});

test("codec-slot repeats the last codec, or frees the place by the list's own word", () => {
  const slot = (n: number, words: Record<string, string>) =>
    parts(encode(`codec-slot-${n}`, { "line.codecs": ["pcma", "g722", "opus"] }, words))[""];
  const words = { pcma: "8", g722: "9", opus: "123" };
  assert.deepEqual(
    [1, 2, 3, 8].map((n) => slot(n, words)),
    ["8", "9", "9", "9"],
  );
  assert.equal(slot(3, { ...words, "@free": "" }), "");
  assert.equal(encode("codec-slot-1", { "line.codecs": ["g729"] }, words).ok, false);
});

test("paths come without scheme and closing slash, and the protocol by the scheme", () => {
  const words = { path: "P237", protocol: "P212", https: "2", http: "1" };
  const from = (url: string) => encode("provisioning-path", { "provisioning.url": url }, words);
  assert.deepEqual(parts(from("https://h.example.net:8443/t/")), { P212: "2", P237: "h.example.net:8443/t" });
  assert.deepEqual(parts(from("HTTP://h.example.net")), { P212: "1", P237: "h.example.net" });
  assert.equal(from("ftp://h.example.net/").ok, false);
  assert.equal(from("h.example.net/t").ok, false);
  const file = (url: string) =>
    parts(encode("provisioning-file", { "provisioning.url": url }, { https: "5" }));
  assert.deepEqual(file("https://h:8443/t/0c383e000001.cfg"), {
    server: "h:8443",
    file: "t/0c383e000001.cfg",
    protocol: "5",
  });
  assert.equal(file("https://h:8443/t/")["file"], "t/$mac.cfg");
});

test("repoll-hours takes full hours and refuses what is no time", () => {
  const hours = (from: string, to?: string) =>
    encode("repoll-hours", { "provisioning.repollWindow.from": from, "provisioning.repollWindow.to": to });
  assert.deepEqual(parts(hours("02:30", "4:00")), { from: "2", to: "4" });
  assert.deepEqual(parts(hours("23:00")), { from: "23" });
  for (const bad of ["24:00", "two", "2"]) assert.equal(hours(bad).ok, false, bad);
});

const key = (position: number, more: object = {}) => ({
  position,
  type: "blf",
  value: "10",
  label: "L",
  ...more,
});

test("numbered-keys counts in runs, clears what is free, and tells what has no place", () => {
  const words = {
    none: "0",
    blf: "1",
    "line:blf": "11",
    "@line.type": "100+2*2",
    "@key.type": "300+1*1 900+5",
    "@key.label": "301+1*1 901+5",
    "@key.account": "302+1*1 902+5",
    "label:length": "3",
  };
  const model = { ...plainModel, keys: 4, keyBanks: [{ name: "line", keys: 2 }] };
  const keys = [
    key(2),
    key(3, { line: 2 }),
    key(4, { label: "long" }),
    key(5),
    key(1, { module: 1 }),
    key(1, { type: "login" }),
  ];
  const encoded = encode("numbered-keys", { keys }, words, model);
  assert.deepEqual(parts(encoded), {
    P100: "0",
    P102: "11",
    P300: "1",
    P302: "1",
    P301: "L",
    P900: "1",
    P902: "0",
    P901: "",
  });
  assert.ok(encoded.ok);
  assert.match(encoded.notes?.join("\n") ?? "", /position 5 is left out/);
  assert.match(encoded.notes?.join("\n") ?? "", /key 1 of module 1 is left out/);
  assert.match(encoded.notes?.join("\n") ?? "", /no key for login/);
  assert.match(encoded.notes?.join("\n") ?? "", /label of key 4 has more than 3/);
});

test("numbered-keys counts keys of modules through, under names as well", () => {
  const modules = { kinds: ["M"], most: 2, keys: 3 };
  const words = {
    none: "None",
    blf: "BLF",
    "@module.type": "pks.ext.<n>.keyMode",
    "@module.account": "a.<n>",
    "module:account": "Account<n>",
  };
  const found = parts(
    encode("numbered-keys", { keys: [key(2, { module: 2, line: 3 })] }, words, { ...plainModel, modules }),
  );
  assert.deepEqual(found, {
    "pks.ext.4.keyMode": "None",
    "a.4": "Account1",
    "pks.ext.5.keyMode": "BLF",
    "a.5": "Account3",
    "pks.ext.6.keyMode": "None",
    "a.6": "Account1",
  });
});

const fanvilTypes: [more: object, type: string, value: string][] = [
  [{ type: "line", line: 2 }, "2", "SIP2"],
  [{ type: "blf" }, "1", "10@1/ba*810"],
  [{ type: "blf", pickupCode: "**", line: 3 }, "1", "10@3/ba**10"],
  [{ type: "speed-dial" }, "1", "10@1/f"],
  [{ type: "park" }, "1", "10@1/c"],
  [{ type: "group-pickup", value: undefined }, "1", "*9@1/f"],
  [{ type: "dtmf" }, "4", "10"],
  [{ type: "dnd" }, "3", "F_DND"],
  [{ type: "prefix" }, "3", "F_PREFIX:10"],
  [{ type: "url", value: "http://a/" }, "7", "http://a/"],
  [{ type: "none" }, "0", ""],
  [{ type: "conference" }, "0", ""],
];
for (const [more, type, value] of fanvilTypes)
  test(`fanvil-keys writes ${JSON.stringify(more)} as ${type} ${value}`, () => {
    const settings = { keys: [key(4, more)], "pickup.direct": "*8", "pickup.group": "*9" };
    const words = { internal: "i[<page>]/<key>/", dssSide: "s[<page>]/<key>/", "internal-pages": "pages" };
    const keyBanks = [
      { name: "dssSide1", keys: 2 },
      { name: "internal1", keys: 1 },
      { name: "internal2", keys: 1 },
    ];
    const found = parts(encode("fanvil-keys", settings, words, { ...plainModel, keyBanks }));
    assert.equal(found["pages"], "2");
    assert.equal(found["s[1]/2/Type"], "0");
    assert.equal(found["i[2]/1/Type"], type);
    assert.equal(found["i[2]/1/Value"], value);
  });

const hostile = [
  "",
  "a",
  " b ",
  "<x>&\"'",
  "&amp;",
  "]]>",
  "ä\u{1f4de}",
  "a".repeat(300),
  "a\nb",
  "\u0000",
  "\ud800",
];

for (const [name, options, base] of [
  ["p-values", { root: "hl_provision", config: "1" }, "P27"],
  ["p-values", { root: "gs_provision", config: "2" }, "account.1.name"],
  ["fanvil-xml", { dialect: "module" }, "SIP_CONFIG_MODULE/SIP_Line_List[SIP1]/Display_Name"],
] as const)
  test(`${name} ${JSON.stringify(options)}: any text comes back as it was or is refused`, () => {
    const syntax = findSyntax(name);
    assert.ok(syntax);
    const text = fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: "binary", maxLength: 30 }));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), (values) => {
        const pairs = values.map((value, index) => ({ key: `${base}${index}`, value }));
        const written = syntax.write(pairs, options);
        const refused = new Set(written.refused.map(({ index }) => index));
        const read = syntax.read(written.body, options);
        assert.ok(read.ok, JSON.stringify(read));
        assert.deepEqual(
          read.value,
          pairs.filter((_, index) => !refused.has(index)),
        );
      }),
      { numRuns: 2000 },
    );
  });

test("p-values: another parser finds names and values; the other config version is refused", () => {
  const syntax = findSyntax("p-values");
  const pairs = [
    { key: "account.1.name", value: '<&> "ü"' },
    { key: "a.b", value: "" },
  ];
  const options = { root: "gs_provision", config: "2" };
  const body = syntax?.write(pairs, options).body ?? "";
  const parsed: unknown = new XMLParser({ ignoreAttributes: false }).parse(body);
  assert.deepEqual(parsed, {
    "?xml": { "@_version": "1.0", "@_encoding": "UTF-8" },
    gs_provision: {
      "@_version": "1",
      config: {
        "@_version": "2",
        item: [{ "@_name": "account.1.name", "#text": '<&> "ü"' }, { "@_name": "a.b" }],
      },
    },
  });
  assert.equal(syntax?.read(body, { root: "gs_provision", config: "1" }).ok, false);
  assert.equal(syntax?.read(body, { root: "hl_provision", config: "2" }).ok, false);
  const withMac = body.replace("<config", "<mac>000b82000001</mac><config");
  assert.deepEqual(syntax?.read(withMac, options), { ok: true, value: pairs });
});

test("fanvil-xml: another parser finds the paths of both dialects", () => {
  const syntax = findSyntax("fanvil-xml");
  const xml = new XMLParser({ ignoreAttributes: false, parseTagValue: false });
  const paths = [
    { key: "sip/line[1]/PhoneNumber", value: "01" },
    { key: "sip/line[2]/PhoneNumber", value: "<2>" },
    { key: "sip/SIPPort", value: "5060" },
  ];
  const sysConf: unknown = xml.parse(syntax?.write(paths, { dialect: "sysConf" }).body ?? "");
  assert.deepEqual((sysConf as { sysConf: unknown }).sysConf, {
    Version: "2.0000000000",
    sip: {
      line: [
        { "@_index": "1", PhoneNumber: "01" },
        { "@_index": "2", PhoneNumber: "<2>" },
      ],
      SIPPort: "5060",
    },
  });
  const modules = [
    { key: "A_MODULE/List[L1]/Name", value: "1" },
    { key: "A_MODULE/List[L2]/Name", value: "2" },
  ];
  const module: unknown = xml.parse(syntax?.write(modules, { dialect: "module" }).body ?? "");
  assert.deepEqual((module as { VOIP_CONFIG_FILE: unknown }).VOIP_CONFIG_FILE, {
    version: "2.0002",
    A_MODULE: {
      List: {
        List_Entry: [
          { ID: "L1", Name: "1" },
          { ID: "L2", Name: "2" },
        ],
      },
    },
  });
});

test("fanvil-text: a reader of lines finds the value behind the first colon", () => {
  const pairs = [
    { key: "SIP CONFIG MODULE/SIP Line List/SIP1 Display Name", value: "a: b <c> --d--" },
    { key: "SIP CONFIG MODULE/STUN Server", value: "" },
  ];
  const body = findSyntax("fanvil-text")?.write(pairs, {}).body ?? "";
  const lines = body.split("\n");
  assert.equal(lines[0], `<<VOIP CONFIG FILE>>Version:2.0000000000${" ".repeat(22)}`);
  assert.equal(lines.at(-2), "<<END OF FILE>>");
  const found = lines.slice(1, -2).flatMap((line) => {
    const colon = line.indexOf(":");
    return colon === -1 || line.startsWith("--")
      ? []
      : [[line.slice(0, colon).trim(), line.slice(colon + 1)]];
  });
  assert.deepEqual(found, [
    ["STUN Server", ""],
    ["SIP1 Display Name", "a: b <c> --d--"],
  ]);
});
