import assert from "node:assert/strict";
import { test } from "node:test";
import { settingsFor, settingsIn, settingWinner } from "../../../provisioning-server/answer/settings-for.ts";

const layers = {
  vendor: { time: { zone: "Europe/Paris" } },
  site: {
    time: { zone: "Europe/Berlin", ntp: ["site"] },
    line: { label: "of the site", srtp: "optional" as const },
  },
  device: { line: { label: "of the device" } },
};
const line = { index: 1, settings: { label: "of the line" } };

test("settingWinner() names the strongest layer and what the others said, weakest first", () => {
  assert.deepEqual(settingWinner(layers, "line.label", line), {
    value: "of the line",
    layer: "line",
    losers: [
      { layer: "site", value: "of the site" },
      { layer: "device", value: "of the device" },
    ],
  });
  assert.deepEqual(settingWinner(layers, "time.zone"), {
    value: "Europe/Berlin",
    layer: "site",
    losers: [
      { layer: "default", value: "Etc/UTC" },
      { layer: "vendor", value: "Europe/Paris" },
    ],
  });
});

test("settingWinner() lets lists win whole: no element of a weaker list shines through", () => {
  const two = { vendor: { time: { ntp: ["a", "b"] } }, site: { time: { ntp: ["c"] } } };
  assert.equal(settingWinner(two, "time.ntp.0")?.value, "c");
  assert.equal(settingWinner(two, "time.ntp.1"), undefined);
});

test("settingWinner() reaches no prototype", () => {
  for (const path of ["constructor", "__proto__", "time.__proto__", "line.constructor.name"])
    assert.equal(settingWinner(layers, path, line), undefined);
});

test("settingsFor() has every setting that has a value, with defaults", () => {
  const settings = settingsFor(layers, line);
  assert.equal(settings.get("line.srtp")?.layer, "site");
  assert.equal(settings.get("line.server.port")?.value, 5060);
  assert.equal(settings.has("line.user"), false);
});

test("settingsIn() lists the paths that a layer speaks of", () => {
  assert.deepEqual(settingsIn(layers.site).toSorted(), ["line.label", "line.srtp", "time.ntp", "time.zone"]);
});
