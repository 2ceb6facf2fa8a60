import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Inventory } from "../../../provisioning-server/inventory/inventory.ts";
import { keyFileName, openVault, Vault } from "../../../provisioning-server/inventory/vault.ts";
import type { SecretPlace } from "../../../provisioning-server/store/sealing.ts";
import { openSample, sampleProfiles, sampleVault } from "./sample.ts";

const place: SecretPlace = { tenant: "default", holder: "device", name: "805ec0010001", path: "/a" };

test("Vault.open() gives what seal() took, and never the same text twice", () => {
  const vault = sampleVault();
  const sealed = vault.seal("s3crét", place);
  assert.equal(vault.open(sealed, place), "s3crét");
  assert.notEqual(vault.seal("s3crét", place), sealed);
  assert.equal(vault.open(vault.seal("", place), place), "");
});

test("Vault.open() refuses a secret that was moved, changed, or sealed with another key", () => {
  const vault = sampleVault();
  const sealed = vault.seal("secret", place);
  for (const moved of [
    { tenant: "x" },
    { holder: "site" },
    { name: "805ec0010002" },
    { path: "/b" },
  ] as const)
    assert.throws(() => vault.open(sealed, { ...place, ...moved }), /damaged or was moved/);
  const letters = Array.from(sealed);
  for (const at of letters.keys()) {
    const changed = letters.with(at, letters[at] === "A" ? "B" : "A").join("");
    const same = Buffer.from(changed.split(".")[3] ?? "", "base64url").equals(
      Buffer.from(sealed.split(".")[3] ?? "", "base64url"),
    );
    // The last letter of base64url carries bits that are no part of the octets.
    if (changed.split(".", 3).join() === sealed.split(".", 3).join() && same) continue;
    assert.throws(() => vault.open(changed, place), { name: "StoreError" }, `letter ${at}`);
  }
  assert.throws(() => sampleVault().open(sealed, place), /another key/);
  assert.throws(() => new Vault(Buffer.alloc(31)), /32 octets/);
});

test("openVault() makes a key that only its owner reads, once", () => {
  const folder = mkdtempSync(join(tmpdir(), "offhook-vault-"));
  try {
    assert.throws(() => openVault(folder, false), /missing/);
    const vault = openVault(folder, true);
    assert.equal(statSync(join(folder, keyFileName)).mode & 0o777, 0o600);
    assert.equal(openVault(folder, false).keyId, vault.keyId);
    writeFileSync(join(folder, keyFileName), "short\n");
    assert.throws(() => openVault(folder, true), /holds no key/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("Inventory.open() refuses a store whose key is gone or another, and makes none in its place", async () => {
  await using sample = await openSample();
  const options = { data: sample.folder, now: () => 1, profiles: async () => sampleProfiles() };
  const path = join(sample.folder, keyFileName);
  const key = readFileSync(path, "utf8");
  rmSync(path);
  await assert.rejects(Inventory.open(options), /vault.key is missing/);
  await assert.rejects(Inventory.open(options), /vault.key is missing/);
  writeFileSync(path, Buffer.alloc(32, 7).toString("base64url"));
  await assert.rejects(Inventory.open(options), { name: "StoreError", code: "wrong-key" });
  writeFileSync(path, key);
  await (await Inventory.open(options))[Symbol.asyncDispose]();
});

test("no secret stands in any file of the data folder but the key file", async () => {
  await using sample = await openSample();
  const { inventory, folder } = sample;
  assert.ok((await inventory.addSite({ id: "berlin" })).ok);
  assert.ok((await inventory.setSite("berlin", "access.adminPassword", "planted-one")).ok);
  const settings = [
    { path: "line1.password", text: "planted-two" },
    { path: "line2.password", text: "planted-three" },
    { path: "phonebooks", text: '[{"name":"a","url":"u","password":"planted-four"}]' },
    { path: "network.dot1x.password", text: "planted-five" },
  ];
  assert.ok((await inventory.addPhone({ mac: "805ec0010001", model: "T46U", settings })).ok);
  const key = await inventory.renderContext();
  const shown = JSON.stringify([
    await inventory.listPhones(),
    await inventory.listSites(),
    await inventory.exportPhones(),
  ]);
  assert.doesNotMatch(shown, /planted/);
  for (const name of ["offhook.sqlite", "offhook.sqlite-wal"]) {
    const bytes = readFileSync(join(folder, name));
    assert.equal(bytes.indexOf("planted"), -1, name);
    assert.equal(bytes.indexOf(Buffer.from(key.serverKey).toString("base64url")), -1, name);
  }
  assert.ok(
    readFileSync(join(folder, "offhook.sqlite-wal")).indexOf("805ec0010001") > 0,
    "the phone is there",
  );
  const phone = await inventory.showPhone("805ec0010001");
  assert.equal(phone.ok && phone.value.device.lines[0]?.settings.password, "••••");
});
