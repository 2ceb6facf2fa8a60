import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { DeviceSeen } from "../../../provisioning-server/store/device-seen.ts";
import { Devices } from "../../../provisioning-server/store/devices.ts";
import { migrations } from "../../../provisioning-server/store/migrate.ts";
import { openStore } from "../../../provisioning-server/store/open-store.ts";
import { Settings } from "../../../provisioning-server/store/settings.ts";
import { Sites } from "../../../provisioning-server/store/sites.ts";
import { StoreError } from "../../../provisioning-server/store/store-error.ts";
import { Trace, type TraceEntry } from "../../../provisioning-server/store/trace.ts";
import { uuidV7, uuidV7Sequence } from "../../../provisioning-server/uuid-v7.ts";
import { sampleDevice, sampleSite, sampleVault } from "../inventory/sample.ts";
import { dialects } from "./dialects.ts";

const at = 1_750_000_000_000;
const day = 86_400_000;
const nextId = uuidV7Sequence();

function entry(more: Partial<TraceEntry>): TraceEntry {
  return {
    id: nextId(at),
    tenant: "default",
    at,
    mac: "805ec0010001",
    requestId: uuidV7(at),
    door: "https",
    method: "GET",
    path: "/805ec0010001.cfg",
    address: "10.1.2.3",
    identity: { file: "config" },
    outcome: "file",
    status: 200,
    bytes: 10,
    ms: 1.5,
    ...more,
  };
}

