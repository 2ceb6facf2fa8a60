// Loops over every family: what a person typed reaches the phone as it is, or is refused with a sentence. A new family
// needs no new test.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device } from "../../protocol/device.ts";
import type { LineSettings, PhoneSettings } from "../../protocol/phone-settings.ts";
import { identify } from "../../provisioning-server/answer/identify.ts";
import { previewFiles } from "../../provisioning-server/answer/preview-files.ts";
import type { RenderedFile } from "../../provisioning-server/answer/render-file.ts";
import { loadExamples } from "../../provisioning-server/profiles/load-examples.ts";
import { loadProfiles } from "../../provisioning-server/profiles/load-profiles.ts";
import { findModel, type Family, type ModelProfile } from "../../provisioning-server/profiles/profiles.ts";
import { findSyntax, syntaxes } from "../../provisioning-server/profiles/syntax/list.ts";
import type { Pair } from "../../provisioning-server/profiles/syntax/syntax.ts";
import { hostileValues } from "./hostile-values.ts";

const folder = new URL("../../firmware-profiles", import.meta.url).pathname;
const before = performance.now();
const profiles = await loadProfiles(folder);
const loadMs = performance.now() - before;
const examples = await loadExamples(folder);
const context = { baseUrl: "https://phones.example.net:8443", serverKey: new Uint8Array(32), at: 0 };
const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);

const modelsOf = (family: Family): ModelProfile[] => [...new Set(family.models.values())];

function deviceOf(model: ModelProfile, change: Partial<Device> = {}): Device {
  const { macPrefixes, agents: _ } = model.family.vendor.identify;
  return {
    mac: `${(macPrefixes[0] ?? "02").padEnd(11, "0")}1`,
    vendor: model.family.vendor.vendor,
    model: model.about.model,
    site: "hq",
    state: "steady",
    lines: [],
    settings: {},
    raw: {},
    tokenGeneration: 1,
    revision: 1,
    ...change,
  };
}

/** The pairs of a file as its strict reader sees them. */
function readBack(family: Family, file: RenderedFile): readonly Pair[] {
  const { syntax: own } = family.vendor.files.find(({ id }) => id === file.fileId) ?? {};
  const choice = own ?? family.vendor.syntax;
  const read = findSyntax(choice.name)?.read(Buffer.from(file.body).toString("utf8"), choice.options ?? {});
  assert.ok(read?.ok, `${family.id} ${file.name}: ${JSON.stringify(read)} (seed ${seed})`);
  const keys = (pairs: readonly { readonly key: string }[]) => pairs.map(({ key }) => key).toSorted();
  // Nothing more and nothing less than what we meant to write: no value adds a key.
  assert.deepEqual(keys(read.value), keys(file.provenance), `${family.id} ${file.name} (seed ${seed})`);
  return read.value;
}

/** A place for a person's text: how to put it in, and how notes name it. */
interface Slot {
  readonly setting: string;
  readonly line?: number;
  put(device: Device, text: string): void;
}

const phoneSlots: [setting: string, build: (text: string) => PhoneSettings][] = [
  ["access.adminPassword", (text) => ({ access: { adminPassword: text } })],
  ["syslog.server", (text) => ({ syslog: { server: text } })],
  ["ldap.host", (text) => ({ ldap: { host: text } })],
  ["ldap.base", (text) => ({ ldap: { base: text } })],
  ["ldap.password", (text) => ({ ldap: { password: text } })],
  ["ldap.nameFilter", (text) => ({ ldap: { nameFilter: text } })],
  ["network.dot1x.identity", (text) => ({ network: { dot1x: { mode: "eap-md5", identity: text } } })],
  ["forwarding.always", (text) => ({ forwarding: { always: text } })],
  ["pickup.direct", (text) => ({ pickup: { direct: text } })],
  ["screen.logoUrl", (text) => ({ screen: { logoUrl: text } })],
  ["nat.stun.host", (text) => ({ nat: { stun: { host: text } } })],
  ["actionUrls.boot", (text) => ({ actionUrls: { boot: text } })],
];

