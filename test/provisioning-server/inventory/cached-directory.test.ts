import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Device } from "../../../protocol/device.ts";
import { deviceToken } from "../../../provisioning-server/answer/device-token.ts";
import { CachedDirectory } from "../../../provisioning-server/inventory/cached-directory.ts";
import { defaultTenant, type Inventory } from "../../../provisioning-server/inventory/inventory.ts";
import { openInventory } from "../../../provisioning-server/open-inventory.ts";
import { Devices } from "../../../provisioning-server/store/devices.ts";
import { Sites } from "../../../provisioning-server/store/sites.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";

const folder = mkdtempSync(join(tmpdir(), "offhook-cached-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const phone = (mac: string, change: Partial<Device> = {}): Device => ({
  mac,
  vendor: "yealink",
  model: "T46U",
  site: "hq",
  state: "steady",
  lines: [],
  settings: {},
  raw: {},
  tokenGeneration: 1,
  revision: 1,
  ...change,
});

/** A directory that keeps, over a store of its own, and a clock that is put on by hand. */
async function opened(name: string) {
  const data = join(folder, name);
  const inventory = await openInventory({ data });
  assert.ok((await inventory.addSite({ id: "hq", networks: ["10.1.2.0/24"] })).ok);
  const clock = { ms: 0 };
  const looks = { hit: 0, miss: 0 };
  const cached = new CachedDirectory({
    store: inventory.store,
    directory: await inventory.directory(),
    mono: () => clock.ms,
    onLookUp: (hit) => (looks[hit ? "hit" : "miss"] += 1),
  });
  return { data, inventory, cached, clock, looks };
}

const put = (inventory: Inventory, device: Device) =>
  new Devices(inventory.store, inventory.vault).put(defaultTenant, device);

test("CachedDirectory hands out the same objects until they are written", async () => {
  const { inventory, cached, looks } = await opened("same");
  await using _ends = inventory;
  await put(inventory, phone("805ec0000001"));
  const first = await cached.deviceByMac("805ec0000001");
  assert.ok(first);
  const site = await cached.site("hq", first);
  assert.equal(await cached.deviceByMac("805ec0000001"), first);
  assert.equal(await cached.site("hq", first), site);
  assert.deepEqual(looks, { hit: 1, miss: 1 });
  await put(inventory, phone("805ec0000001", { label: "new" }));
  assert.equal((await cached.deviceByMac("805ec0000001"))?.label, "new");
  assert.equal(await cached.site("hq", first), site, "nobody wrote the site");
  assert.ok((await inventory.setSite("hq", "time.zone", "Europe/Berlin")).ok);
  await cached.deviceByMac("805ec0000001");
  assert.equal((await cached.site("hq", first))?.settings.time?.zone, "Europe/Berlin");
});

test("CachedDirectory sees what another process writes within 25 ms", async () => {
  const { data, inventory, cached, clock } = await opened("beside");
  await using _ends = inventory;
  await using beside = await openInventory({ data });
  assert.equal(await cached.deviceByMac("805ec0000001"), undefined);
  await put(beside, phone("805ec0000001"));
  assert.equal(await cached.deviceByMac("805ec0000001"), undefined, "the last look is young enough");
  clock.ms += 25;
  assert.equal((await cached.deviceByMac("805ec0000001"))?.mac, "805ec0000001");
});

test("CachedDirectory tells what it knows for ten minutes without a store, and says so", async () => {
  const { inventory, cached, clock } = await opened("gone");
  await put(inventory, phone("805ec0000001"));
  const known = await cached.deviceByMac("805ec0000001");
  assert.ok(known);
  await cached.site("hq", known);
  await inventory[Symbol.asyncDispose]();
  clock.ms += 1000;
  assert.equal(await cached.deviceByMac("805ec0000001"), known);
  assert.equal((await cached.site("hq", known))?.id, "hq");
  assert.equal(cached.stale, true);
  await assert.rejects(cached.deviceByMac("805ec0000002"), "what it does not know, it does not make up");
  clock.ms += 600_001;
  await assert.rejects(cached.deviceByMac("805ec0000001"));
});

test("CachedDirectory says what the store says, whatever is written in which order", async () => {
  const seed = 20_261_124;
  const random = seededRandom(seed);
  const { inventory, cached } = await opened("random");
  await using _ends = inventory;
  const plain = await inventory.directory();
  const devices = new Devices(inventory.store, inventory.vault);
  const sites = new Sites(inventory.store, inventory.vault);
  const macs = Array.from({ length: 12 }, (_, at) => `805ec00000${(16 + at).toString(16)}`);
  const mac = () => macs[random.below(macs.length)] ?? "";
  for (const id of ["a", "b"]) assert.ok((await inventory.addSite({ id })).ok);
  const write = [
    () => put(inventory, phone(mac(), { tokenGeneration: 1 + random.below(3), label: `${random.below(9)}` })),
    () => put(inventory, phone(mac(), { site: ["hq", "a", "b"][random.below(3)] ?? "hq" })),
    () => devices.remove(defaultTenant, mac()),
    () => devices.setState(defaultTenant, mac(), random.below(2) === 0 ? "steady" : "revoked"),
    () => inventory.setSite(["hq", "a", "b"][random.below(3)] ?? "", "time.zone", "Europe/Paris"),
    async () => {
      const site = await sites.get(defaultTenant, "a");
      if (site !== undefined)
        await sites.put({ ...site, networks: [`10.1.${random.below(4)}.0/24`], name: `${random.below(99)}` });
    },
    () => inventory.putPhonebook("hq", random.below(2) === 0 ? undefined : "name,number\nA,1\n"),
  ];
  for (let turn = 0; turn < 500; turn += 1) {
    const written = write[random.below(write.length)]?.();
    // Half of the time a phone asks while the write is under way.
    const asked = random.below(2) === 0 ? cached.deviceByMac(mac()) : undefined;
    await written;
    await asked;
    const [about, address] = [mac(), `10.1.${random.below(4)}.9`];
    const device = await cached.deviceByMac(about);
    const told = `seed ${seed}, turn ${turn}`;
    assert.deepEqual(device, await plain.deviceByMac(about), told);
    assert.deepEqual(await cached.sitesByAddress(address), await plain.sitesByAddress(address), told);
    const token = deviceToken(plain.context.serverKey, about, 1 + random.below(3));
    assert.equal((await cached.deviceByToken(token))?.mac, (await plain.deviceByToken(token))?.mac, told);
    if (device === undefined) continue;
    assert.deepEqual(
      await cached.site(device.site, device),
      await plain.siteOf(defaultTenant, device.site),
      told,
    );
    assert.deepEqual(
      await cached.phonebook("hq", defaultTenant),
      await plain.phonebook("hq", defaultTenant),
      told,
    );
  }
});