for (const dialect of dialects) {
  describe(`store over ${dialect.name}`, () => {
    async function withStore(run: (use: Awaited<ReturnType<typeof setUp>>) => Promise<void>) {
      const use = await setUp();
      try {
        await run(use);
      } finally {
        await use.store.close();
      }
    }
    async function setUp() {
      const clock = { at };
      const store = await dialect.open(() => clock.at);
      const vault = sampleVault();
      return {
        clock,
        store,
        vault,
        devices: new Devices(store, vault),
        sites: new Sites(store, vault),
        trace: new Trace(store),
      };
    }

    test("openStore() takes every migration once and makes the default tenant", () =>
      withStore(async ({ store }) => {
        const rows = await store.db.selectFrom("migration").select("name").orderBy("name").execute();
        assert.deepEqual(
          rows.map((row) => row.name),
          migrations.map((migration) => migration.name),
        );
        const tenants = await store.db.selectFrom("tenant").select("tenant_id").execute();
        assert.deepEqual(tenants, [{ tenant_id: "default" }]);
      }));

    test("every table of a tenant has tenant_id first in its key", () =>
      withStore(async ({ store }) => {
        // Tables that say whose a thing is: looked up before its tenant is known.
        const owner = /_owner$|^enrol_token$/;
        const tables = await store.db.introspection.getTables();
        const own = tables.filter(
          (table) => table.columns.some((column) => column.name === "tenant_id") && !owner.test(table.name),
        );
        assert.ok(own.length >= 6, "the tenant tables were found");
        for (const table of own) assert.equal(table.columns[0]?.name, "tenant_id", table.name);
      }));

    test("Devices.put() and get() give the same phone, secrets included", () =>
      withStore(async ({ store, devices, sites }) => {
        await sites.put(sampleSite());
        const device = sampleDevice({
          label: "Room 1",
          raw: { "account.1.x": "raw-secret-3" },
          settings: {
            access: { adminPassword: "admin-secret-2" },
            phonebooks: [
              { name: "a", url: "https://a.example" },
              { name: "b", url: "https://b.example", password: "book-secret-4" },
            ],
          },
        });
        await devices.put("default", device);
        assert.deepEqual(await devices.get("default", device.mac), device);
        assert.deepEqual(await devices.list("default", "berlin"), [device]);
        const rows = await store.db.selectFrom("device").select("doc").execute();
        const sealed = await store.db.selectFrom("secret").select("sealed").execute();
        assert.equal(sealed.length, 4);
        assert.doesNotMatch(JSON.stringify([rows, sealed]), /secret-\d/);
      }));

    test("a secret that is taken out is gone from the store", () =>
      withStore(async ({ store, devices, sites }) => {
        await sites.put(sampleSite());
        await devices.put("default", sampleDevice());
        await devices.put("default", sampleDevice({ lines: [], settings: {} }));
        assert.deepEqual(await store.db.selectFrom("secret").selectAll().execute(), []);
      }));

    test("a MAC belongs to one tenant of all", () =>
      withStore(async ({ store, devices, sites }) => {
        await store.db
          .insertInto("tenant")
          .values({ tenant_id: "other", name: "Other", created_at: at, revision: 1 })
          .execute();
        await sites.put(sampleSite());
        await sites.put(sampleSite({ tenant: "other" }));
        await devices.put("default", sampleDevice());
        await assert.rejects(devices.put("other", sampleDevice()), /another tenant/);
        assert.equal(await devices.owner("805ec0010001"), "default");
        assert.equal(await devices.get("other", "805ec0010001"), undefined);
        assert.equal(await devices.remove("other", "805ec0010001"), false);
        assert.equal(await devices.remove("default", "805ec0010001"), true);
        await devices.put("other", sampleDevice());
        assert.equal(await devices.owner("805ec0010001"), "other");
      }));

    test("a phone needs a site that exists", () =>
      withStore(async ({ devices }) => {
        await assert.rejects(devices.put("default", sampleDevice({ site: "nowhere" })));
        assert.equal(await devices.owner("805ec0010001"), undefined, "nothing of it was stored");
      }));

    test("transaction() undoes everything when fn throws", () =>
      withStore(async ({ store }) => {
        await assert.rejects(
          store.transaction(async (inside) => {
            await new Settings(inside).put("a", "1");
            throw new Error("no");
          }),
          /no/,
        );
        assert.equal(await new Settings(store).get("a"), undefined);
      }));

    test("transaction() refuses a write inside a write, and joins through the handle it gave", () =>
      withStore(async ({ store }) => {
        await store.transaction(async (inside) => {
          await assert.rejects(
            store.transaction(async () => undefined),
            /inside a write/,
          );
          await inside.transaction((deeper) => new Settings(deeper).put("a", "1"));
        });
        assert.equal(await new Settings(store).get("a"), "1");
      }));

    test("Settings.getOrPut() keeps the first of many that come at once", () =>
      withStore(async ({ store }) => {
        let made = 0;
        const settings = new Settings(store);
        const values = await Promise.all(
          Array.from({ length: 20 }, () => settings.getOrPut("id", () => `value ${(made += 1)}`)),
        );
        assert.deepEqual(new Set(values), new Set(["value 1"]));
      }));

    test("DeviceSeen.put() keeps what the next request does not tell", () =>
      withStore(async ({ store }) => {
        const seen = new DeviceSeen(store);
        const first = {
          at,
          via: "https",
          address: "10.1.2.3",
          outcome: "file",
          firmware: "1.2",
          configAt: at,
        } as const;
        await seen.put("default", "805ec0010001", first);
        await seen.put("default", "805ec0010001", {
          at: at + 1,
          via: "tftp",
          address: "10.1.2.4",
          outcome: "denied",
        });
        assert.deepEqual(await seen.get("default", "805ec0010001"), {
          at: at + 1,
          via: "tftp",
          address: "10.1.2.4",
          outcome: "denied",
          firmware: "1.2",
          configAt: at,
        });
      }));

    test("Trace gives back what was added, newest first, cut where a phone sent too much", () =>
      withStore(async ({ trace }) => {
        const full = entry({
          site: "berlin",
          userAgent: "x".repeat(5000),
          claim: "token",
          denial: "bad-token",
          reason: "because",
          remedy: "do this",
          etag: '"e"',
        });
        const refusal = entry({ at: at + 5, outcome: "denied" });
        await trace.add([full, refusal, entry({ mac: "805ec0010002" })]);
        const found = await trace.ofMac("default", "805ec0010001", 10);
        assert.deepEqual(found, [refusal, { ...full, userAgent: "x".repeat(1000) }]);
        assert.deepEqual(await trace.ofMac("other", "805ec0010001", 10), []);
        assert.equal((await trace.ofSite("default", "berlin", at, 10)).length, 1);
      }));

    test("Trace.prune() keeps failures longer than successes, and goes by small steps", () =>
      withStore(async ({ trace, clock }) => {
        const many = Array.from({ length: 25 }, (_, index) => entry({ at: at + index }));
        await trace.add([...many, entry({ outcome: "denied" })]);
        clock.at = at + 20 * day;
        assert.equal(await trace.prune(undefined, 10), 10);
        assert.equal(await trace.prune(undefined, 10), 10);
        assert.equal(await trace.prune(undefined, 10), 5);
        assert.equal(await trace.prune(undefined, 10), 0);
        assert.deepEqual(
          (await trace.ofMac("default", "805ec0010001", 99)).map((each) => each.outcome),
          ["denied"],
        );
        clock.at = at + 91 * day;
        assert.equal(await trace.prune(), 1);
      }));
  });
}