const lineSlots: [setting: string, build: (text: string) => LineSettings][] = [
  ["line.label", (text) => ({ label: text })],
  ["line.displayName", (text) => ({ displayName: text })],
  ["line.user", (text) => ({ user: text })],
  ["line.authUser", (text) => ({ authUser: text })],
  ["line.password", (text) => ({ password: text })],
  ["line.outboundProxy.host", (text) => ({ outboundProxy: { host: text } })],
  ["line.voicemail.number", (text) => ({ voicemail: { number: text } })],
];

function merge<T extends object>(into: T, from: object): void {
  for (const [name, value] of Object.entries(from)) {
    const here: unknown = Reflect.get(into, name);
    if (typeof value === "object" && value !== null && typeof here === "object" && here !== null)
      merge(here, value as object);
    else Reflect.set(into, name, value);
  }
}

function slotsOf({ about }: ModelProfile): Slot[] {
  const lines = Math.min(about.lines, 6);
  const ofLines = Array.from({ length: lines }, (_, index) =>
    lineSlots.map(([setting, build]): Slot => ({
      setting,
      line: index + 1,
      put: (device, text) => merge(device.lines[index]?.settings ?? {}, build(text)),
    })),
  );
  const ofPhone = phoneSlots.map(([setting, build]): Slot => ({
    setting,
    put: (device, text) => merge(device.settings, build(text)),
  }));
  const keys = Array.from({ length: Math.min(about.keys, 20) }, (_, index): Slot => ({
    setting: "key.label",
    put: (device, text) => {
      device.settings.keys ??= [];
      device.settings.keys.push({ position: index + 1, type: "blf", line: 1, value: "300", label: text });
    },
  }));
  return [...ofLines.flat(), ...ofPhone, ...keys];
}

/** A phone with every slot filled. */
function filled(model: ModelProfile, slots: readonly Slot[], textOf: (slot: number) => string): Device {
  const lines = Array.from({ length: Math.min(model.about.lines, 6) }, (_, index) => ({
    index: index + 1,
    settings: { user: `20${index}`, password: "made-up", server: { host: "pbx.example.net" } },
  }));
  const device = deviceOf(model, { lines, settings: {} });
  for (const [index, slot] of slots.entries()) slot.put(device, textOf(index));
  return device;
}

/** What each file reads back: its keys with their values. */
function valuesByKey(family: Family, files: readonly RenderedFile[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const file of files)
    for (const { key, value } of readBack(family, file)) {
      const name = `${file.fileId} ${key}`;
      values.set(name, [...(values.get(name) ?? []), value]);
    }
  return values;
}

/** The family's model with most room that an example shows, or with most room at all. */
function roomiest(family: Family): ModelProfile | undefined {
  const shown = examples.flatMap(({ inventory: { device } }) => {
    const model = findModel(profiles, device.vendor, device.model);
    return model?.family === family ? [model] : [];
  });
  const room = ({ about }: ModelProfile) => Math.min(about.lines, 6) * 10 + Math.min(about.keys, 20);
  const candidates = shown.length > 0 ? shown : modelsOf(family);
  return candidates.toSorted((a, b) => room(b) - room(a))[0];
}

