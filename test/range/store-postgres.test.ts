import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openInventory } from "../../provisioning-server/main.ts";
import { openStore } from "../../provisioning-server/store/open-store.ts";
import { Settings } from "../../provisioning-server/store/settings.ts";
import { StoreError } from "../../provisioning-server/store/store-error.ts";
import { freshSchema } from "../provisioning-server/store/dialects.ts";
import { need } from "./running-server.ts";
import { type Cluster, postgresSkip, startPostgres } from "./postgres.ts";

const folder = fileURLToPath(new URL("../provisioning-server/store/", import.meta.url));

describe("the store over PostgreSQL", { skip: postgresSkip() }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startPostgres();
  });
  after(() => cluster[Symbol.asyncDispose]());

  for (const file of ["store", "revisions", "commands"])
    test(`${file}.test.ts passes over it`, async () => {
      const { code, output } = await runTests(`${folder}${file}.test.ts`, cluster.url);
      assert.equal(code, 0, output);
      assert.match(output, /over postgres/);
    });

  test("two processes that count in one row lose nothing", async () => {
    const path = await freshSchema(cluster.url);
    const stores = await Promise.all([1, 2, 3].map(() => openStore({ path, now: Date.now })));
    const add = (store: (typeof stores)[number]) =>
      store.transaction(async (inside) => {
        const settings = new Settings(inside);
        await settings.put("count", String(Number((await settings.get("count")) ?? 0) + 1));
      });
    await Promise.all(stores.flatMap((store) => Array.from({ length: 5 }, () => add(store))));
    const [first] = stores;
    assert.ok(first);
    assert.equal(await new Settings(first).get("count"), "15");
    for (const store of stores) await store.close();
  });

  test("a server that went and came is used again", async () => {
    const store = await openStore({ path: await freshSchema(cluster.url), now: Date.now });
    const settings = new Settings(store);
    await settings.put("before", "1");
    await cluster.restart();
    await settings.put("after", "2");
    assert.deepEqual([await settings.get("before"), await settings.get("after")], ["1", "2"]);
    await store.close();
  });

  test("an inventory over it: phones, settings, changes taken back, secrets that open again", async () => {
    const OFFHOOK_STORE = await freshSchema(cluster.url);
    const data = await mkdtemp(join(tmpdir(), "offhook-data-"));
    const open = () => openInventory({ data, environment: { OFFHOOK_STORE } });
    {
      await using inventory = await open();
      need(await inventory.addSite({ id: "hq", name: "HQ", networks: ["192.0.2.0/24"] }));
      const table =
        "mac,vendor,model,site,line1.user,line1.password\n805ec0000001,yealink,T46U,hq,1001,made-up-1\n";
      const { flaws } = await inventory.importPhones(table);
      assert.deepEqual(flaws, []);
      need(await inventory.setPhone("805ec0000001", "time.zone", "Europe/Berlin"));
      const [last] = await inventory.changes.list();
      need(await inventory.changes.undo(last?.id ?? "", { who: "test" }));
    }
    await using again = await open();
    const files = need(await again.preview("805ec0000001", { secrets: "written" }));
    const config = files.map(({ body }) => Buffer.from(body).toString()).join("\n");
    assert.match(config, /account\.1\.password = made-up-1/);
    assert.doesNotMatch(config, /Berlin/);
    await rm(data, { recursive: true });
  });

  test("nobody there, a wrong database: a sentence without the password", async () => {
    const { host } = new URL(cluster.url);
    for (const url of [`postgres://me:hidden@127.0.0.1:1/x`, `postgres://postgres:hidden@${host}/nobody`])
      await assert.rejects(openStore({ path: url, now: Date.now }), (error) => {
        assert.ok(error instanceof StoreError);
        assert.match(error.message, /^cannot use the store postgres:/);
        assert.doesNotMatch(error.message, /hidden/);
        return true;
      });
  });
});

function runTests(file: string, url: string): Promise<{ code: number; output: string }> {
  const environment = { ...process.env, OFFHOOK_TEST_POSTGRES: url };
  // A test runner inside a test runner reports to nobody, unless it does not know.
  delete (environment as NodeJS.ProcessEnv).NODE_TEST_CONTEXT;
  const words = ["--test", "--test-reporter=spec", file];
  return new Promise((resolve) => {
    execFile(process.execPath, words, { env: environment, timeout: 120_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : 1, output: stdout + stderr }),
    );
  });
}
