import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Device } from "../../../protocol/device.ts";
import { deviceToken } from "../../../provisioning-server/answer/device-token.ts";
import { defaultTenant } from "../../../provisioning-server/inventory/inventory.ts";
import { openInventory } from "../../../provisioning-server/open-inventory.ts";
import { Devices } from "../../../provisioning-server/store/devices.ts";

const folder = mkdtempSync(join(tmpdir(), "offhook-token-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const phone = (mac: string, tokenGeneration = 1): Device => ({
  mac,
  vendor: "yealink",
  model: "T46U",
  site: "hq",
  state: "expected",
  lines: [],
  settings: {},
  raw: {},
  tokenGeneration,
  revision: 1,
});

test("deviceByToken() knows whose token it is, and every change at once", async () => {
  await using inventory = await openInventory({ data: folder });
  assert.ok((await inventory.addSite({ id: "hq", networks: ["10.1.2.0/24"] })).ok);
  const directory = await inventory.directory();
  const devices = new Devices(inventory.store, inventory.vault);
  const found = async (mac: string, generation: number) =>
    (await directory.deviceByToken(deviceToken(directory.context.serverKey, mac, generation)))?.mac;

  assert.equal(await found("805ec0010001", 1), undefined);
  await devices.put(defaultTenant, phone("805ec0010001"));
  await devices.put(defaultTenant, phone("805ec0010002"));
  assert.equal(await found("805ec0010001", 1), "805ec0010001");
  assert.equal(await found("805ec0010002", 1), "805ec0010002");

  await devices.put(defaultTenant, phone("805ec0010001", 2));
  assert.equal(await found("805ec0010001", 1), undefined);
  assert.equal(await found("805ec0010001", 2), "805ec0010001");

  await devices.remove(defaultTenant, "805ec0010002");
  assert.equal(await found("805ec0010002", 1), undefined);
  assert.equal(await directory.deviceByToken(""), undefined);
});
