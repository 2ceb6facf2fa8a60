import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { diag, makeNatNetwork, natAddresses } from "./nat-network.ts";
import { rangeSkip } from "./network.ts";

describe("diag dscp", { concurrency: true, skip: rangeSkip("nft") }, () => {
  test("a marking that arrives: seen as sent, nothing found", async (t) => {
    const { inside } = await makeNatNetwork(t);
    const { value, rules, json } = await diag(inside, "dscp", natAddresses.server);
    assert.equal(value("dscp.seen"), 46, json);
    assert.deepEqual(value("dscp.path"), ["1 192.168.92.1 46", "2 203.0.113.2 46"], json);
    assert.deepEqual(rules, []);
  });

  test("a router that clears it is named: M10, and the hop behind it", async (t) => {
    const { inside, router, outsideLink } = await makeNatNetwork(t);
    await router.nft(`table ip fault {
      chain post {
        type filter hook postrouting priority 0; policy accept;
        oifname "${outsideLink}" ip dscp set 0
      }
    }
`);
    const { value, rules, json } = await diag(inside, "dscp", natAddresses.server);
    assert.equal(value("dscp.sent"), 46);
    assert.equal(value("dscp.seen"), 0, json);
    assert.equal(value("dscp.hop"), 2, json);
    assert.deepEqual(rules, ["M10"]);
  });
});