test("openStore() makes a file that only its owner reads, and opens it again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "offhook-store-"));
  try {
    const path = join(folder, "inner", "a.sqlite");
    const store = await openStore({ path, now: () => at });
    await new Settings(store).put("a", "1");
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(`${path}-wal`).mode & 0o777, 0o600);
    const beside = await openStore({ path, now: () => at });
    assert.equal(await new Settings(beside).get("a"), "1", "a second process sees it at once");
    await beside.close();
    await store.close();
    await store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("transaction() tries again while the store is busy, ten times, and then says that it is locked", async () => {
  const store = await openStore({ path: ":memory:", now: () => at, random: () => 0 });
  try {
    const busy = () => Object.assign(new Error("database is locked"), { code: "SQLITE_BUSY" });
    let tries = 0;
    const value = await store.transaction(async (inside) => {
      tries += 1;
      await new Settings(inside).put(`try ${tries}`, "x");
      if (tries < 3) throw busy();
      return "stored";
    });
    assert.equal(value, "stored");
    assert.equal(await new Settings(store).get("try 1"), undefined, "what a busy try wrote is undone");
    assert.equal(await new Settings(store).get("try 3"), "x");
    tries = 0;
    const never = store.transaction(async () => {
      tries += 1;
      throw busy();
    });
    await assert.rejects(never, { name: "StoreError", code: "locked" });
    assert.equal(tries, 10);
  } finally {
    await store.close();
  }
});

test("two processes that write side by side lose nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "offhook-store-"));
  try {
    const path = join(folder, "both.sqlite");
    const writer = fileURLToPath(new URL("./counting-writer.ts", import.meta.url));
    const count = () =>
      new Promise<number | null>((resolve, reject) => {
        const child = spawn(process.execPath, [writer, path, "100"], {
          stdio: ["ignore", "inherit", "inherit"],
        });
        child.on("error", reject);
        child.on("close", resolve);
      });
    // Both find no store and make it, too.
    assert.deepEqual(await Promise.all([count(), count()]), [0, 0]);
    const store = await openStore({ path, now: () => at });
    assert.equal(await new Settings(store).get("count"), "200");
    await store.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("openStore() says what is wrong with a file that is no store, or a later version's", async () => {
  const folder = mkdtempSync(join(tmpdir(), "offhook-store-"));
  try {
    const garbage = join(folder, "garbage");
    writeFileSync(garbage, "this is no database, and long enough to be looked at as one".repeat(20));
    await assert.rejects(openStore({ path: garbage, now: () => at }), (error) => {
      return error instanceof StoreError && error.code === "cannot-open";
    });
    const later = join(folder, "later");
    const store = await openStore({ path: later, now: () => at });
    await store.db.insertInto("migration").values({ name: "999-later", at }).execute();
    await store.close();
    await assert.rejects(openStore({ path: later, now: () => at }), (error) => {
      return error instanceof StoreError && error.code === "schema-newer" && /999-later/.test(error.message);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
