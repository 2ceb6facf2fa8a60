import assert from "node:assert/strict";
import { test } from "node:test";
import { diag, makeNatNetwork, natAddresses, startCoturn } from "./nat-network.ts";
import { rangeSkip } from "./network.ts";

test(
  "both lifetimes of the kernel's NAT are measured to within a second, and T3",
  { skip: rangeSkip("nft", "turnserver") },
  async (t) => {
    const network = await makeNatNetwork(t);
    await startCoturn(network);
    const { inside, router } = network;
    await router.run("sysctl", "-qw", "net.netfilter.nf_conntrack_udp_timeout=3");
    await router.run("sysctl", "-qw", "net.netfilter.nf_conntrack_udp_timeout_stream=6");
    const { value, rules, json } = await diag(
      inside,
      "pinhole",
      `${natAddresses.server}:3478`,
      "--most",
      "8",
    );
    assert.ok(Math.abs(Number(value("nat.life.short")) - 3) <= 1, json);
    assert.ok(Math.abs(Number(value("nat.life.stream")) - 6) <= 1, json);
    assert.equal(value("nat.keepAlive"), Math.floor(0.8 * Number(value("nat.life.short"))));
    assert.deepEqual(rules, ["T3"]);
  },
);
