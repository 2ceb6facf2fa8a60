import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { lockFolder } from "../../../../agent/io/host/lock-folder.ts";
import { FolderUnusable, makeFolder } from "../../../../agent/io/host/make-folder.ts";

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "offhook-folder-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const refusal = (path: string) => {
  try {
    makeFolder(path);
  } catch (error) {
    assert.ok(error instanceof FolderUnusable);
    return error.message;
  }
  return assert.fail(`${path} was made`);
};

describe("makeFolder()", () => {
  it("makes a folder with all above it, for this user alone, and is content with one that is there", (t) => {
    const path = join(folderFor(t), "a", "b", "c");
    makeFolder(path);
    makeFolder(path);
    assert.ok(existsSync(path));
    if (process.platform !== "win32") assert.equal(statSync(path).mode & 0o777, 0o700);
  });

  it("a file in the way is told, also as a part of the path", (t) => {
    const file = join(folderFor(t), "file");
    writeFileSync(file, "");
    assert.match(refusal(file), /file is a file and no folder/);
    assert.match(refusal(join(file, "below")), /is a file/);
  });

  it(
    "a file system that refuses every name is given up at once",
    { skip: existsSync("/proc/self") ? false : "no /proc here" },
    () => {
      assert.match(refusal("/proc/offhook/state"), /^the folder \/proc\/offhook\/state cannot be used: /);
      assert.throws(() => lockFolder("/proc/offhook"), FolderUnusable);
    },
  );
});