for (const family of profiles.families) {
  test(`${family.id}: each of 5,000 hostile values comes back as it was, or is refused with setting, limit and value`, (t) => {
    const model = roomiest(family);
    assert.ok(model);
    const slots = slotsOf(model);
    const benign = (slot: number) => `4${String(slot).padStart(3, "0")}7`;
    const plain = valuesByKey(
      family,
      previewFiles(profiles, filled(model, slots, benign), undefined, context),
    );
    const names = [...plain];
    // Keys that carry a slot's text as it is, perhaps in quotes; what else becomes of it (in addresses, say) is the
    // encodings' own affair.
    const carriers = slots.map((_, slot) =>
      names.flatMap(([name, [value, ...more]]) => {
        const quote = value === `"${benign(slot)}"` ? '"' : "";
        return more.length === 0 && value === quote + benign(slot) + quote ? [{ name, quote }] : [];
      }),
    );
    const used = slots.flatMap((_, slot) => ((carriers[slot]?.length ?? 0) > 0 ? [slot] : []));
    assert.ok(used.length >= 4, `only ${used.length} slots are written as they are`);
    const values = hostileValues(5000, seed);
    let [carried, refused] = [0, 0];
    for (let from = 0; from < values.length; from += used.length) {
      const textOf = (slot: number) => {
        const place = used.indexOf(slot);
        return place < 0 ? benign(slot) : (values[from + place] ?? benign(slot));
      };
      const files = previewFiles(profiles, filled(model, slots, textOf), undefined, context);
      const read = valuesByKey(family, files);
      const everything = new Set([...read.values()].flat());
      const notes = files.flatMap((file) => file.notes);
      for (const slot of used)
        for (const { name, quote } of carriers[slot] ?? []) {
          const { setting, line } = slots[slot] ?? { setting: "" };
          const text = textOf(slot);
          const found = read.get(name);
          // An encoding that gathers accounts (servers of a DECT base) may put it under another number.
          if (found?.includes(quote + text + quote) === true || everything.has(quote + text + quote)) {
            carried += 1;
            continue;
          }
          const note = notes.find((one) => {
            const isKeys = setting.startsWith("key.") && one.setting === "keys";
            if (one.kind !== "refused" && !(one.kind === "coarser" && isKeys)) return false;
            const isGathered = line !== undefined && one.line === line && one.setting.startsWith("line.");
            if (one.setting !== setting && !isKeys && !isGathered) return false;
            return one.line === undefined || one.line === line;
          });
          const about = `${family.id} ${name} ${setting} ${JSON.stringify(text)} (seed ${seed})`;
          assert.ok(note, `${about}: neither carried nor refused, but ${JSON.stringify(found)}`);
          assert.match(note.sentence, note.kind === "refused" ? /: .+ takes .{6}/s : /keys: .{10}/s, about);
          assert.ok(note.sentence.startsWith(note.setting), note.sentence);
          refused += 1;
        }
    }
    assert.ok(carried > 500 && refused > 100, `${carried} carried, ${refused} refused`);
    t.diagnostic(`${carried} carried, ${refused} refused (seed ${seed})`);
  });

  test(`${family.id}: every model renders, bare and with all it has room for, and says nothing odd`, () => {
    for (const model of modelsOf(family)) {
      const slots = slotsOf(model);
      for (const device of [deviceOf(model), filled(model, slots, (slot) => `5${slot}`)]) {
        const files = previewFiles(profiles, device, undefined, context);
        assert.ok(files.length > 0, model.about.model);
        for (const file of files) {
          assert.doesNotMatch(Buffer.from(file.body).toString(), /undefined|NaN|\[object/, model.about.model);
          assert.doesNotMatch(file.name, /[{}]/, `${model.about.model} ${file.name}`);
          readBack(family, file);
        }
      }
    }
  });
}

test("every syntax is shown by an example", () => {
  const shown = new Set<string>();
  for (const { family: id } of examples) {
    const family = profiles.families.find((each) => each.id === id);
    for (const file of family?.vendor.files ?? [])
      if (file.carries !== undefined) shown.add((file.syntax ?? family?.vendor.syntax)?.name ?? "");
  }
  assert.deepEqual(
    syntaxes.map(({ name }) => name).filter((name) => !shown.has(name)),
    [],
  );
});

test("figures, for eyes: load, render and identify", (t) => {
  const models = profiles.families.reduce((sum, family) => sum + modelsOf(family).length, 0);
  t.diagnostic(
    `registry of ${profiles.families.length} families, ${models} models read in ${loadMs.toFixed(0)} ms`,
  );
  for (const family of profiles.families) {
    const own = examples.filter((example) => example.family === family.id);
    // Work of this process alone, warm: other tests run at the same time.
    const perMs = (count: number, run: () => void) => {
      for (let round = 0; round < count; round += 1) run();
      const start = process.cpuUsage();
      for (let round = 0; round < count; round += 1) run();
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000 / count;
    };
    const [first] = own;
    if (first === undefined) continue;
    const { device, site } = first.inventory;
    const render = perMs(100, () => void previewFiles(profiles, device, site, context));
    const requests = own.flatMap(({ asked }) => asked.requests);
    const each = perMs(100, () => {
      for (const { path, userAgent, via } of requests)
        identify({ path, via, ...(userAgent === undefined ? {} : { userAgent }) }, profiles);
    });
    const micro = ((each / requests.length) * 1000).toFixed(1);
    t.diagnostic(`${family.id}: all files of a phone ${render.toFixed(2)} ms, an identification ${micro} µs`);
  }
});
