import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadProfiles } from "../../../provisioning-server/profiles/load-profiles.ts";
import { ProfileProblems } from "../../../provisioning-server/profiles/profile-problem.ts";

const good = new URL("../../../firmware-profiles", import.meta.url).pathname;

/** Loads a copy in which some texts were replaced; gives back the problems, a line each. */
async function problemsAfter(...changes: [file: string, from: string, to: string][]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "profiles-"));
  try {
    // Two families are enough to change something in, and are read ten times as fast as all.
    for (const family of ["linphone", "yealink"])
      cpSync(join(good, family), join(folder, family), {
        recursive: true,
        filter: (path) => !path.includes("examples"),
      });
    for (const [file, from, to] of changes) {
      const text = readFileSync(join(folder, file), "utf8");
      assert.ok(text.includes(from), `${file} holds no ${from}`);
      writeFileSync(join(folder, file), text.replace(from, to));
    }
    await loadProfiles(folder);
    return [];
  } catch (error) {
    assert.ok(error instanceof ProfileProblems);
    return error.message.split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("loadProfiles() takes ours", async () => {
  assert.ok((await loadProfiles(good)).families.length > 1);
  assert.deepEqual(await problemsAfter(), []);
});

const bad: [what: string, change: [file: string, from: string, to: string], sentence: RegExp][] = [
  [
    "a path of no setting",
    ["yealink/settings.json", '"line.password"', '"line.pasword"'],
    /account\.\{line\}\.password value: expected the path of a setting, found line\.pasword/,
  ],
  [
    "a word the setting has not",
    ["yealink/settings.json", '"required": "2"', '"compulsory": "2"'],
    /map: expected words of line\.srtp: off, optional, required, found compulsory/,
  ],
  [
    "an unknown encoding",
    ["yealink/settings.json", '"digit-map"', '"digits"'],
    /encoding: expected a name of profiles\/encodings\/list\.ts, found digits/,
  ],
  [
    "a placeholder of another group",
    ["yealink/settings.json", "{bank}.{place}.type", "{bank}.{line}.type"],
    /key: expected placeholders of key, key0, bank, place, found \{line\}/,
  ],
  [
    "an unknown syntax",
    ["linphone/vendor.json", '"lpconfig"', '"lpconf"'],
    /linphone\/vendor\.json \/syntax: expected a name of profiles\/syntax\/list\.ts, found lpconf/,
  ],
  [
    "an agent that is not of its shape",
    ["linphone/vendor.json", '"example": "Linphonec/5.1.65"', '"example": "Linphone 5"'],
    /expected an agent of shape Linphonec\/\{firmware\}, found Linphone 5/,
  ],
  ["an unknown key", ["yealink/models/t46u.json", '"lines"', '"linez"'], /yealink\/models\/t46u\.json/],
  ["broken JSON", ["yealink/models/t46u.json", "{", "{,"], /yealink\/models\/t46u\.json \/: expected JSON/],
  [
    "a name used twice",
    ["yealink/models/t46u.json", '"model": "T46U"', '"model": "T48U"'],
    /expected a name no other model has, found T48U/,
  ],
];
for (const [what, change, sentence] of bad)
  test(`loadProfiles() tells ${what} with file, expected and found`, async () => {
    const problems = await problemsAfter(change);
    assert.ok(
      problems.some((line) => sentence.test(line)),
      problems.join("\n") || "nothing was told",
    );
  });

test("loadProfiles() tells all problems at once", async () => {
  const problems = await problemsAfter(
    ["yealink/models/t46u.json", '"lines"', '"linez"'],
    ["linphone/vendor.json", '"name": "Linphone"', '"name": 5'],
  );
  assert.ok(
    problems.some((line) => line.startsWith("yealink/models/t46u.json")),
    problems.join("\n"),
  );
  assert.ok(
    problems.some((line) => line.startsWith("linphone/vendor.json /name")),
    problems.join("\n"),
  );
});

test("every quirk and every constant has a why", async () => {
  const { families } = await loadProfiles(good);
  for (const { vendor, map, id } of families) {
    assert.ok(vendor.quirks.length > 0, id);
    for (const group of map.groups)
      for (const entry of group.entries)
        if (entry.constant !== undefined) assert.ok(entry.why, JSON.stringify(entry));
  }
});

test("every neutral setting is carried by Yealink's map, or lacked with a reason", async () => {
  const { settingCatalogue } = await import("../../../protocol/phone-settings.ts");
  const { families } = await loadProfiles(good);
  const yealink = families.find(({ id }) => id === "yealink");
  for (const path of settingCatalogue.keys())
    assert.ok(yealink?.carried.has(path) || yealink?.map.lacks?.[path] !== undefined, path);
});
