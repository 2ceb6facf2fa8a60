import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Inventory } from "../../../provisioning-server/inventory/inventory.ts";
import { keyFileName, keyPlace, readKey } from "../../../provisioning-server/inventory/key-file.ts";
import { rotateKey } from "../../../provisioning-server/inventory/open-vault.ts";
import { sealText } from "../../../provisioning-server/inventory/seal-text.ts";
import { Vault } from "../../../provisioning-server/inventory/vault.ts";
import { Devices } from "../../../provisioning-server/store/devices.ts";
import { openStore } from "../../../provisioning-server/store/open-store.ts";
import type { SecretPlace } from "../../../provisioning-server/store/sealing.ts";
import { Settings } from "../../../provisioning-server/store/settings.ts";
import { Sites } from "../../../provisioning-server/store/sites.ts";
import { openSample, sampleProfiles, sampleVault } from "./sample.ts";

const place: SecretPlace = { tenant: "default", holder: "device", name: "805ec0010001", path: "/a" };

const emptyStore = () => openStore({ path: ":memory:", now: () => 1 });

test("Vault.open() gives what seal() took, and never the same text twice", async () => {
  const store = await emptyStore();
  const vault = sampleVault();
  const sealed = await vault.seal(store, "s3crét", place);
  assert.equal(await vault.open(store, sealed, place), "s3crét");
  assert.notEqual(await vault.seal(store, "s3crét", place), sealed);
  assert.equal(await vault.open(store, await vault.seal(store, "", place), place), "");
  await store.close();
});

test("Vault.open() refuses a secret that was moved, changed, or sealed with another key", async () => {
  const store = await emptyStore();
  const vault = sampleVault();
  const sealed = await vault.seal(store, "secret", place);
  for (const moved of [{ holder: "site" }, { name: "805ec0010002" }, { path: "/b" }] as const)
    await assert.rejects(vault.open(store, sealed, { ...place, ...moved }), /damaged or was moved/);
  await assert.rejects(vault.open(store, sealed, { ...place, tenant: "x" }), /another key/);
  const letters = Array.from(sealed);
  for (const at of letters.keys()) {
    const changed = letters.with(at, letters[at] === "A" ? "B" : "A").join("");
    const octets = (text: string) => Buffer.from(text.split(".")[3] ?? "", "base64url");
    // The last letter of base64url carries bits that are no part of the octets.
    if (
      changed.split(".", 3).join() === sealed.split(".", 3).join() &&
      octets(changed).equals(octets(sealed))
    )
      continue;
    await assert.rejects(vault.open(store, changed, place), { name: "StoreError" }, `letter ${at}`);
  }
  await assert.rejects(sampleVault().open(store, sealed, place), { name: "StoreError", code: "wrong-key" });
  assert.throws(() => new Vault(Buffer.alloc(31)), /32 octets/);
  await store.close();
});

test("a key that was made in a transaction which did not hold seals nothing after it", async () => {
  const store = await emptyStore();
  const vault = sampleVault();
  const undone = store.transaction(async (inside) => {
    await vault.seal(inside, "lost", place);
    throw new Error("undone");
  });
  await assert.rejects(undone, /undone/);
  const sealed = await vault.seal(store, "kept", place);
  const other = await store.db.selectFrom("tenant_key").selectAll().execute();
  assert.equal(other.length, 1, "the key that sealed is in the store");
  assert.equal(await vault.open(store, sealed, place), "kept");
  await store.close();
});

