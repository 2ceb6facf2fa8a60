import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { diag, makeNatNetwork, natAddresses, startMirror, type NatNetwork } from "./nat-network.ts";
import { rangeSkip } from "./network.ts";

const skip = rangeSkip("nft");

const filter = (match: string) => `table ip fault {
    chain raw {
      type filter hook prerouting priority -450; policy accept;
      ${match} drop
    }
    chain output {
      type filter hook output priority 0; policy accept;
      ${match} drop
    }
  }
`;

async function mtu(network: NatNetwork) {
  await startMirror(network, "--sip-port", "5060");
  return diag(network.inside, "mtu", `${natAddresses.server}:5060`);
}

/** The link behind the router carries less than Ethernet. */
const smaller = ({ router, outsideLink }: NatNetwork, size: number) =>
  router.run("ip", "link", "set", outsideLink, "mtu", String(size));

describe("diag mtu", { concurrency: true, skip }, () => {
  test("a clean way: 1500 whole, larger in fragments, nothing found", async (t) => {
    const { value, rules, json } = await mtu(await makeNatNetwork(t));
    assert.equal(value("mtu.df"), 1500, json);
    assert.equal(value("mtu.frag"), true, json);
    assert.deepEqual(rules, []);
  });

  test("a smaller link that tells: exact, and no fault", async (t) => {
    const network = await makeNatNetwork(t);
    await smaller(network, 1413);
    const { value, rules, json } = await mtu(network);
    assert.equal(value("mtu.df"), 1413, json);
    assert.equal(value("mtu.icmp"), true, json);
    assert.deepEqual(rules, []);
  });

  test("a smaller link that does not tell is a black hole (T8), exact", async (t) => {
    const network = await makeNatNetwork(t);
    await smaller(network, 1377);
    await network.router.nft(filter("icmp type destination-unreachable"));
    const { value, rules, json } = await mtu(network);
    assert.equal(value("mtu.df"), 1377, json);
    assert.equal(value("mtu.icmp"), false, json);
    assert.deepEqual(rules, ["T8"]);
  });

  test("fragments that are dropped: T13, not a black hole", async (t) => {
    const network = await makeNatNetwork(t, false);
    await network.router.nft(filter("ip frag-off & 0x3fff != 0"));
    const { value, rules, json } = await mtu(network);
    assert.equal(value("mtu.df"), 1500, json);
    assert.equal(value("mtu.frag"), false, json);
    assert.deepEqual(rules, ["T13"]);
  });
});
