import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readIptablesRules } from "../../../protocol/pbx-config/iptables-rules.ts";
import { readNftRuleset } from "../../../protocol/pbx-config/nft-ruleset.ts";
import { doorOf } from "../../../protocol/pbx-config/packet-filter.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";

const dport = (protocol: string, right: unknown) => ({
  match: { op: "==", left: { payload: { protocol, field: "dport" } }, right },
});
const saddr = (right: unknown, op = "==") => ({
  match: { op, left: { payload: { protocol: "ip", field: "saddr" } }, right },
});
const known = { match: { op: "in", left: { ct: { key: "state" } }, right: ["established", "related"] } };
const from = (name: string) => ({ match: { op: "==", left: { meta: { key: "iifname" } }, right: name } });
const accept = { accept: null };
const drop = { drop: null };
const net = (addr: string, len: number) => ({ prefix: { addr, len } });

/** As `nft -j list ruleset` prints a table with one input chain, and one more that it may jump to. */
function ruleset(policy: string, rules: readonly unknown[][], jumped: readonly unknown[][] = []): string {
  const place = { family: "inet", table: "filter" };
  const inputs = rules.map((expr) => ({ rule: { ...place, chain: "input", expr } }));
  const others = jumped.map((expr) => ({ rule: { ...place, chain: "sip", expr } }));
  return JSON.stringify({
    nftables: [
      { metainfo: { json_schema_version: 1 } },
      { table: { family: "inet", name: "filter" } },
      { chain: { ...place, name: "input", type: "filter", hook: "input", prio: 0, policy } },
      { chain: { ...place, name: "sip" } },
      ...inputs,
      ...others,
    ],
  });
}
const nftDoor = (text: string, port = 5060) => doorOf(readNftRuleset(text), "udp", port);

describe("doorOf() on nftables", () => {
  it("is open where nothing turns a stranger away", () => {
    assert.deepEqual(nftDoor(ruleset("accept", [])), { open: true, admitted: [] });
    const both = ruleset("drop", [
      [known, accept],
      [dport("udp", { set: [5060, { range: [10_000, 20_000] }] }), accept],
    ]);
    assert.equal(nftDoor(both).open, true);
    assert.equal(nftDoor(both, 15_000).open, true);
    assert.deepEqual(nftDoor(both, 5061), { open: false, admitted: [] });
  });

  it("names who is let in alone", () => {
    const listed = [dport("udp", 5060), saddr({ set: ["192.0.2.1", net("198.51.100.0", 24)] }), accept];
    assert.deepEqual(nftDoor(ruleset("drop", [[from("lo"), accept], listed])), {
      open: false,
      admitted: ["192.0.2.1", "198.51.100.0/24"],
    });
    const others = [dport("udp", 5060), saddr("@trunks", "!="), drop];
    assert.deepEqual(nftDoor(ruleset("accept", [others])), { open: false, admitted: ["@trunks"] });
  });

  it("goes by the first rule that decides, and through jumps", () => {
    const jump = [{ jump: { target: "sip" } }];
    assert.equal(nftDoor(ruleset("accept", [jump, [accept]], [[dport("udp", 5060), drop]])).open, false);
    assert.equal(nftDoor(ruleset("drop", [jump], [[dport("udp", 5060), accept]])).open, true);
    assert.equal(nftDoor(ruleset("drop", [jump, [accept]], [[{ return: null }]])).open, true);
    assert.equal(nftDoor(ruleset("drop", [jump], [[dport("tcp", 5060), accept]])).open, false);
    const round = ruleset("drop", [jump], [jump]);
    assert.equal(nftDoor(round).open, false);
  });

  it("says nothing of what is no ruleset, and never throws", () => {
    assert.deepEqual(readNftRuleset("Error: syntax"), []);
    const seed = 20_260_115;
    const random = seededRandom(seed);
    const text = ruleset("drop", [
      [known, accept],
      [dport("udp", { set: [5060] }), saddr(net("10.0.0.0", 8)), drop],
    ]);
    for (let round = 0; round < 100_000; round += 1) {
      const at = Math.floor(random.next() * text.length);
      const changed =
        text.slice(0, at) +
        '{}[]",:0n'[Math.floor(random.next() * 9)] +
        text.slice(at + Math.floor(random.next() * 3));
      const { open } = nftDoor(changed);
      assert.equal(typeof open, "boolean", `seed ${seed}`);
    }
  });
});

const saved = (policy: string, ...rules: readonly string[]) =>
  [
    "*nat",
    ":PREROUTING ACCEPT [0:0]",
    "-A PREROUTING -p udp -j ACCEPT",
    "COMMIT",
    "*filter",
    `:INPUT ${policy} [0:0]`,
    ":VOICE - [0:0]",
    ...rules,
    "COMMIT",
  ].join("\n");
const oldDoor = (text: string, protocol: "udp" | "tcp" = "udp") =>
  doorOf(readIptablesRules(text), protocol, 5060);

describe("doorOf() on iptables-save", () => {
  it("reads ports, sources, states, chains and policies", () => {
    assert.equal(oldDoor(saved("ACCEPT")).open, true);
    const known = "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT";
    assert.equal(oldDoor(saved("DROP", known, "-A INPUT -i lo -j ACCEPT")).open, false);
    assert.equal(
      oldDoor(saved("DROP", "-A INPUT -p udp -m multiport --dports 5060,10000:20000 -j ACCEPT")).open,
      true,
    );
    const trunk = "-A INPUT -s 198.51.100.7/32 -p udp -m udp --dport 5060 -j ACCEPT";
    assert.deepEqual(oldDoor(saved("DROP", trunk)), { open: false, admitted: ["198.51.100.7/32"] });
    assert.deepEqual(
      oldDoor(saved("ACCEPT", "-A INPUT ! -s 10.0.0.0/8 -p udp -m udp --dport 5060 -j DROP")),
      {
        open: false,
        admitted: ["10.0.0.0/8"],
      },
    );
    const jumped = [
      "-A INPUT -p udp -m udp --dport 5060 -j VOICE",
      "-A VOICE -j REJECT --reject-with icmp-port-unreachable",
    ];
    assert.equal(oldDoor(saved("ACCEPT", ...jumped)).open, false);
    assert.equal(oldDoor(saved("ACCEPT", ...jumped), "tcp").open, true);
  });

  it("never throws, whatever the text", (t) => {
    const seed = 20_260_116;
    t.diagnostic(`seed ${seed}`);
    const random = seededRandom(seed);
    const text = saved(
      "DROP",
      "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
      "-A INPUT ! -s 10.0.0.0/8 -p udp -m multiport --dports 5060,10000:20000 -j VOICE",
      "-A VOICE -g INPUT",
    );
    for (let round = 0; round < 100_000; round += 1) {
      const at = Math.floor(random.next() * text.length);
      const odd = "-A :*!,\n0jgs"[Math.floor(random.next() * 12)] ?? "";
      const changed =
        text.slice(0, at) + odd.repeat(round % 4) + text.slice(at + Math.floor(random.next() * 9));
      assert.equal(typeof oldDoor(changed).open, "boolean", `seed ${seed}`);
    }
  });
});
