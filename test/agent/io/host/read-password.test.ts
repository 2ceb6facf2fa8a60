import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readPassword } from "../../../../agent/io/host/read-password.ts";

test("readPassword() reads from the environment and from a file, without its last line end", async (t) => {
  process.env["READ_PASSWORD_TEST"] = "from the environment";
  assert.equal((await readPassword("env:READ_PASSWORD_TEST")).reveal(), "from the environment");
  const folder = await mkdtemp(join(tmpdir(), "offhook-password-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "password"), " kept: as it is \n");
  assert.equal((await readPassword(`file:${join(folder, "password")}`)).reveal(), " kept: as it is ");
});

test("readPassword() says which source it could not read", async () => {
  await assert.rejects(readPassword("env:NOT_SET_ANYWHERE"), /NOT_SET_ANYWHERE is not set/);
  await assert.rejects(readPassword("file:/nowhere/at-all"), /nowhere/);
  await assert.rejects(readPassword("s3cret"), (error: Error) => !error.message.includes("s3cret"));
});
