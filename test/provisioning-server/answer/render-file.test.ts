import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device } from "../../../protocol/device.ts";
import type { PhoneSettings } from "../../../protocol/phone-settings.ts";
import type { Site } from "../../../protocol/site.ts";
import { previewFiles } from "../../../provisioning-server/answer/preview-files.ts";
import { renderFile } from "../../../provisioning-server/answer/render-file.ts";
import { loadProfiles } from "../../../provisioning-server/profiles/load-profiles.ts";
import { findModel } from "../../../provisioning-server/profiles/profiles.ts";

const profiles = await loadProfiles(new URL("../../../firmware-profiles", import.meta.url).pathname);
const context = {
  baseUrl: "https://phones.example.net",
  serverKey: new Uint8Array(32),
  at: Date.UTC(2026, 5, 1),
};

function render(settings: PhoneSettings, change: Partial<Device> = {}) {
  const device: Device = {
    mac: "805ec0000001",
    vendor: "yealink",
    model: "T31P",
    site: "hq",
    state: "expected",
    tokenGeneration: 1,
    revision: 1,
    lines: [{ index: 1, settings: { user: "1001", password: "made-up" } }],
    settings,
    raw: {},
    ...change,
  };
  const file = previewFiles(profiles, device, undefined, context).find(({ fileId }) => fileId === "mac");
  assert.ok(file);
  return { ...file, text: Buffer.from(file.body).toString() };
}
const sentences = (file: ReturnType<typeof render>) => file.notes.map(({ sentence }) => sentence);

test("renderFile() tells what a model has no room for, and leaves it out", () => {
  const file = render(
    {
      keys: [
        { position: 3, type: "blf", value: "1" },
        { position: 1, module: 1, type: "blf", value: "1" },
      ],
    },
    { lines: [{ index: 3, settings: { user: "1003" } }] },
  );
  assert.deepEqual(sentences(file), [
    "T31P has 2 accounts: account 3 is left out",
    "T31P has 2 keys: the one on position 3 is left out",
    "T31P takes no expansion module: key 1 of module 1 is left out",
  ]);
  assert.ok(!file.text.includes("account.3"));
});

test("renderFile() tells a setting for which this model or its firmware has no key, though its family has one", () => {
  const own = findModel(profiles, "yealink", "T54W");
  const file = own?.family.vendor.files.find(({ id }) => id === "mac");
  assert.ok(own && file);
  const model = { ...own, about: { ...own.about, capabilities: [] } };
  const site: Site = {
    id: "hq",
    tenant: "a",
    name: "HQ",
    networks: [],
    settings: { screen: { logoUrl: "https://x.example/logo.png" } },
  };
  const device: Device = {
    mac: "805ec0000001",
    vendor: "yealink",
    model: "T54W",
    site: "hq",
    state: "steady",
    lines: [],
    settings: {},
    raw: {},
    tokenGeneration: 1,
    revision: 1,
  };
  const note = (firmware?: string) =>
    renderFile({ model, file, context, device, site, ...(firmware === undefined ? {} : { firmware }) }).notes;
  const sentence = "screen.logoUrl: T54W has no key for it that we know";
  assert.deepEqual(note(), [{ kind: "lacking", setting: "screen.logoUrl", sentence }]);
  assert.match(note("96.86.0.45")[0]?.sentence ?? "", /T54W with firmware 96\.86\.0\.45 has no key for it/);
});

test("renderFile() tells settings that the family has no key for, with the reason", () => {
  assert.deepEqual(sentences(render({ firmware: { version: "124.86.0.75" } })), [
    "firmware.version: Yealink has no key for a version: the phone reads it inside the image, so set firmware.url.",
  ]);
});

test("renderFile() refuses a value with setting, limit and value, and never shows a secret one", () => {
  const file = render(
    { language: "xx", qualityReports: { interval: 300 } },
    {
      lines: [{ index: 1, settings: { label: "a\nstatic.x = 1", password: "made\nup" } }],
    },
  );
  const told = sentences(file);
  for (const wanted of [
    /^language: Yealink takes one of en, de.*, not xx$/,
    /^qualityReports\.interval: Yealink takes a number from 5 to 20, not 300$/,
    /^line\.label \(account\.1\.label\): Yealink takes one line of text.*, not "a\\nstatic/,
    /^line\.password \(account\.1\.password\): Yealink takes one line of text without control characters$/,
  ])
    assert.ok(
      told.some((sentence) => wanted.test(sentence)),
      `${wanted} in ${told.join("\n")}`,
    );
  assert.ok(!JSON.stringify(file.notes).includes("made"));
  assert.ok(!file.text.includes("static.x"));
});

test("renderFile() writes raw keys last and in place of the mapped ones, and says what they pushed out", () => {
  const file = render({}, { raw: { "account.1.ptime": "30", "some.key": "1" } });
  assert.equal(file.text.match(/account\.1\.ptime/g)?.length, 1);
  assert.match(file.text, /account\.1\.ptime = 30\nsome\.key = 1\n$/);
  assert.deepEqual(
    file.provenance.find(({ key }) => key === "account.1.ptime"),
    {
      key: "account.1.ptime",
      line: file.text.split("\n").indexOf("account.1.ptime = 30") + 1,
      setting: "raw",
      layer: "device",
      losers: [{ layer: "default", value: "20" }],
    },
  );
});

test("renderFile() is deterministic: same input, same bytes", () => {
  assert.equal(
    render({ time: { zone: "Europe/Berlin" } }).text,
    render({ time: { zone: "Europe/Berlin" } }).text,
  );
});
