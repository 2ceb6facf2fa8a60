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
import { systemIo } from "../../agent/io/system-io.ts";
import { poePorts } from "../../agent/probes/poe-ports.ts";
import type { SwitchSettings } from "../../agent/probes/poe-ports/switch-settings.ts";
import type { Observation } from "../../protocol/observation.ts";
import { Secret } from "../../protocol/secret.ts";

// net-snmp's own agent, given the rows of a small switch of a make that nobody knows: sysObjectID is net-snmp's, no vendor
// table answers, the interfaces are "Port 1" to "Port 8" and the PSE numbers say the same.

const snmpd = "/usr/sbin/snmpd";
const never = new AbortController().signal;
const community = "readers";

function rowsOf(port: number): string[] {
  const delivering = port === 3;
  const rows: [string, string, string | number][] = [
    [`1.3.6.1.2.1.2.2.1.2.${port}`, "octet_str", `"Port ${port}"`],
    [`1.3.6.1.2.1.2.2.1.3.${port}`, "integer", 6],
    [`1.3.6.1.2.1.2.2.1.5.${port}`, "uinteger", 1_000_000_000],
    [`1.3.6.1.2.1.2.2.1.7.${port}`, "integer", 1],
    [`1.3.6.1.2.1.2.2.1.8.${port}`, "integer", delivering ? 1 : 2],
    [`1.3.6.1.2.1.105.1.1.1.3.1.${port}`, "integer", port === 8 ? 2 : 1],
    [`1.3.6.1.2.1.105.1.1.1.6.1.${port}`, "integer", port === 8 ? 1 : delivering ? 3 : 2],
    [`1.3.6.1.2.1.105.1.1.1.7.1.${port}`, "integer", 2],
    [`1.3.6.1.2.1.105.1.1.1.10.1.${port}`, "integer", delivering ? 4 : 1],
    [`1.3.6.1.2.1.105.1.1.1.12.1.${port}`, "counter", 0],
    [`1.3.6.1.2.1.105.1.1.1.15.1.${port}`, "uinteger", delivering ? 4200 : 0],
  ];
  return rows.map(([oid, type, value]) => `override .${oid} ${type} ${value}`);
}

const phone = [
  "override .1.0.8802.1.1.2.1.4.1.1.4.0.3.1 integer 4",
  "override .1.0.8802.1.1.2.1.4.1.1.5.0.3.1 octet_str 0x805ec0010001",
  "override .1.0.8802.1.1.2.1.4.1.1.6.0.3.1 integer 3",
  "override .1.0.8802.1.1.2.1.4.1.1.7.0.3.1 octet_str 0x805ec0010001",
  'override .1.0.8802.1.1.2.1.4.1.1.9.0.3.1 octet_str "SIP-T46U"',
  "override .1.0.8802.1.1.2.1.4.1.1.12.0.3.1 octet_str 0x2400",
  "override .1.0.8802.1.1.2.1.5.4795.1.3.1.1.3.0.3.1 integer 3",
  'override .1.0.8802.1.1.2.1.5.4795.1.3.3.1.2.0.3.1 octet_str "108.86.0.45"',
  'override .1.0.8802.1.1.2.1.5.4795.1.3.3.1.6.0.3.1 octet_str "T46U"',
  "override .1.0.8802.1.1.2.1.5.4795.1.3.7.1.1.0.3.1 uinteger 96",
];

const main = [
  "override .1.3.6.1.2.1.105.1.3.1.1.2.1 uinteger 65",
  "override .1.3.6.1.2.1.105.1.3.1.1.3.1 integer 1",
  "override .1.3.6.1.2.1.105.1.3.1.1.4.1 uinteger 4",
];