test("readKey() makes a key that only its owner reads, once, and none for somebody else's file", () => {
  const folder = mkdtempSync(join(tmpdir(), "offhook-vault-"));
  try {
    const own = keyPlace(folder, {});
    assert.throws(() => readKey(own, false), /missing/);
    const key = readKey(own, true);
    assert.equal(statSync(join(folder, keyFileName)).mode & 0o777, 0o600);
    assert.deepEqual(readKey(own, false), key);
    writeFileSync(join(folder, keyFileName), "short\n");
    assert.throws(() => readKey(own, true), /holds no key/);
    const kept = keyPlace(folder, { OFFHOOK_KEY_FILE: join(folder, "kept"), CREDENTIALS_DIRECTORY: folder });
    assert.throws(() => readKey(kept, true), /missing/);
    writeFileSync(join(folder, "kek"), key.toString("base64url"));
    assert.deepEqual(readKey(keyPlace(folder, { CREDENTIALS_DIRECTORY: folder }), false), key);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("rotateKey() changes the key and no secret; a vault that was open takes the new key by itself", async () => {
  await using sample = await openSample();
  const { inventory, folder } = sample;
  await addSecrets(inventory);
  const rows = () => inventory.store.db.selectFrom("secret").selectAll().execute();
  const [sealed, keyId, file] = [await rows(), inventory.vault.keyId, keyOf(folder)];
  const rotated = await rotateKey(inventory.store, keyPlace(folder, {}));
  assert.notEqual(rotated.keyId, keyId);
  assert.notEqual(keyOf(folder), file);
  assert.equal(statSync(join(folder, keyFileName)).mode & 0o777, 0o600);
  assert.deepEqual(await rows(), sealed, "no secret was touched");
  assert.ok((await inventory.tenants.add({ id: "later" })).ok);
  assert.ok((await inventory.tenants.set("later", "access.adminPassword", "planted-six")).ok);
  await using again = await reopen(folder);
  assert.equal((await again.tenants.withSecrets("later"))?.settings.access?.adminPassword, "planted-six");
  await checkSecrets(again);
  await checkSecrets(inventory);
});

test("rotateKey() that was cut off before or after the store changed loses nothing", async () => {
  await using sample = await openSample();
  const { inventory, folder } = sample;
  await addSecrets(inventory);
  const path = join(folder, keyFileName);
  const old = readFileSync(path, "utf8");
  writeFileSync(`${path}.new`, Buffer.alloc(32, 9).toString("base64url"));
  await using first = await reopen(folder);
  await checkSecrets(first);
  await rotateKey(inventory.store, keyPlace(folder, {}));
  // As if the machine had stopped between the commit and the rename.
  renameSync(path, `${path}.new`);
  writeFileSync(path, old);
  await using second = await reopen(folder);
  await checkSecrets(second);
  assert.notEqual(readFileSync(path, "utf8"), old, "the new key is in its place");
});

test("rotateKey() of a key that is kept elsewhere writes the new one where it is told, and touches no other", async () => {
  const folder = mkdtempSync(join(tmpdir(), "offhook-kept-"));
  try {
    const kept = join(folder, "kept.key");
    const old = Buffer.alloc(32, 5).toString("base64url");
    writeFileSync(kept, old);
    const key = { path: kept, own: false };
    const data = join(folder, "data");
    {
      await using inventory = await Inventory.open({ data, key, now: () => 1, profiles });
      await addSecrets(inventory);
      await assert.rejects(rotateKey(inventory.store, key), /where the new key/);
      await rotateKey(inventory.store, key, join(folder, "next.key"));
    }
    assert.equal(readFileSync(kept, "utf8"), old);
    await assert.rejects(Inventory.open({ data, key, now: () => 1, profiles }), { code: "wrong-key" });
    renameSync(join(folder, "next.key"), kept);
    await using inventory = await Inventory.open({ data, key, now: () => 1, profiles });
    await checkSecrets(inventory);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a store that was sealed before tenants had keys works on, and its secrets come under them", async () => {
  await using sample = await openSample();
  const { inventory, folder } = sample;
  await addSecrets(inventory);
  const { serverKey } = await inventory.renderContext();
  await sealAsBefore(inventory, folder);
  await using again = await reopen(folder);
  await checkSecrets(again);
  assert.deepEqual((await again.renderContext()).serverKey, serverKey, "phones keep their addresses");
  const rows = await again.store.db.selectFrom("secret").select("sealed").execute();
  assert.deepEqual(
    rows.filter(({ sealed }) => !sealed.startsWith("v2.")),
    [],
  );
});

const profiles = async () => sampleProfiles();
const reopen = (data: string) => Inventory.open({ data, now: () => 1, profiles });
const keyOf = (folder: string) => readFileSync(join(folder, keyFileName), "utf8");

async function addSecrets(inventory: Inventory): Promise<void> {
  assert.ok((await inventory.addSite({ id: "berlin" })).ok);
  assert.ok((await inventory.setSite("berlin", "access.adminPassword", "planted-one")).ok);
  const settings = [{ path: "line1.password", text: "planted-two" }];
  assert.ok((await inventory.addPhone({ mac: "805ec0010001", model: "T46U", settings })).ok);
  await inventory.renderContext();
}

async function checkSecrets({ store, vault }: Inventory): Promise<void> {
  const site = await new Sites(store, vault).get("default", "berlin");
  const device = await new Devices(store, vault).get("default", "805ec0010001");
  assert.equal(site?.settings.access?.adminPassword, "planted-one");
  assert.equal(device?.lines[0]?.settings.password, "planted-two");
}

/** Every secret as versions up to 0.2 sealed it: with the installation's own key. */
async function sealAsBefore({ store, vault }: Inventory, folder: string): Promise<void> {
  const key = createSecretKey(readKey(keyPlace(folder, {}), false));
  const old = async (sealed: string, at: SecretPlace) => {
    const plain = Buffer.from(await vault.open(store, sealed, at));
    const about = `${at.tenant}|${at.holder}|${at.name}|${at.path}`;
    return `v1.${vault.keyId}.${sealText(key, plain, about)}`;
  };
  for (const { tenant_id: tenant, holder, name, path, sealed } of await store.db
    .selectFrom("secret")
    .selectAll()
    .execute()) {
    const at = { tenant, holder: holder as "device", name, path };
    await store.db
      .updateTable("secret")
      .set({ sealed: await old(sealed, at) })
      .where("name", "=", name)
      .where("path", "=", path)
      .execute();
  }
  const settings = new Settings(store);
  const at = { tenant: "", holder: "setting", name: "server.key", path: "" } as const;
  await settings.put("server.key", await old((await settings.get("server.key")) ?? "", at));
  await store.db.deleteFrom("setting").where("name", "=", "vault.version").execute();
  await store.db.deleteFrom("tenant_key").execute();
}

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
