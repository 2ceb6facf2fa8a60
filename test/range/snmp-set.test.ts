import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../agent/io/clock.ts";
import { createSnmpOpener } from "../../agent/io/snmp.ts";
import type { SnmpTarget } from "../../agent/io/snmp/ask.ts";
import { Secret } from "../../protocol/secret.ts";

// pethPsePortAdminEnable of one port, written to net-snmp's own agent: by those who may, and by those who may not.

const snmpd = "/usr/sbin/snmpd";
const oid = "1.3.6.1.2.1.105.1.1.1.3.1.7";
const never = new AbortController().signal;
const [authKey, privKey] = ["auth-phrase-1", "priv-phrase-1"];

async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((done) => socket.bind(0, "127.0.0.1", done));
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(() => done()));
  return port;
}

describe(
  "SNMP SET to snmpd",
  { skip: existsSync(snmpd) ? false : `${snmpd} is missing`, timeout: 60_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), "offhook-set-"));
    const openPool = createSnmpOpener(systemClock);
    let agent: ReturnType<typeof spawn> | undefined;
    let port = 0;

    const by = (community: string): SnmpTarget => ({
      host: "127.0.0.1",
      port,
      timeouts: [2000],
      version: "2c",
      community: new Secret(community),
    });
    const as = (user: string): SnmpTarget => ({
      host: "127.0.0.1",
      port,
      timeouts: [2000],
      version: "3",
      v3: {
        user,
        level: "authPriv",
        auth: "sha256",
        priv: "aes",
        authKey: new Secret(authKey),
        privKey: new Secret(privKey),
      },
    });
    const write = async (target: SnmpTarget, integer: number, name = oid) => {
      await using pool = openPool();
      return await pool.set(target, [{ oid: name, integer }], never);
    };
    const read = async () => {
      await using pool = openPool();
      const answer = await pool.get(by("readers"), [oid], never);
      return answer.ok ? answer.values.get(oid) : undefined;
    };

    before(async () => {
      port = await freePort();
      const user = (name: string) => `createUser ${name} SHA-256 "${authKey}" AES "${privKey}"`;
      const lines = [
        `agentAddress udp:127.0.0.1:${port}`,
        "rocommunity readers 127.0.0.1",
        "rwcommunity writers 127.0.0.1",
        user("writer"),
        "rwuser writer priv",
        user("reader"),
        "rouser reader priv",
        `override -rw .${oid} integer 1`,
        "override .1.3.6.1.2.1.105.1.1.1.6.1.7 integer 3",
      ];
      writeFileSync(join(folder, "snmpd.conf"), `${lines.join("\n")}\n`);
      const args = ["-f", "-C", "-c", join(folder, "snmpd.conf"), "-Lf", join(folder, "log")];
      agent = spawn(snmpd, args, { env: { ...process.env, SNMP_PERSISTENT_DIR: folder } });
      for (let tries = 0; (await read()) !== 1; tries++) {
        assert.ok(tries < 60 && agent.exitCode === null, "snmpd does not answer");
        await sleep(100);
      }
    });
    after(async () => {
      if (agent?.kill() === true) await once(agent, "exit");
      rmSync(folder, { recursive: true, force: true });
    });

    it("is done for a community and for a v3 user that may write", async () => {
      assert.deepEqual(await write(by("writers"), 2), { ok: true });
      assert.equal(await read(), 2);
      assert.deepEqual(await write(as("writer"), 1), { ok: true });
      assert.equal(await read(), 1);
    });

    it("is refused for those that may only read, in words, and changes nothing", async () => {
      for (const target of [by("readers"), as("reader")]) {
        const refused = await write(target, 2);
        assert.equal(refused.ok, false);
        assert.equal(!refused.ok && refused.failure.outcome, "denied");
      }
      const column = await write(by("writers"), 2, "1.3.6.1.2.1.105.1.1.1.6.1.7");
      assert.equal(column.ok, false);
      assert.equal(await read(), 1);
    });
  },
);
