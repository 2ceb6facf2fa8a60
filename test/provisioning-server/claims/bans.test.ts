import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { banPolicy, Bans } from "../../../provisioning-server/claims/bans.ts";

const start = 1_750_000_000_000;
const source = "198.51.100.7";

test("the fifth attempt within ten minutes shuts out for an hour", () => {
  const bans = new Bans();
  for (let n = 0; n < 4; n += 1) assert.equal(bans.count(source, "malformed", start + n), undefined);
  assert.equal(bans.has(source, start + 4), false);
  const ban = bans.count(source, "enumeration", start + 4);
  assert.deepEqual(ban, { source, kind: "enumeration", at: start + 4, until: start + 4 + 3_600_000 });
  assert.equal(bans.has(source, start + 3_600_003), true);
  assert.equal(bans.has(source, start + 3_600_004), false);
  assert.equal(bans.has("198.51.100.8", start + 5), false);
});

test("attempts that lie further apart shut nobody out", () => {
  const bans = new Bans();
  for (let n = 0; n < 100; n += 1) assert.equal(bans.count(source, "login", start + n * 150_000), undefined);
});

test("what the store says holds: a ban that was lifted is gone", () => {
  const bans = new Bans();
  bans.replace([{ source, kind: "login", at: start, until: start + 1000 }]);
  assert.equal(bans.has(source, start + 1), true);
  bans.replace([]);
  assert.equal(bans.has(source, start + 1), false);
});

test("our figures are those of the shipped jail", () => {
  const jail = readFileSync(
    new URL("../../../provisioning-server/fail2ban/jail.d/offhook-server.conf", import.meta.url),
    "utf8",
  );
  const figure = (name: string) => Number(new RegExp(`^${name}\\s*=\\s*(\\d+)$`, "m").exec(jail)?.[1]);
  assert.deepEqual(
    { time: figure("bantime") * 1000, within: figure("findtime") * 1000, attempts: figure("maxretry") },
    banPolicy,
  );
});
