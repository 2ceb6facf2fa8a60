import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openStore } from "../../../provisioning-server/store/open-store.ts";
import { Phonebooks } from "../../../provisioning-server/store/phonebooks.ts";
import { Revisions } from "../../../provisioning-server/store/revisions.ts";
import { Settings } from "../../../provisioning-server/store/settings.ts";
import { dialects } from "./dialects.ts";

for (const { name, open } of dialects)
  describe(`Revisions over ${name}`, () => {
    test("each write has a version of its own, told once at its latest", async () => {
      const store = await open(() => 1_000);
      const revisions = new Revisions(store);
      const start = await revisions.version();
      await new Settings(store).put("a", "1");
      await new Settings(store).put("b", "1");
      await new Settings(store).put("a", "2");
      const told = await revisions.since(start);
      assert.deepEqual(
        told.map(({ scope, name: what, version }) => [scope, what, version - start]),
        [
          ["setting", "b", 2],
          ["setting", "a", 3],
        ],
      );
      assert.equal(await revisions.version(), start + 3);
      assert.deepEqual(await revisions.since(start + 3), []);
      await store.close();
    });

    test("a transaction that is undone moves nothing; one that joins another counts once", async () => {
      const store = await open(() => 1_000);
      const revisions = new Revisions(store);
      const start = await revisions.version();
      const changes = store.changes();
      await assert.rejects(
        store.transaction(async (inside) => {
          await new Settings(inside).put("a", "1");
          throw new Error("no");
        }),
        /no/,
      );
      assert.equal(await revisions.version(), start);
      assert.equal(store.changes(), changes);
      await new Phonebooks(store).put("default", "hq", { name: "HQ", entries: [] });
      assert.equal(store.changes(), changes + 1);
      assert.deepEqual(
        (await revisions.since(start)).map(({ scope, tenant, name: what }) => [scope, tenant, what]),
        [
          ["setting", "", "phonebook.default.hq"],
          ["phonebook", "default", "hq"],
        ],
      );
      await store.close();
    });
  });

test("a write through another handle is seen", async () => {
  const folder = await mkdtemp(join(tmpdir(), "offhook-revisions-"));
  const path = join(folder, "store.sqlite");
  const [mine, theirs] = [await openStore({ path, now: Date.now }), await openStore({ path, now: Date.now })];
  const start = await new Revisions(mine).version();
  await new Settings(theirs).put("a", "1");
  assert.equal(await new Revisions(mine).version(), start + 1);
  assert.equal(mine.changes(), 0, "only this handle's own");
  await mine.close();
  await theirs.close();
  await rm(folder, { recursive: true });
});
