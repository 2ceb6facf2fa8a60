import assert from "node:assert/strict";
import { test } from "node:test";
import { Check } from "typebox/value";
import { PhoneSettings, settingCatalogue } from "../../protocol/phone-settings.ts";

test("settingCatalogue has a sentence for every setting, and defaults that its schema takes", () => {
  assert.ok(settingCatalogue.size > 100);
  for (const { path, description, schema, default: standard } of settingCatalogue.values()) {
    assert.ok(description.length > 2, `${path} has no description`);
    if (standard !== undefined) assert.ok(Check(schema, standard), `${path}: ${JSON.stringify(standard)}`);
  }
});

test("settingCatalogue marks every password as secret", () => {
  for (const { path, secret } of settingCatalogue.values())
    assert.equal(secret, /password$/i.test(path), path);
});

test("PhoneSettings takes nothing as well as a few settings, and refuses unknown ones", () => {
  assert.ok(Check(PhoneSettings, {}));
  assert.ok(
    Check(PhoneSettings, { line: { server: { host: "pbx" } }, actionUrls: { registered: "https://x" } }),
  );
  for (const wrong of [
    { line: { serverr: {} } },
    { time: { zone: 5 } },
    { network: { vlan: { id: 4095 } } },
    { actionUrls: { lunch: "x" } },
    [],
  ])
    assert.ok(!Check(PhoneSettings, wrong), JSON.stringify(wrong));
});
