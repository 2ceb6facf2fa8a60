import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { storePlace } from "../../provisioning-server/store-place.ts";

test("the store is a file in the data folder, unless the environment names a PostgreSQL", () => {
  assert.equal(storePlace("/d", {}), join("/d", "offhook.sqlite"));
  assert.equal(storePlace("/d", { OFFHOOK_STORE: "" }), join("/d", "offhook.sqlite"));
  const url = "postgres://offhook@db.example/offhook";
  assert.equal(storePlace("/d", { OFFHOOK_STORE: url }), url);
});

test("an address with a password stands in a file", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "offhook-place-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "url");
  const url = "postgresql://offhook:made-up@db.example/offhook";
  writeFileSync(file, `${url}\n`);
  assert.equal(storePlace("/d", { OFFHOOK_STORE_FILE: file }), url);
});

test("what is no such address is refused without being told", () => {
  for (const OFFHOOK_STORE of ["mysql://me:hidden@db/x", "postgres//me:hidden@db/x"])
    assert.throws(
      () => storePlace("/d", { OFFHOOK_STORE }),
      (error: Error) => error.name === "StoreError" && !error.message.includes("hidden"),
    );
  assert.throws(() => storePlace("/d", { OFFHOOK_STORE_FILE: "/nowhere/url" }), /OFFHOOK_STORE_FILE/);
});
