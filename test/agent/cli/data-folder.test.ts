import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

// What the commands say of a data folder that is mistyped, or cannot be used: one sentence, exit code 7, nothing made.

const bin = fileURLToPath(new URL("../../../agent/cli/bin.js", import.meta.url));

function offhook(t: TestContext, words: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  return new Promise<{ readonly code: number | null; readonly said: string }>((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...words], {
      env: { ...process.env, NO_COLOR: "1", ...environment },
      stdio: ["ignore", "ignore", "pipe"],
    });
    // One that spins answers no signal but this one.
    t.after(() => child.kill("SIGKILL"));
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, said }));
  });
}

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "offhook-data-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const reading = [
  ["phone", "list"],
  ["phone", "show", "805ec0010001"],
  ["phone", "trace", "805ec0010001"],
  ["site", "list"],
  ["site", "show", "berlin"],
  ["change", "list"],
  ["token", "agent", "--site", "berlin"],
];

describe("a data folder without a store", () => {
  for (const words of reading)
    it(`offhook ${words.join(" ")} makes none, and says how one is made`, async (t) => {
      const data = join(folderFor(t), "mistyped");
      const { code, said } = await offhook(t, [...words, "--data", data]);
      assert.equal(code, 7, said);
      assert.equal(
        said,
        `offhook: no store is in ${data}\n  \`--data\` or OFFHOOK_DATA names another folder; \`offhook site add\` or \`offhook server run\` makes a store.\n`,
      );
      assert.equal(existsSync(data), false);
    });
});

describe("a data folder that cannot be used", { concurrency: 2 }, () => {
  const proc = { skip: existsSync("/proc/self") ? false : "no /proc here" };

  for (const verb of [["server", "run"], ["up"], ["site", "add", "berlin"]])
    it(`offhook ${verb.join(" ")} below /proc ends with one sentence`, proc, async (t) => {
      const { code, said } = await offhook(t, [...verb, "--data", "/proc/offhook"]);
      assert.equal(code, 7, said);
      assert.match(said, /^offhook: the data folder \/proc\/offhook cannot be used: .*\n$/);
    });

  it("offhook demo below /proc ends with one sentence", proc, async (t) => {
    const { code, said } = await offhook(t, ["demo", "--data", "/proc/offhook"]);
    assert.equal(code, 7, said);
    assert.match(said, /^offhook: the folder \/proc\/offhook cannot be used: .*\n$/);
  });

  it("offhook server run on a file says that it is one", async (t) => {
    const file = join(folderFor(t), "file");
    writeFileSync(file, "");
    const { code, said } = await offhook(t, ["server", "run", "--data", file]);
    assert.equal(code, 7, said);
    assert.match(said, /^offhook: .*file is a file and no folder; .*\n$/);
  });

  it("offhook agent run on a state folder that cannot be made says so", proc, async (t) => {
    const { code, said } = await offhook(t, ["agent", "run"], { OFFHOOK_STATE: "/proc/offhook" });
    assert.equal(code, 7, said);
    assert.match(said, /^offhook: the folder \/proc\/offhook cannot be used: /);
  });
});

describe("what commander refuses", () => {
  for (const [what, words] of [
    ["an unknown option", ["phone", "list", "--bogus"]],
    ["an unknown verb of a group", ["phone", "lst"]],
    ["a missing argument", ["phone", "show"]],
    ["an unknown group", ["phnoe"]],
  ] as const)
    it(`${what} begins as all that goes wrong`, async (t) => {
      const { code, said } = await offhook(t, words);
      assert.equal(code, 2, said);
      assert.match(said, /^offhook: (unknown|missing|too many)/);
    });
});
