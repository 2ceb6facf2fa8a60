import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device } from "../../../protocol/device.ts";
import type { LineSettings, PhoneSettings } from "../../../protocol/phone-settings.ts";
import { lintPhones } from "../../../provisioning-server/inventory/lint.ts";
import type { LintPhone } from "../../../provisioning-server/inventory/lint-phone.ts";
import { readProfiles } from "../../../provisioning-server/profiles/load-profiles.ts";
import { findModel, type ModelProfile } from "../../../provisioning-server/profiles/profiles.ts";

const { families } = await readProfiles(new URL("../../../firmware-profiles", import.meta.url).pathname);
const t46u = findModel({ families }, "yealink", "T46U");
assert.ok(t46u);
/** A screen that shows ten characters. */
const profile: ModelProfile = {
  ...t46u,
  about: { ...t46u.about, screen: { width: 1, height: 1, colour: true, labelLength: 10 } },
};

const good: PhoneSettings = { access: { adminPassword: "a9-made-up", userPassword: "u9-made-up" } };

let count = 0;
function phone(
  settings: PhoneSettings = {},
  lines: LineSettings[] = [],
  about: Partial<LintPhone> & { site?: never; siteId?: string; revision?: number } = {},
): LintPhone {
  count += 1;
  const { siteId = "hq", revision = 1, ...rest } = about;
  const device: Device = {
    mac: `805ec00000${String(count).padStart(2, "0")}`,
    vendor: "yealink",
    model: "T46U",
    site: siteId,
    state: "steady",
    lines: lines.map((line, index) => ({ index: index + 1, settings: line })),
    settings: { ...good, ...settings },
    raw: {},
    tokenGeneration: 1,
    revision,
  };
  return { device, profile, notes: [], ...rest };
}
const told = (...phones: LintPhone[]) =>
  lintPhones(phones).map(({ rule, setting, why, remedy }) => {
    assert.ok(remedy.length > 10 && remedy.endsWith("."), remedy);
    return `${rule} ${setting}: ${why}`;
  });
const line = (user: string, more: LineSettings = {}): LineSettings => ({
  user,
  server: { host: "pbx.example" },
  ...more,
});

test("lintPhones() says nothing of a phone that is well set", () => {
  assert.deepEqual(told(phone({}, [line("201")]), phone({}, [line("202")])), []);
});

test("lintPhones() tells labels longer than the screen, counted as people do", () => {
  const keys = [
    { position: 1, type: "blf", label: "0123456789" },
    { position: 2, type: "blf", label: "01234567890" },
    { position: 3, type: "blf", label: "👩‍👩‍👧".repeat(10) },
    { position: 4, module: 1, type: "blf", label: "Reception desk" },
  ] as const;
  assert.deepEqual(told(phone({ keys: [...keys] }, [line("201", { label: "Reception desk" })])), [
    "label-too-long line1.label: “Reception desk” has 14 characters, and the screen of a T46U shows 10",
    "label-too-long keys (position 2): “01234567890” has 11 characters, and the screen of a T46U shows 10",
    "label-too-long keys (module 1, position 4): “Reception desk” has 14 characters, and the screen of a T46U shows 10",
  ]);
});

test("lintPhones() tells two phones with one extension, unless all share it", () => {
  const [one, two] = [phone({}, [line("201")]), phone({}, [line("300"), line("201")])];
  assert.deepEqual(told(one, two), [
    `extension-twice line1.user: 201@pbx.example is on ${two.device.mac} as well, and not shared on all of them`,
    `extension-twice line2.user: 201@pbx.example is on ${one.device.mac} as well, and not shared on all of them`,
  ]);
  assert.equal(told(phone({}, [line("201", { shared: true })]), phone({}, [line("201")])).length, 2);
  const both = [phone({}, [line("201", { shared: true })]), phone({}, [line("201", { shared: true })])];
  assert.deepEqual(told(...both), []);
  const other = line("201", { server: { host: "other.example" } });
  assert.deepEqual(told(phone({}, [line("201")]), phone({}, [other])), []);
  assert.deepEqual(told(phone({}, [line("201")]), phone({}, [line("201", { enabled: false })])), []);
});