const authKey = "auth-phrase-1";
const privKey = "priv-phrase-1";
/** Each way of v3 that we speak: net-snmp's words for it, and ours. AES-256-C is the key stretched as Cisco does. */
const users = {
  sha256aes: { words: `SHA-256 "${authKey}" AES "${privKey}"`, auth: "sha256", priv: "aes" },
  sha512aes256: { words: `SHA-512 "${authKey}" AES-256 "${privKey}"`, auth: "sha512", priv: "aes256b" },
  sha384aes256c: { words: `SHA-384 "${authKey}" AES-256-C "${privKey}"`, auth: "sha384", priv: "aes256r" },
  sha1aes256c: { words: `SHA "${authKey}" AES-256-C "${privKey}"`, auth: "sha", priv: "aes256r" },
  sha224auth: { words: `SHA-224 "${authKey}"`, auth: "sha224", priv: undefined },
  md5auth: { words: `MD5 "${authKey}"`, auth: "md5", priv: undefined },
  plain: { words: "", auth: undefined, priv: undefined },
} as const;
const accessOf = ({ auth, priv }: { auth: string | undefined; priv: string | undefined }) =>
  auth === undefined ? "noauth" : priv === undefined ? "auth" : "priv";

async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((done) => socket.bind(0, "127.0.0.1", done));
  const { port } = socket.address();
  await new Promise<void>((done) => socket.close(() => done()));
  return port;
}

