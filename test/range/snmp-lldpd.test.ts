import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Finding } from "../../protocol/finding.ts";
import type { Observation } from "../../protocol/observation.ts";
import { makeNamespace, rangeSkip, type Namespace } from "./network.ts";

// A real LLDP-MIB: lldpd on the ports of a Linux "switch" hands its tables to snmpd over AgentX; on the far ends of the
// cables are namespaces whose lldpd announces a phone by LLDP-MED, or a plain PC.

const cli = resolve(import.meta.dirname, "../../agent/cli/main.ts");
const phoneMac = "805ec0010001";

interface Site {
  readonly sw: Namespace;
  /** Gives words to the lldpd that announces on this cable. */
  readonly tell: (cable: string, ...words: readonly string[]) => Promise<void>;
  readonly unplug: (cable: string) => Promise<void>;
  readonly look: () => Promise<{ observations: Observation[]; findings: Finding[] }>;
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 150; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(100);
  }
  return assert.fail(`never came: ${what}`);
}

/** A cable from port `port` of the switch to `eth0` of a device, and the device's lldpd. */
async function plugIn(
  folder: string,
  sw: Namespace,
  device: Namespace,
  { port, mac, words }: { port: string; mac: string; words: readonly string[] },
): Promise<void> {
  await sw.run("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", device.name);
  await device.run("ip", "link", "set", "eth0", "address", (mac.match(/../g) ?? []).join(":"));
  await sw.run("ip", "link", "set", port, "up");
  await device.run("ip", "link", "set", "eth0", "up");
  device.start("lldpd", ["-d", "-u", join(folder, `${port}.socket`), "-I", "eth0", ...words]);
}

async function site(t: TestContext): Promise<Site> {
  // Hooks run in this order: what runs in the namespaces ends before the folder it writes to goes.
  const sw = await makeNamespace(t);
  const phone = await makeNamespace(t);
  const pc = await makeNamespace(t);
  const folder = mkdtempSync(join(tmpdir(), "offhook-lldpd-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  // lldpd drops its rights before it looks for its own socket.
  chmodSync(folder, 0o755);
  const agentx = join(folder, "agentx");
  const config = ["agentAddress udp:127.0.0.1:1161", "rocommunity public 127.0.0.1", "sysName desk"];
  writeFileSync(
    join(folder, "snmpd.conf"),
    [...config, "master agentx", `agentXSocket ${agentx}`, ""].join("\n"),
  );
  await plugIn(folder, sw, phone, { port: "p7", mac: phoneMac, words: ["-M", "3", "-S", "a phone"] });
  await plugIn(folder, sw, pc, { port: "p8", mac: "020000000008", words: ["-S", "a PC"] });
  const devices = new Map([
    ["p7", phone],
    ["p8", pc],
  ]);
  const quiet = ["-f", "-C", "-c", join(folder, "snmpd.conf"), "-Lf", join(folder, "snmpd.log")];
  sw.start("env", [`SNMP_PERSISTENT_DIR=${folder}`, "snmpd", ...quiet]);
  await until("snmpd", () => answers(sw, "snmpget", "1.3.6.1.2.1.1.5.0"));
  const own = join(folder, "switch.socket");
  sw.start("lldpd", ["-d", "-x", "-X", agentx, "-u", own, "-I", "p7,p8", "-M", "4"]);
  const told = (place: Namespace, socket: string, words: readonly string[]) =>
    until(`lldpd takes ${words.join(" ")}`, () =>
      place.run("lldpcli", "-u", socket, ...words).then(
        () => true,
        () => undefined,
      ),
    );
  await told(sw, own, "configure med policy application voice vlan 96 priority voice dscp 46".split(" "));
  return {
    sw,
    async tell(cable, ...words) {
      const device = devices.get(cable);
      assert.ok(device !== undefined);
      await told(device, join(folder, `${cable}.socket`), words);
    },
    async unplug(cable) {
      await devices.get(cable)?.run("ip", "link", "set", "eth0", "down");
    },
    async look() {
      const words = ["diag", "poe", "127.0.0.1:1161", "--id", "desk", "--json"];
      const result = sw.run(process.execPath, cli, ...words);
      const text = await result.catch((error: { stdout?: string }) => error.stdout ?? "");
      return JSON.parse(text) as { observations: Observation[]; findings: Finding[] };
    },
  };
}

async function answers(sw: Namespace, command: string, oid: string): Promise<string | undefined> {
  const words = ["-m", "", "-v2c", "-c", "public", "-t", "0.3", "-r", "0", "127.0.0.1:1161", oid];
  return sw.run(command, ...words).catch(() => undefined);
}

const skip = rangeSkip("lldpd", "lldpcli", "snmpd", "snmpget");

it("finds a phone that announces itself by LLDP-MED on its port, by a real lldpd", { skip }, async (t) => {
  const { tell, unplug, look } = await site(t);
  const settings = [
    "configure lldp tx-interval 1",
    "configure system hostname SIP-T46U",
    "configure system capabilities enabled bridge,telephone",
    "configure med policy application voice vlan 20 priority voice dscp 46",
    "configure med power pd source pse priority high value 9600",
    "configure inventory manufacturer Yealink",
    "configure inventory model T46U",
    "configure inventory firmware-revision 108.86.0.45",
    "configure inventory hardware-revision 108.0",
    "configure inventory serial-number 3128016101000001",
  ];
  for (const line of settings) await tell("p7", ...line.split(" "));
  for (const line of ["configure lldp tx-interval 1", "configure system hostname pc-8"])
    await tell("p8", ...line.split(" "));

  const value = (seen: Awaited<ReturnType<typeof look>>, port: string, key: string) =>
    seen.observations.find((each) => each.subject === `port:desk/${port}` && each.key === key)?.value;
  const seen = await until("the announcement", async () => {
    const now = await look();
    return value(now, "p7", "port.phone.serial") !== undefined &&
      value(now, "p8", "port.neighbour") === "pc-8"
      ? now
      : undefined;
  });
  const expected: Record<string, unknown> = {
    "link.up": true,
    "port.phone": phoneMac,
    "port.phone.by": "lldp-med",
    "port.neighbour": "SIP-T46U",
    "port.phone.model": "T46U",
    "port.phone.firmware": "108.86.0.45",
    "port.phone.hardware": "108.0",
    "port.phone.serial": "3128016101000001",
    "port.phone.vlan": 20,
    "port.phone.dscp": 46,
    "lldp.poe.asked": 9.6,
    "lldp.voiceVlan": 96,
    "lldp.voiceDscp": 46,
  };
  for (const [key, told] of Object.entries(expected)) assert.equal(value(seen, "p7", key), told, key);
  assert.equal(value(seen, "p8", "port.phone"), null, "the PC is no phone");
  // The switch tells voice VLAN 96, the phone says it uses 20.
  assert.deepEqual(
    seen.findings.map(({ rule, subject }) => `${rule} ${subject}`),
    ["V7 port:desk/p7"],
  );

  await unplug("p7");
  const gone = await until("the link going down", async () => {
    const now = await look();
    return value(now, "p7", "link.up") === false ? now : undefined;
  });
  assert.equal(value(gone, "p7", "port.phone"), null, "a row on a port that is down is old news");
  assert.equal(value(gone, "p8", "port.neighbour"), "pc-8");
});
