import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { makeNamespace, rangeSkip, type Namespace } from "./network.ts";
import { diagIn } from "./sip-look.ts";

// Whom the packet filter lets in, read from rules that the kernel itself has taken.

const limit = { skip: rangeSkip("nft"), timeout: 60_000 };

/** A namespace of a machine with a SIP server at the usual port. */
async function serverMachine(t: TestContext) {
  const namespace = await makeNamespace(t);
  const folder = mkdtempSync(join(tmpdir(), "offhook-firewall-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const asterisk = join(folder, "asterisk");
  mkdirSync(asterisk);
  writeFileSync(join(asterisk, "pjsip.conf"), "[udp]\ntype=transport\nprotocol=udp\nbind=192.0.2.10:5060\n");
  chmodSync(join(asterisk, "pjsip.conf"), 0o640);
  const none = join(folder, "none");
  const look = async () => {
    const words = ["--asterisk", asterisk, "--kamailio", none, "--bans", none];
    const { value, rules } = await diagIn(namespace, "security", "pbx", ...words);
    return {
      kind: value("host.firewall"),
      doors: value("host.firewall.sip"),
      open: rules.includes("S20"),
    };
  };
  return { namespace, look };
}

const doors = (udp: string, tcp = "open", tls = tcp) => [
  `udp 5060: ${udp}`,
  `tcp 5060: ${tcp}`,
  `tcp 5061: ${tls}`,
];

test("no filter, and one that drops nothing, are open to all: S20", limit, async (t) => {
  const { namespace, look } = await serverMachine(t);
  assert.deepEqual(await look(), { kind: "none", doors: doors("open"), open: true });
  await namespace.nft(`
table inet filter {
  chain input {
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iif lo accept
    meta l4proto { tcp, udp } th dport { 22, 5060-5061 } accept
  }
}
`);
  assert.deepEqual(await look(), { kind: "nftables", doors: doors("open"), open: true });
});

test(
  "an allow list names who is let in, through a chain and a negated set, and is no S20",
  limit,
  async (t) => {
    const { namespace, look } = await serverMachine(t);
    await namespace.nft(`
table inet filter {
  set trunks {
    type ipv4_addr
    elements = { 203.0.113.5 }
  }
  chain sip {
    ip saddr { 192.0.2.1, 198.51.100.0/24 } accept
    drop
  }
  chain input {
    type filter hook input priority 0; policy accept;
    ct state vmap { established : accept, related : accept, invalid : drop }
    udp dport 5060 jump sip
    tcp dport 5060 ip saddr != @trunks drop
    tcp dport 5061 counter drop
  }
}
`);
    const admitted = doors("192.0.2.1, 198.51.100.0/24", "@trunks", "closed");
    assert.deepEqual(await look(), { kind: "nftables", doors: admitted, open: false });
  },
);

test("a filter that drops, and one of another family that does not matter", limit, async (t) => {
  const { namespace, look } = await serverMachine(t);
  await namespace.nft(`
table ip6 other {
  chain input {
    type filter hook input priority 0; policy accept;
    udp dport 5060 accept
  }
}
table ip filter {
  chain input {
    type filter hook input priority 0; policy drop;
    iifname "lo" accept
    tcp dport 22 accept
  }
}
`);
  assert.deepEqual(await look(), { kind: "nftables", doors: doors("closed", "closed"), open: false });
});

/** A command of iptables that cannot filter here is a reason to skip. */
function cannotFilter(command: string): string | false {
  const missing = rangeSkip("nft", command, `${command}-save`);
  if (missing !== false) return missing;
  try {
    execFileSync("unshare", ["-n", command, "-A", "INPUT", "-p", "udp", "-j", "DROP"], { stdio: "ignore" });
    return false;
  } catch {
    return `${command} does not work with this kernel`;
  }
}

async function iptablesRules(namespace: Namespace, command: string): Promise<void> {
  const append = (...words: string[]) => namespace.run(command, "-A", "INPUT", ...words);
  await append("-m", "conntrack", "--ctstate", "ESTABLISHED,RELATED", "-j", "ACCEPT");
  await append("-s", "198.51.100.0/24", "-p", "udp", "--dport", "5060", "-j", "ACCEPT");
  await append("-p", "udp", "-m", "multiport", "--dports", "5060,5061", "-j", "DROP");
  await append("-p", "tcp", "-m", "multiport", "--dports", "5060,5061", "-j", "REJECT");
}

for (const [command, kind] of [
  ["iptables-nft", "nftables"],
  ["iptables-legacy", "iptables"],
] as const) {
  const skip = cannotFilter(command);
  test(
    `${command}: conditions that nft does not print are read all the same`,
    { skip, timeout: 60_000 },
    async (t) => {
      const { namespace, look } = await serverMachine(t);
      await iptablesRules(namespace, command);
      assert.deepEqual(await look(), { kind, doors: doors("198.51.100.0/24", "closed"), open: false });
    },
  );
}
