import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { systemClock } from "../../agent/io/clock.ts";
import { receiveTraps, type Trap } from "../../agent/io/traps.ts";
import { openUdp } from "../../agent/io/udp/udp.ts";
import { Secret } from "../../protocol/secret.ts";

// net-snmp's own senders against our receiver.

const run = promisify(execFile);

function missing(): string | undefined {
  try {
    execFileSync("snmptrap", ["-V"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "snmptrap is not installed (Debian package snmp)";
  }
}
const why = missing();

const portOnOff = ".1.3.6.1.2.1.105.0.1";
const state = [".1.3.6.1.2.1.105.1.1.1.6.1.7", "i", "4"];
const user = (engine: string, key = "authpass123", level = "authPriv") =>
  ["-v3", "-e", engine, "-l", level, "-u", "fielduser", "-a", "SHA-256", "-A", key].concat(
    level === "authPriv" ? ["-x", "AES", "-X", "privpass123"] : [],
  );

async function receiver() {
  const traps: Trap[] = [];
  const inner = await receiveTraps({
    openUdp,
    clock: systemClock,
    address: "127.0.0.1",
    port: 0,
    users: [
      {
        user: "fielduser",
        level: "authPriv",
        auth: "sha256",
        authKey: new Secret("authpass123"),
        priv: "aes",
        privKey: new Secret("privpass123"),
      },
    ],
    watched: () => true,
    onTrap: (trap) => traps.push(trap),
  });
  const to = `127.0.0.1:${inner.port}`;
  const until = async (what: () => boolean) => {
    while (!what()) await new Promise((resolve) => setImmediate(resolve));
  };
  return { traps, inner, to, until, [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose]() };
}

describe("receiveTraps() and net-snmp", { skip: why ?? false, timeout: 60_000 }, () => {
  it("takes v1, v2c and v3 traps", async () => {
    await using at = await receiver();
    await run("snmptrap", ["-m", "", "-v2c", "-c", "public", at.to, "12345", portOnOff, ...state]);
    const v1 = [".1.3.6.1.4.1.9.9.402", "127.0.0.5", "6", "1", "100", ...state];
    await run("snmptrap", ["-m", "", "-v1", "-c", "public", at.to, ...v1]);
    const engine = "0x80001f8880aabbccdd01020304";
    await run("snmptrap", ["-m", "", ...user(engine), at.to, "12345", portOnOff, ...state]);
    await at.until(() => at.inner.counts.taken === 3);
    assert.deepEqual(
      at.traps.map(({ oid }) => oid),
      ["1.3.6.1.2.1.105.0.1", "1.3.6.1.4.1.9.9.402.0.1", "1.3.6.1.2.1.105.0.1"],
    );
  });

  it("acknowledges informs of v2c and, after the engine's discovery, of v3: snmpinform ends well", async () => {
    await using at = await receiver();
    const what = ["12345", ".1.3.6.1.6.3.1.1.5.3", ".1.3.6.1.2.1.2.2.1.1.7", "i", "7"];
    await run("snmpinform", ["-m", "", "-v2c", "-c", "public", "-r", "0", at.to, ...what]);
    const v3 = user("", "authpass123").filter((word) => word !== "-e" && word !== "");
    await run("snmpinform", ["-m", "", ...v3, "-r", "0", at.to, ...what]);
    await at.until(() => at.inner.counts.taken === 2);
    assert.deepEqual(new Set(at.traps.map(({ kind }) => kind)), new Set(["link"]));
  });

  it("refuses a v3 trap with a wrong key, and one that is less protected than its user", async () => {
    await using at = await receiver();
    const engine = "0x80001f8880aabbccdd01020304";
    const wrong = user(engine, "another-pass");
    await run("snmptrap", ["-m", "", ...wrong, at.to, "12345", portOnOff, ...state]);
    const plain = user(engine, "authpass123", "authNoPriv");
    await run("snmptrap", ["-m", "", ...plain, at.to, "12345", portOnOff, ...state]);
    await at.until(() => at.inner.counts.garbled === 2);
    assert.deepEqual(at.traps, []);
  });
});
