import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startSwitch, type FakeSwitch } from "../../fakes/switch.ts";

const bin = fileURLToPath(new URL("../../../agent/cli/bin.js", import.meta.url));
const phone = { mac: "805ec0010007", model: "SIP-T46U", firmware: "108.86.0.45", asked: 6 };

/** The real command in a process of its own, with two simulated switches at one port of two addresses. */
describe("offhook diag poe and offhook diag ports", { timeout: 120_000 }, () => {
  let folder = "";
  let one: FakeSwitch;
  let two: FakeSwitch;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "offhook-cli-"));
    writeFileSync(join(folder, "writers"), "writers\n", { mode: 0o600 });
    const writeCommunity = "writers";
    one = await startSwitch({
      address: "127.0.0.17",
      name: "access-1",
      writeCommunity,
      ports: [{ name: "Gi1/0/7", phone }],
    });
    two = await startSwitch({ address: "127.0.0.18", port: one.port, name: "access-2" });
  });
  after(async () => {
    await Promise.all([one.stop(), two.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const offhook = (...words: string[]) => run("diag", ...words);
  function run(...words: string[]): Promise<{ code: number | null; out: string; said: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [bin, ...words], {
        env: { ...process.env, OFFHOOK_STATE: join(folder, "state"), NO_COLOR: "1" },
      });
      let out = "";
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, out, said }));
      child.stdin.end();
    });
  }
  const at = (fake: FakeSwitch) => `${fake.address}:${fake.port}`;
  const rowsOf = (out: string) =>
    out
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  test("diag ports says where a phone is, with the proof and its age", async () => {
    const ended = await offhook(
      "ports",
      "--switch",
      at(one),
      at(two),
      "--mac",
      "80:5E:C0:01:00:07",
      "--json",
    );
    assert.equal(ended.code, 0, ended.said);
    const [row, ...more] = rowsOf(ended.out);
    assert.deepEqual(more, []);
    assert.deepEqual(
      [row?.mac, row?.switch, row?.port, row?.by, row?.note],
      [phone.mac, "127.0.0.17", "Gi1/0/7", "lldp-med", null],
    );
    assert.match(String(row?.proof), /interface 10107 by entity-alias/);
    assert.ok(Number(row?.age) >= 0 && !Number.isNaN(Date.parse(String(row?.seenAt))));
  });

  test("diag ports remembers where a phone was, and notices that it moved to another switch", async () => {
    const lost = await offhook("ports", "--switch", at(two), "--mac", "01:00:07", "--json");
    assert.equal(lost.code, 4);
    assert.deepEqual(
      rowsOf(lost.out).map(({ switch: id, port, lost: gone }) => [id, port, gone]),
      [["127.0.0.17", "Gi1/0/7", true]],
    );
    one.set("Gi1/0/7", { phone: null });
    two.set("Gi1/0/3", { phone });
    const moved = await offhook("ports", "--switch", at(one), at(two), "--mac", phone.mac, "--json");
    assert.equal(moved.code, 0, moved.said);
    assert.deepEqual(
      rowsOf(moved.out).map(({ switch: id, port, note }) => [id, port, note]),
      [["127.0.0.18", "Gi1/0/3", "moved: before it was on 127.0.0.17 Gi1/0/7"]],
    );
    two.set("Gi1/0/3", { phone: null });
    one.set("Gi1/0/7", { phone });
  });

  test("doctor notices it, too, and tells it as a note", async () => {
    one.set("Gi1/0/7", { phone: null });
    one.set("Gi1/0/9", { phone });
    const ended = await run("doctor", "--switch", at(one), at(two), "--phone", phone.mac);
    assert.match(ended.out, /This phone is on .*Gi1\/0\/9.* now; before it was on /, ended.said);
    one.set("Gi1/0/9", { phone: null });
    one.set("Gi1/0/7", { phone });
  });

  test("diag ports asks the switches of a site file, by the names they have there", async () => {
    const site = join(folder, "site.json");
    const plan = {
      id: "sw",
      probe: "poe-ports",
      target: at(one),
      schedule: "*/5 * * * *",
      settings: { id: "sw1" },
    };
    const all = { version: 1, site: "s", name: "S", probes: [plan], thresholds: {}, sealEvery: 300 };
    writeFileSync(site, JSON.stringify(all));
    const ended = await offhook("ports", "--site", site, "--plain");
    assert.equal(ended.code, 0, ended.said);
    assert.deepEqual(ended.out.split("\n")[1]?.split("\t").slice(0, 4), [
      "80:5e:c0:01:00:07",
      "SIP-T46U",
      "sw1",
      "Gi1/0/7",
    ]);
    const neither = await offhook("ports");
    assert.equal(neither.code, 2);
  });

  test("diag poe looks at several switches, and says that some did not answer", async () => {
    const ended = await offhook("poe", at(one), at(two));
    assert.equal(ended.code, 0, ended.said);
    assert.match(ended.out, /access-1[^]*Gi1\/0\/7 +delivering[^]*access-2[^]*Gi1\/0\/7 +searching/);
    const some = await offhook("poe", at(one), `127.0.0.19:${one.port}`, "--timeout", "0.2", "--json");
    assert.equal(some.code, 8);
    const { targets } = JSON.parse(some.out) as { targets: string[] };
    assert.deepEqual(targets, [at(one), `127.0.0.19:${one.port}`]);
  });

  test("diag poe finds the switches of a network, and refuses one that is too large", async () => {
    const ended = await offhook("poe", "--discover", `127.0.0.16/29:${one.port}`, "--timeout", "0.5");
    assert.equal(ended.code, 0, ended.said);
    assert.match(ended.said, /: 2 switches\n {2}127\.0\.0\.17:\d+ {2}access-1 .*\n {2}127\.0\.0\.18/);
    const large = await offhook("poe", "--discover", "127.0.0.0/16");
    assert.equal(large.code, 2);
    assert.match(large.said, /expected at most 1022 addresses, found 65534/);
  });

  test("diag poe --bounce restarts a phone, says which, and writes down who did it", async () => {
    const write = `file:${join(folder, "writers")}`;
    const ended = await offhook(
      "poe",
      at(one),
      "--bounce",
      "Gi1/0/7",
      "--write-from",
      write,
      "--yes",
      "--json",
    );
    assert.equal(ended.code, 0, ended.said);
    assert.match(ended.said, /restarts 80:5e:c0:01:00:07 \(SIP-T46U\)\./);
    const done = JSON.parse(ended.out) as Record<string, unknown>;
    assert.deepEqual([done.end, done.phone, done.subject], ["back", phone.mac, "port:127.0.0.17/Gi1/0/7"]);
    const audit = join(folder, "state", "audit.jsonl");
    assert.equal(statSync(audit).mode & 0o077, 0);
    const [entry] = rowsOf(readFileSync(audit, "utf8"));
    assert.deepEqual([entry?.what, entry?.subject, entry?.end], ["bounce-port", done.subject, "back"]);
    assert.ok(!readFileSync(audit, "utf8").includes("writers"));
  });

  test("diag poe --bounce does nothing where nobody can be asked, nor without write access, nor on an idle port", async () => {
    const write = `file:${join(folder, "writers")}`;
    const before = readFileSync(join(folder, "state", "audit.jsonl"), "utf8");
    const silent = await offhook("poe", at(one), "--bounce", "7", "--write-from", write);
    assert.deepEqual([silent.code, /nobody to ask/.test(silent.said)], [2, true]);
    const reader = await offhook("poe", at(one), "--bounce", "7", "--yes");
    assert.deepEqual([reader.code, /no write access/.test(reader.said)], [6, true]);
    const idle = await offhook("poe", at(one), "--bounce", "3", "--write-from", write, "--yes");
    assert.deepEqual([idle.code, /powers nothing[^]*--force/.test(idle.said)], [6, true]);
    const uplink = await offhook(
      "poe",
      at(one),
      "--bounce",
      "Te1/1/1",
      "--write-from",
      write,
      "--yes",
      "--force",
    );
    assert.deepEqual([uplink.code, /has no PoE/.test(uplink.said)], [6, true]);
    assert.equal(readFileSync(join(folder, "state", "audit.jsonl"), "utf8"), before);
    assert.ok(existsSync(join(folder, "state", "places.json")));
  });
});
