import assert from "node:assert/strict";
import { test } from "node:test";
import { guessImage } from "../../../provisioning-server/firmware/guess-image.ts";
import { upgradePath, type UpgradeWish } from "../../../provisioning-server/firmware/upgrade-path.ts";
import { loadProfiles } from "../../../provisioning-server/profiles/load-profiles.ts";
import { findModel } from "../../../provisioning-server/profiles/profiles.ts";

const profiles = await loadProfiles(new URL("../../../firmware-profiles", import.meta.url).pathname);

function way(vendor: string, wish: UpgradeWish): string {
  const model = findModel(profiles, vendor, wish.model);
  assert.ok(model !== undefined, `${vendor} ${wish.model}`);
  const path = upgradePath(model.family.vendor.firmware, wish);
  return path.kind === "steps" ? path.steps.join(" → ") : `no: ${path.reason}`;
}

const ways: [vendor: string, model: string, from: string | undefined, to: string, expected: RegExp][] = [
  ["poly", "VVX411", "5.5.2", "5.9.8", /^5\.7\.3 → 5\.9\.8$/],
  ["poly", "VVX411", "5.0.1", "5.9.8", /^5\.4 → 5\.7\.3 → 5\.9\.8$/],
  ["poly", "VVX411", "5.9.0", "5.9.8", /^5\.9\.8$/],
  ["poly", "VVX411", "5.9.8", "5.9.0", /^5\.9\.0$/],
  ["poly", "SPIP550", "3.3.5", "4.0.15", /^no: .*BootROM/],
  ["poly", "SPIP550", "3.3.5", "2.2.2", /^no: .*signed/],
  ["cisco", "SPA504G", "7.4.9", "7.5.5", /^7\.5\.2b → 7\.5\.5$/],
  ["cisco", "SPA504G", "7.5.2b", "7.5.5", /^7\.5\.5$/],
  ["snom", "D785", "8.9.3.80", "8.7.5.35", /^no: 8\.9\.3/],
  ["snom", "M700", "04.50.0001", "05.10.0001", /^5\.0 → 05\.10\.0001$/],
  ["snom", "M700", "04.50.0001", "04.10.0001", /^no: /],
  ["mitel", "6867i", "4.1.0.128", "6.4.0.140", /^no: .*in between/],
  ["yealink", "T46U", "108.86.0.20", "108.87.0.15", /^108\.87\.0\.15$/],
  ["yealink", "T46U", "108.86.0.20", "96.87.0.15", /^no: .*other hardware/],
  ["yealink", "T21P_E2", "52.61.0.1", "52.84.0.15", /^52\.70 → 52\.84\.0\.15$/],
  ["yealink", "T46U", "108.87.0.15", "108.87.0.15", /^$/],
  ["yealink", "T46U", undefined, "108.87.0.15", /^108\.87\.0\.15$/],
];
for (const [vendor, model, from, to, expected] of ways)
  test(`${model} from ${from ?? "anything"} to ${to}`, () => {
    assert.match(way(vendor, { model, to, ...(from === undefined ? {} : { from }) }), expected);
  });

test("an image for other hardware is refused where both revisions are known", () => {
  const wish = { model: "T46U", from: "108.86.0.1", to: "108.87.0.15" };
  assert.match(way("yealink", { ...wish, imageHardware: ">=4", hardware: "3" }), /^no: .*hardware/);
  assert.equal(way("yealink", { ...wish, imageHardware: ">=4", hardware: "5" }), "108.87.0.15");
  assert.equal(way("yealink", { ...wish, imageHardware: "2" }), "108.87.0.15");
});

const names: [
  name: string,
  vendor: string | undefined,
  version: string | undefined,
  model: string | undefined,
][] = [
  ["T46U(T43U,T46U,T41U,T48U,T42U,T44U,T44W)-108.86.0.90.rom", "yealink", "108.86.0.90", "T48U"],
  ["T88(T88W,T88V)-192.87.0.10.rom", "yealink", "192.87.0.10", "T88V"],
  ["snomD785-10.1.215.13-SIP-r.bin", "snom", "10.1.215.13", "D785"],
  ["grp2612fw.bin", "grandstream", undefined, "GRP2612"],
  ["6930.st", "mitel", undefined, "6930"],
  ["spa50x-30x-7-5-5.bin", "cisco", "7-5-5", "SPA504G"],
  ["sip88xx.12-0-7MPP0201-66.loads", "cisco", "12-0-7MPP0201-66", "8861"],
  ["FW_S_J179_R4_1_3_0_6.bin", "avaya", "4_1_3_0_6", "J179"],
  ["holiday.jpg", undefined, undefined, undefined],
];
for (const [name, vendor, version, model] of names)
  test(`the name ${name} tells what it is`, () => {
    const guess = guessImage(name, profiles);
    assert.equal(guess.vendor, vendor);
    assert.equal(guess.version, version);
    if (model === undefined) assert.deepEqual(guess.models, []);
    else assert.ok(guess.models.includes(model), guess.models.join(" "));
  });
