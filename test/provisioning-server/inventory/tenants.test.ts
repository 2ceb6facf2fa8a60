import assert from "node:assert/strict";
import { test } from "node:test";
import { Vault } from "../../../provisioning-server/inventory/vault.ts";
import { openSample } from "./sample.ts";

const mine = "805ec0010001";
const theirs = "805ec0020001";

async function twoTenants() {
  const sample = await openSample();
  const { inventory } = sample;
  assert.ok((await inventory.tenants.add({ id: "acme", name: "Acme" })).ok);
  const acme = inventory.ofTenant("acme");
  // Two sites of one name, with other networks and settings.
  assert.ok((await inventory.addSite({ id: "hq", networks: ["10.1.0.0/16"] })).ok);
  assert.ok((await acme.addSite({ id: "hq", networks: ["10.2.0.0/16"] })).ok);
  assert.ok((await inventory.setSite("hq", "line.server.host", "mine.example")).ok);
  assert.ok((await acme.setSite("hq", "line.server.host", "theirs.example")).ok);
  assert.ok((await inventory.addPhone({ mac: mine, model: "T46U", site: "hq" })).ok);
  assert.ok((await acme.addPhone({ mac: theirs, model: "T46U", site: "hq" })).ok);
  return Object.assign(sample, { acme });
}

test("the doors find a phone's tenant by its MAC: its own site of that name, its tenant's settings and phonebook", async () => {
  await using sample = await twoTenants();
  const { inventory, acme } = sample;
  assert.ok((await inventory.tenants.set("acme", "time.zone", "Europe/Vienna")).ok);
  const book = {
    name: "Acme",
    entries: [{ name: "Ada", numbers: [{ kind: "work" as const, number: "1" }] }],
  };
  assert.ok((await acme.replacePhonebook("hq", book)).ok);
  const directory = await inventory.directory();
  const told = async (mac: string) => {
    const device = await directory.deviceByMac(mac);
    assert.ok(device);
    const site = await directory.site(device.site, device);
    assert.ok(site);
    return [
      site.tenant,
      site.settings.line?.server?.host,
      (await directory.tenantSettings(site.tenant))?.time?.zone,
      (await directory.phonebook(site.id, site.tenant))?.name,
    ];
  };
  assert.deepEqual(await told(mine), ["default", "mine.example", undefined, undefined]);
  assert.deepEqual(await told(theirs), ["acme", "theirs.example", "Europe/Vienna", "Acme"]);
  const here = async (address: string) =>
    (await directory.sitesByAddress(address)).map(({ tenant }) => tenant);
  assert.deepEqual([await here("10.1.0.9"), await here("10.2.0.9")], [["default"], ["acme"]]);
});

test("an inventory of a tenant knows no other's phones and sites, and takes none of their MACs", async () => {
  await using sample = await twoTenants();
  const { inventory, acme } = sample;
  const macs = async (of: typeof inventory) => (await of.listPhones()).map(({ device }) => device.mac);
  assert.deepEqual([await macs(inventory), await macs(acme)], [[mine], [theirs]]);
  for (const found of [
    await inventory.showPhone(theirs),
    await inventory.removePhone(theirs),
    await inventory.setPhone(theirs, "time.zone", "Europe/Berlin"),
    await inventory.preview(theirs),
    await inventory.lint(theirs),
    await inventory.effectiveSettings(theirs),
  ])
    assert.equal(!found.ok && found.flaws[0]?.kind, "unknown");
  const taken = await inventory.addPhone({ mac: theirs, model: "T46U", site: "hq" });
  assert.equal(!taken.ok && taken.flaws[0]?.kind, "taken");
  const near = await inventory.showPhone("805ec0020002");
  assert.ok(!near.ok);
  assert.doesNotMatch(JSON.stringify(near.flaws), /80:5e:c0:02:00:01|805ec0020001/i);
  assert.ok((await acme.removePhone(theirs)).ok);
  assert.ok((await inventory.addPhone({ mac: theirs, model: "T46U", site: "hq" })).ok, "free again");
});

test("each tenant's secrets have a key of their own, which goes with the tenant", async () => {
  await using sample = await twoTenants();
  const { inventory, acme } = sample;
  assert.ok((await acme.setPhone(theirs, "line1.password", "planted-secret")).ok);
  const { store } = inventory;
  const keys = await store.db.selectFrom("tenant_key").select("tenant_id").execute();
  assert.ok(keys.some(({ tenant_id: tenant }) => tenant === "acme"));
  const [row] = await store.db.selectFrom("secret").selectAll().where("tenant_id", "=", "acme").execute();
  assert.ok(row);
  const place = { tenant: "acme", holder: "device", name: row.name, path: row.path } as const;
  assert.equal(await inventory.vault.open(store, row.sealed, place), "planted-secret");
  assert.ok((await acme.removePhone(theirs)).ok);
  assert.ok((await acme.sites.remove("hq")).ok);
  assert.ok((await inventory.tenants.remove("acme")).ok);
  const left = await store.db.selectFrom("tenant_key").select("tenant_id").execute();
  assert.ok(!left.some(({ tenant_id: tenant }) => tenant === "acme"));
  assert.ok(inventory.vault instanceof Vault);
});

test("a tenant with anything left stays, and so does the first one", async () => {
  await using sample = await twoTenants();
  const { inventory } = sample;
  for (const [tenant, found] of [
    ["acme", "1 sites"],
    ["default", "default"],
  ] as const) {
    const removed = await inventory.tenants.remove(tenant);
    assert.equal(!removed.ok && removed.flaws[0]?.found, found);
  }
});
