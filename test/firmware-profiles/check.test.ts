import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { checkProfiles } from "../../provisioning-server/profile-check/check-profiles.ts";

const ours = new URL("../../firmware-profiles", import.meta.url).pathname;

test("offhook profile check finds nothing wrong in ours", async () => {
  const { problems } = await checkProfiles(ours);
  assert.deepEqual(
    problems.map(
      ({ file, path, expected, found }) => `${file} ${path}: expected ${expected}, found ${found}`,
    ),
    [],
  );
});

type Change = (folder: string) => void;

/** A small registry of its own: two families of Linphone's kind, changed as a test wants. */
async function problemsAfter(...changes: Change[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "profiles-"));
  try {
    cpSync(join(ours, "linphone"), join(folder, "linphone"), { recursive: true });
    for (const change of changes) change(folder);
    const { problems } = await checkProfiles(folder);
    return problems.map(
      ({ file, path, expected, found }) => `${file} ${path}: expected ${expected}, found ${found}`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Json {
  // oxlint-disable-next-line typescript/no-explicit-any
  [name: string]: any;
}

const edit =
  (file: string, change: (json: Json) => void): Change =>
  (folder) => {
    const json = JSON.parse(readFileSync(join(folder, file), "utf8")) as Json;
    change(json);
    writeFileSync(join(folder, file), JSON.stringify(json));
  };

const group = (...entries: Json[]) => ({ about: "put in by a test", entries });
const addGroup = (...entries: Json[]) =>
  edit("linphone/settings.json", (map) => map["groups"].push(group(...entries)));

const cases: [what: string, changes: Change[], sentence: RegExp | undefined][] = [
  ["a copy of one family", [], undefined],
  [
    "a key that is used twice",
    [addGroup({ key: "x/y", value: "line.user" }, { key: "x/y", value: "line.label" })],
    /x\/y: expected a key used once, or conditions of which only one can hold, found the same key at \/groups\/\d+ \(put in by a test\) x\/y/,
  ],
  [
    "no key used twice where a condition parts the entries",
    [
      addGroup(
        { key: "x/y", value: "line.user", when: { "line.authUser": "*" } },
        { key: "x/y", value: "line.label", unless: { "line.authUser": "*" } },
      ),
    ],
    undefined,
  ],
  [
    "no key used twice where all words of a setting are used up",
    [
      addGroup(
        { key: "x/y", value: "line.user", when: { "line.srtp": ["off", "optional"] } },
        { key: "x/y", value: "line.label", unless: { "line.srtp": ["off", "optional"] } },
      ),
    ],
    undefined,
  ],
  [
    "a key used twice where conditions overlap",
    [
      addGroup(
        { key: "x/y", value: "line.user", when: { "line.srtp": ["off", "optional"] } },
        { key: "x/y", value: "line.label", when: { "line.srtp": ["optional", "required"] } },
      ),
    ],
    /expected a key used once/,
  ],
  [
    "no key used twice where firmware parts the entries",
    [
      addGroup(
        { key: "x/y", value: "line.user", versions: "<5.1" },
        { key: "x/y", value: "line.label", versions: ">=5.1" },
      ),
    ],
    undefined,
  ],
  [
    "an entry for firmware that is none",
    [addGroup({ key: "x/y", value: "line.user", versions: ">=9 <8.10" })],
    /x\/y: expected an entry that some phone gets, found no firmware is in >=9 <8\.10/,
  ],
  [
    "an entry for an ability that no model has",
    [addGroup({ key: "x/y", value: "line.user", needs: ["teleport"] })],
    /found no model of the family has teleport/,
  ],
  [
    "a condition on a word that its setting never is",
    [addGroup({ key: "x/y", value: "line.user", when: { "line.srtp": "sometimes" } })],
    /found line\.srtp is never sometimes: it is one of off, optional, required/,
  ],
  [
    "a part that no file carries",
    [addGroup({ key: "x/y", value: "line.user", part: "nowhere" })],
    /found no file carries the part nowhere/,
  ],
  [
    "a table of words that no entry uses",
    [edit("linphone/settings.json", (map) => (map["words"] = { ...map["words"], spare: { a: "b" } }))],
    /\/words\/spare: expected a table that some entry uses, found none/,
  ],
  [
    "a setting that is neither carried nor lacked",
    [edit("linphone/settings.json", (map) => delete map["lacks"]["capture"])],
    /\/lacks: expected an entry for capture, or the reason why none, found neither/,
  ],
  [
    "a golden model without an example",
    [(folder) => rmSync(join(folder, "linphone/examples"), { recursive: true })],
    /linphone\/models\/linphonec\.json \/mark: expected an example that shows it, or listed, found golden, and no example/,
  ],
  [
    "an example of a model that is not marked golden",
    [edit("linphone/models/linphonec.json", (model) => (model["mark"] = "listed"))],
    /\/mark: expected golden, for the example linphonec shows it, found listed/,
  ],
  [
    "an example of a model that is not there",
    [edit("linphone/examples/linphonec/device.json", ({ device }) => (device.model = "Other"))],
    /examples\/linphonec\/device\.json \/device\/model: expected a model of linphone, found linphone Other/,
  ],
  [
    "two vendors that claim one request and one agent",
    [
      (folder) => cpSync(join(folder, "linphone"), join(folder, "other"), { recursive: true }),
      (folder) => rmSync(join(folder, "other/examples"), { recursive: true }),
      edit("other/vendor.json", (vendor) => (vendor["vendor"] = "other")),
    ],
    /told as nobody's, for several families have such a shape[^]*other\/vendor\.json \/files \w+: .* claimed by linphone too/,
  ],
  [
    "JSON that is none beside other problems",
    [
      edit("linphone/settings.json", (map) => delete map["lacks"]["capture"]),
      (folder) => {
        mkdirSync(dirname(join(folder, "broken/vendor.json")));
        writeFileSync(join(folder, "broken/vendor.json"), "{,");
      },
    ],
    /broken\/vendor\.json \/: expected JSON[^]*an entry for capture/,
  ],
];

for (const [what, changes, sentence] of cases)
  test(`checkProfiles() tells ${what}`, async () => {
    const problems = await problemsAfter(...changes);
    if (sentence === undefined) assert.deepEqual(problems, []);
    else assert.match(problems.join("\n"), sentence);
  });
