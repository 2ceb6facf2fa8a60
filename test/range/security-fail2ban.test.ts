import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { readFail2ban } from "../../agent/probes/security/read-fail2ban.ts";

const missing = spawnSync("fail2ban-regex", ["--version"]).error !== undefined;
const skip = missing ? "fail2ban is not installed" : false;
const { signal } = new AbortController();

/** The machine's own files, with an enabled jail for Asterisk. */
function folderOf(t: TestContext, change: (filter: string) => string = (filter) => filter): string {
  const work = mkdtempSync(join(tmpdir(), "offhook-jail-"));
  t.after(() => rmSync(work, { recursive: true }));
  const folder = join(work, "fail2ban");
  cpSync("/etc/fail2ban", folder, { recursive: true });
  mkdirSync(join(folder, "jail.d"), { recursive: true });
  const log = join(work, "messages");
  writeFileSync(log, "");
  const jail = `[asterisk]\nenabled = true\nbantime = 1h\nmaxretry = 5\nlogpath = ${log}\n`;
  writeFileSync(join(folder, "jail.d", "sip.local"), jail);
  const filter = join(folder, "filter.d", "asterisk.conf");
  writeFileSync(filter, change(readFileSync(filter, "utf8")));
  return folder;
}

test("the filter that comes with fail2ban counts failures and no first challenge", { skip }, async (t) => {
  const facts = await readFail2ban(folderOf(t), signal);
  assert.deepEqual(facts, {
    jail: "enabled",
    name: "asterisk",
    bantime: 3600,
    maxretry: 5,
    findtime: 600,
    lost: [],
    filter: { missed: [], counted: [] },
  });
});

test("a filter that counts the first challenge is told", { skip }, async (t) => {
  const folder = folderOf(t, (filter) => filter.replace("FailedACL|", "FailedACL|ChallengeSent|"));
  const { filter } = await readFail2ban(folder, signal);
  assert.deepEqual(filter, { missed: [], counted: ["the first challenge"] });
});

test("a filter that sees no wrong password is told", { skip }, async (t) => {
  const folder = folderOf(t, (filter) => filter.replace("ChallengeResponseFailed|", ""));
  const { filter } = await readFail2ban(folder, signal);
  assert.deepEqual(filter, { missed: ["a wrong password"], counted: [] });
});