describe("net-snmp's snmpd as a switch", { skip: existsSync(snmpd) ? false : `${snmpd} is missing` }, () => {
  const folder = mkdtempSync(join(tmpdir(), "offhook-snmpd-"));
  let agent: ReturnType<typeof spawn> | undefined;
  let port = 0;

  before(async () => {
    port = await freePort();
    const ports = [1, 2, 3, 4, 5, 6, 7, 8].flatMap(rowsOf);
    const config = [`agentAddress udp:127.0.0.1:${port}`, `rocommunity ${community} 127.0.0.1`];
    for (const [name, each] of Object.entries(users))
      config.push(`createUser ${name} ${each.words}`, `rouser ${name} ${accessOf(each)}`);
    writeFileSync(
      join(folder, "snmpd.conf"),
      [...config, "sysName desk-switch", ...ports, ...main, ...phone, ""].join("\n"),
    );
    // The agent's own interface tables step aside for the rows above.
    const without = "-ifTable,ifXTable,interfaces,mteTrigger,etherStatsTable,dot3StatsTable";
    const args = ["-f", "-C", "-c", join(folder, "snmpd.conf"), "-Lf", join(folder, "log"), "-I", without];
    agent = spawn(snmpd, args, { env: { ...process.env, SNMP_PERSISTENT_DIR: folder } });
    await using pool = createSnmpOpener(systemClock)();
    const target = {
      host: "127.0.0.1",
      port,
      community: new Secret(community),
      version: "2c",
      timeouts: [300],
    } as const;
    for (let tries = 0; tries < 60; tries++) {
      if ((await pool.get(target, ["1.3.6.1.2.1.1.1.0"], never)).ok) return;
      assert.equal(agent.exitCode, null, "snmpd ended by itself");
      await sleep(100);
    }
    assert.fail("snmpd does not answer");
  });

  after(async () => {
    // It writes its users down as it ends.
    if (agent?.kill() === true) await once(agent, "exit");
    rmSync(folder, { recursive: true, force: true });
  });

  const asked = { id: "desk", timeout: 3, retries: 0 };

  async function look(settings: Partial<SwitchSettings>): Promise<Observation[]> {
    const whole = { ...asked, community, version: "2c" as const, ...settings };
    return poePorts.run(`127.0.0.1:${port}`, whole, systemIo(), never);
  }

  /** A look as one of the users, with the keys its protection needs. */
  function lookAs(user: keyof typeof users, more: Partial<SwitchSettings> = {}): Promise<Observation[]> {
    const { auth, priv } = users[user];
    return look({
      version: "3",
      user,
      ...(auth === undefined ? {} : { auth, authKey }),
      ...(priv === undefined ? {} : { priv, privKey }),
      ...more,
    });
  }

  const snmpOf = (observations: readonly Observation[]) =>
    observations.find(({ key }) => key === "switch.snmp");

  for (const version of ["2c", "1"] as const) {
    it(`shows power and the phone by v${version}, on a make that nobody knows`, async () => {
      const observations = await look({ version });
      const of = (subject: string, key: string) =>
        observations.find((one) => one.subject === subject && one.key === key);
      const expected: Record<string, unknown> = {
        "poe.state": "delivering",
        "poe.class": 3,
        "poe.watts": 4.2,
        "poe.priority": "high",
        "link.up": true,
        "link.speed": 1000,
        "port.phone": "805ec0010001",
        "port.phone.by": "lldp-med",
        "port.phone.model": "T46U",
        "port.phone.firmware": "108.86.0.45",
        "lldp.poe.asked": 9.6,
      };
      for (const [key, value] of Object.entries(expected))
        assert.deepEqual(of("port:desk/Port 3", key)?.value, value, key);
      assert.match(of("port:desk/Port 3", "poe.state")?.evidence ?? "", /by agreement$/);
      assert.equal(of("port:desk/Port 8", "poe.state")?.value, "off");
      assert.equal(of("port:desk/Port 1", "poe.state")?.value, "searching");
      assert.equal(of("switch:desk", "switch.name")?.value, "desk-switch");
      assert.equal(of("switch:desk", "poe.budget.free")?.value, 61);
    });
  }

  it("is silent to another community", async () => {
    const observations = await look({ community: "guessers", timeout: 0.1 });
    assert.deepEqual(
      observations.map(({ key, outcome }) => ({ key, outcome })),
      [
        { key: "switch.snmp", outcome: "timeout" },
        { key: "switch.silent", outcome: "ok" },
      ],
    );
  });

  const same = (observations: readonly Observation[]) =>
    observations
      .filter(({ key }) => !["switch.uptime", "link.lastChange"].includes(key))
      .map(({ subject, key, value, outcome }) => ({ subject, key, value, outcome }))
      // Rates and flaps are there from the second look on.
      .filter(
        ({ key }) =>
          !/flaps|errors|fcs|iscards|lateCol|restarted|fell|poe\.(mps|short|overload|invalid|refused)$/.test(
            key,
          ),
      );

  for (const user of Object.keys(users) as (keyof typeof users)[]) {
    it(`sees by v3 as ${user} what it sees by v2c`, async () => {
      const [byUser, byCommunity] = [await lookAs(user), await look({})];
      assert.ok(byUser.length > 50);
      assert.deepEqual(same(byUser), same(byCommunity));
    });
  }

  it("says that a wrong phrase or an unknown user is refused, at once", async () => {
    const wrong = snmpOf(await lookAs("sha256aes", { authKey: "another phrase" }));
    assert.equal(wrong?.outcome, "denied");
    assert.match(wrong?.evidence ?? "", /refuses this user: Wrong Digest/);
    const unknown = snmpOf(await lookAs("sha256aes", { user: "nobody-here" }));
    assert.equal(unknown?.outcome, "denied");
    assert.match(unknown?.evidence ?? "", /Unknown User/);
  });

  it("says that a user asked below its level may not read", async () => {
    const below = snmpOf(await look({ version: "3", user: "sha256aes", auth: "sha256", authKey }));
    assert.equal(below?.outcome, "denied");
  });

  it("hints at the privacy phrase where the agent stays silent", async () => {
    const silent = snmpOf(await lookAs("sha256aes", { privKey: "another phrase", timeout: 0.2 }));
    assert.equal(silent?.outcome, "timeout");
    assert.match(silent?.evidence ?? "", /a wrong privacy phrase or context looks the same/);
  });

  it("shows no phrase in what it observes", async () => {
    const all = [
      ...(await lookAs("sha256aes")),
      ...(await lookAs("sha256aes", { authKey: "another phrase" })),
    ];
    assert.doesNotMatch(JSON.stringify(all), /phrase-1|another phrase/);
  });
});