test("lintPhones() tells codec lists of one site that cannot meet", () => {
  const [one, two] = [
    phone({}, [line("1", { codecs: ["g729"] })]),
    phone({}, [line("2", { codecs: ["g722"] })]),
  ];
  assert.deepEqual(told(one, two), [
    `codecs-apart line1.codecs: two phones of one site have no codec in common: g729 here, g722 on ${two.device.mac}`,
    `codecs-apart line1.codecs: two phones of one site have no codec in common: g722 here, g729 on ${one.device.mac}`,
  ]);
  const away = phone({}, [line("3", { codecs: ["g722"] })], { siteId: "away" });
  away.device.settings.access = { adminPassword: "away-made-up" };
  assert.deepEqual(told(phone({}, [line("1", { codecs: ["g729"] })]), away), []);
  // What the model has not does not count.
  assert.equal(told(phone({}, [line("1", { codecs: ["g7221"] })]), phone({}, [line("2")])).length, 2);
});

const passwords: [what: string, phones: () => LintPhone[], why: RegExp][] = [
  ["none", () => [phone({ access: {} })], /no administrator's password is set/],
  ["a maker's", () => [phone({ access: { adminPassword: "Admin" } })], /everybody tries first/],
  ["a short one", () => [phone({ access: { adminPassword: "x7f" } })], /fewer than 6/],
  [
    "the user's",
    () => [phone({ access: { adminPassword: "made-up-1", userPassword: "made-up-1" } })],
    /user's password is the administrator's/,
  ],
  [
    "a SIP password",
    () => [phone({ access: { adminPassword: "made-up-2" } }, [line("201", { password: "made-up-2" })])],
    /SIP password/,
  ],
  [
    "the extension",
    () => [phone({ access: { adminPassword: "2012012" } }, [line("2012012")])],
    /is the extension/,
  ],
  ["two sites' one", () => [phone(), phone({}, [], { siteId: "away" })], /2 sites have the same/],
];
for (const [what, phones, why] of passwords)
  test(`lintPhones() tells ${what} as administrator's password, and never the password`, () => {
    const all = lintPhones(phones());
    assert.match(all[0]?.why ?? "", why);
    assert.equal(all[0]?.rule, "admin-password");
    assert.doesNotMatch(JSON.stringify(all), /made-up|x7f|"Admin"/);
  });

test("lintPhones() tells a phone without a time server", () => {
  assert.match(told(phone({ time: { ntp: [] } }))[0] ?? "", /^no-time time\.ntp: no time server/);
});

test("lintPhones() tells TLS without a root, of each account that speaks it", () => {
  const tls = line("201", { server: { host: "pbx.example", transport: "tls" } });
  assert.deepEqual(told(phone({}, [line("200"), tls])), [
    "tls-without-root line2.server.transport: the phone speaks TLS with pbx.example, and provisioning.caUrl gives it no root certificate to trust",
  ]);
  assert.deepEqual(told(phone({ provisioning: { caUrl: "http://x.example/ca.pem" } }, [tls])), []);
});

test("lintPhones() tells what rendering said of a setting", () => {
  const notes = [
    { kind: "lacking", setting: "screen.logoUrl", sentence: "no picture" },
    { kind: "refused", setting: "line.label", line: 2, sentence: "too long" },
    { kind: "coarser", setting: "time.zone", sentence: "time.zone: roughly" },
    // Of another of its files.
    { kind: "coarser", setting: "time.zone", sentence: "time.zone: roughly" },
  ] as const;
  assert.deepEqual(told(phone({}, [], { notes })), [
    "not-on-model screen.logoUrl: no picture",
    "refused line2.label: too long",
    "coarser time.zone: roughly",
  ]);
});

test("lintPhones() tells a change that restarts the phone, while it has not fetched it", () => {
  const settings: PhoneSettings = { network: { vlan: { id: 20 } }, language: "de" };
  const changed = phone(settings, [], { revision: 3, fetchedRevision: 2 });
  assert.deepEqual(told(changed), [
    "reboots network.vlan.id: the phone has not fetched its last change; if network.vlan.id is part of it, a T46U restarts",
  ]);
  assert.deepEqual(told(phone(settings, [], { revision: 3, fetchedRevision: 3 })), []);
  assert.deepEqual(told(phone(settings, [], { revision: 3 })), []);
});

test("lintPhones() tells a model that no profile has", () => {
  const { profile: _, ...unknown } = phone();
  assert.match(told(unknown)[0] ?? "", /^no-profile model: no profile describes yealink T46U/);
});
