import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { diag, makeNatNetwork, natAddresses, startCoturn } from "./nat-network.ts";
import { rangeSkip } from "./network.ts";

const skip = rangeSkip("nft", "turnserver");

describe("diag pinhole", { concurrency: true, skip }, () => {
  test("both lifetimes of the kernel's NAT are measured to within a second, and T3", async (t) => {
    const network = await makeNatNetwork(t);
    await startCoturn(network);
    const { inside, router } = network;
    await router.run("sysctl", "-qw", "net.netfilter.nf_conntrack_udp_timeout=3");
    await router.run("sysctl", "-qw", "net.netfilter.nf_conntrack_udp_timeout_stream=5");
    const { value, rules, json } = await diag(
      inside,
      "pinhole",
      `${natAddresses.server}:3478`,
      "--most",
      "6",
    );
    assert.ok(Math.abs(Number(value("nat.life.short")) - 3) <= 1, json);
    assert.ok(Math.abs(Number(value("nat.life.stream")) - 5) <= 1, json);
    const keepAlive = Number(value("nat.keepAlive"));
    // Never more than the longest pause that was survived, which may be 0.6 s below the lifetime.
    assert.ok(keepAlive >= 1 && keepAlive <= 0.8 * Number(value("nat.life.short")), json);
    // The kernel's NAT takes what comes in for life of the flow.
    assert.equal(value("nat.life.inbound"), true, json);
    assert.deepEqual(rules, ["T3"]);
  });

  test("a firewall that takes only what goes out for a sign of life: packets from outside do not prolong it", async (t) => {
    const network = await makeNatNetwork(t);
    await startCoturn(network);
    await network.router.nft(`table ip strict {
    set spoken {
      type inet_service; flags dynamic, timeout; timeout 3s; size 4096;
    }
    chain forward {
      type filter hook forward priority 0; policy accept;
      iifname "${network.insideLink}" update @spoken { udp sport timeout 3s } accept
      udp dport @spoken accept
      meta l4proto udp drop
    }
  }
`);
    const words = ["pinhole", `${natAddresses.server}:3478`, "--most", "6"];
    const { value, rules, json } = await diag(network.inside, ...words);
    assert.ok(Math.abs(Number(value("nat.life.short")) - 3) <= 1, json);
    assert.equal(value("nat.life.inbound"), false, json);
    assert.deepEqual(rules, ["T3"]);
  });

  test("a public port that changes while the phone speaks (T12), and one that stays", async (t) => {
    const series = ["stun", `${natAddresses.server}:3478`, "--times", "3", "--every", "2"];
    const [steady, fickle] = await Promise.all([makeNatNetwork(t), makeNatNetwork(t, "random")]);
    await fickle.router.run("sysctl", "-qw", "net.netfilter.nf_conntrack_udp_timeout=1");
    await Promise.all([startCoturn(steady), startCoturn(fickle)]);
    const [good, bad] = await Promise.all([diag(steady.inside, ...series), diag(fickle.inside, ...series)]);
    assert.deepEqual([good.value("nat.rebinds"), good.rules], [0, []], good.json);
    assert.deepEqual([bad.value("nat.rebinds"), bad.rules], [2, ["T12"]], bad.json);
  });
});
