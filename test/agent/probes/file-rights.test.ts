import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { may, readFileRights, type RightsOf } from "../../../agent/probes/security/file-rights.ts";

const user = { name: "asterisk", uid: 100, gids: [100, 200] };
const file = (mode: number, more: Partial<RightsOf> = {}): RightsOf => ({
  mode,
  uid: 0,
  gid: 0,
  acl: [],
  ...more,
});

test("may() decides as the kernel does: owner, then access list, then groups, then the rest", () => {
  assert.equal(may(user, file(0o640), 4), false);
  assert.equal(may(user, file(0o640, { gid: 200 }), 4), true);
  assert.equal(may(user, file(0o644), 4), true);
  // The first that fits counts: an owner without a right is not saved by the others'.
  assert.equal(may(user, file(0o044, { uid: 100 }), 4), false);
  assert.equal(may(user, file(0o604, { gid: 100 }), 4), false);
  const mask = { of: "mask", id: 0, rights: 4 } as const;
  const named = { of: "user", id: 100, rights: 6 } as const;
  assert.equal(may(user, file(0o640, { acl: [named, mask] }), 4), true);
  assert.equal(may(user, file(0o640, { acl: [named, mask] }), 2), false);
  const group = { of: "group", id: 200, rights: 4 } as const;
  assert.equal(may(user, file(0o640, { acl: [group, mask] }), 4), true);
  assert.equal(may({ ...user, uid: 0 }, file(0o000), 4), true);
});

test("readFileRights() names a folder that is open to all, and not one where others may only add", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "offhook-rights-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const open = join(folder, "open");
  const paths = [open, join(folder, "sticky")];
  for (const path of paths) {
    mkdirSync(path);
    writeFileSync(join(path, "pjsip.conf"), "");
    chmodSync(path, path === open ? 0o777 : 0o1777);
  }
  const files = paths.map((path) => join(path, "pjsip.conf"));
  assert.deepEqual((await readFileRights([{ service: "nobody", files }])).open, [open]);
});

const asRoot = process.geteuid?.() === 0;
const setfacl = spawnSync("setfacl", ["--version"]).error === undefined;

/** A file of root's, mode 640, with a look at it for the user that every system has and that owns nothing. */
function rootsFile(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "offhook-rights-"));
  t.after(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  const path = join(folder, "pjsip.conf");
  writeFileSync(path, "");
  chmodSync(path, 0o640);
  return { path, look: () => readFileRights([{ service: "nobody", files: [path] }]) };
}

test(
  "readFileRights() as root: whose files are, and what a service cannot read",
  { skip: asRoot ? false : "only root gives files away" },
  async (t) => {
    const { path, look } = rootsFile(t);
    assert.deepEqual((await look()).unreadable, [`nobody ${path}`]);
    spawnSync("chown", ["daemon:daemon", path]);
    assert.deepEqual((await look()).owner, [`daemon:daemon ${path}`]);
  },
);

test(
  "readFileRights(): who is let in by an access list",
  { skip: !asRoot ? "only root gives files away" : setfacl ? false : "needs setfacl" },
  async (t) => {
    const { path, look } = rootsFile(t);
    spawnSync("setfacl", ["-m", "u:daemon:r", path]);
    assert.deepEqual((await look()).acl, [`user daemon r-- ${path}`]);
    spawnSync("setfacl", ["-b", path]);
    assert.deepEqual((await look()).acl, []);
  },
);
