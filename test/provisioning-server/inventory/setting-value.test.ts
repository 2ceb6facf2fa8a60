import assert from "node:assert/strict";
import { test } from "node:test";
import { settingCatalogue } from "../../../protocol/phone-settings.ts";
import { decodeSettingValue } from "../../../provisioning-server/inventory/setting-value.ts";

function decode(path: string, text: string) {
  const about = settingCatalogue.get(path);
  assert.ok(about !== undefined);
  return decodeSettingValue(about, text, path);
}

for (const name of ["Europe/Berlin", "Etc/UTC", "UTC", "America/Argentina/Buenos_Aires", "Asia/Calcutta"])
  test(`decodeSettingValue() takes the time zone ${name}`, () => {
    assert.deepEqual(decode("time.zone", name), { ok: true, value: name });
  });

for (const name of ["Europe/Berln", "+01:00", "", "Nowhere/Land", "../etc/passwd"])
  test(`decodeSettingValue() refuses ${JSON.stringify(name)} as a time zone, and says what one is`, () => {
    assert.deepEqual(decode("time.zone", name), {
      ok: false,
      why: {
        place: "time.zone",
        expected: "a name of the tz database, such as Europe/Berlin",
        found: name === "" ? "nothing" : name,
      },
    });
  });
