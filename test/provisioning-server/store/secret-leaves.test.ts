import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { settingCatalogue } from "../../../protocol/phone-settings.ts";
import { decodeSettingPath, putSetting } from "../../../provisioning-server/inventory/setting-place.ts";
import { giveSecrets, maskSecrets, takeSecrets } from "../../../provisioning-server/store/secret-leaves.ts";

test("takeSecrets() finds every setting that the catalogue marks secret", () => {
  const secretPaths = [...settingCatalogue.values()]
    .filter((about) => about.secret)
    .map((about) => about.path);
  assert.ok(secretPaths.length >= 7);
  for (const path of secretPaths) {
    const place = decodeSettingPath(path);
    assert.ok(place.ok);
    const settings = putSetting({ language: "de" }, place.value, "hush-hush");
    const { doc, secrets } = takeSecrets({ settings });
    assert.deepEqual([...secrets.values()], ["hush-hush"], path);
    assert.ok(!JSON.stringify(doc).includes("hush"), path);
    assert.ok(!JSON.stringify(maskSecrets({ settings })).includes("hush"), path);
    assert.match(JSON.stringify(maskSecrets({ settings })), /••••/);
  }
});

test("takeSecrets() and giveSecrets() are the identity, whatever the names of raw keys are", () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.oneof(fc.string(), fc.constantFrom("a/b", "~1", "constructor", "__proto__")),
        fc.string(),
      ),
      fc.array(fc.record({ user: fc.string(), password: fc.string() })),
      (raw, lines) => {
        const holder = {
          raw,
          lines: lines.map((settings, at) => ({ index: at + 1, settings })),
          settings: {},
        };
        const before = JSON.stringify(holder);
        const { doc, secrets } = takeSecrets(holder);
        assert.equal(JSON.stringify(holder), before, "the holder stays as it was");
        const stored: unknown = JSON.parse(JSON.stringify(doc));
        giveSecrets(stored, secrets);
        assert.deepEqual(sorted(stored), sorted(JSON.parse(before)));
      },
    ),
  );
});

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value)
    .map(([name, child]) => [name, sorted(child)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}
