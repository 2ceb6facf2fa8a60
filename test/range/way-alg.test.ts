import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { diag, makeNatNetwork, natAddresses, startMirror, type NatNetwork } from "./nat-network.ts";
import { rangeSkip } from "./network.ts";
import { startKamailioIn } from "./sip-server-in.ts";

const skip = rangeSkip("nft", "kamailio");

/** The kernel's own SIP helper, as routers have it. */
const helper = `table ip alg {
    ct helper sip { type "sip" protocol udp; }
    chain pre {
      type filter hook prerouting priority filter; policy accept;
      udp dport 5060 ct helper set "sip"
    }
  }
`;

const alg = ({ inside }: NatNetwork) => diag(inside, "alg", `${natAddresses.server}:5060`);
const fieldsOf = (value: unknown) => [
  ...new Set((value as string[]).map((each) => each.slice(0, each.indexOf(": ")))),
];

describe("diag alg", { concurrency: true, skip }, () => {
  test("a healthy NAT alters nothing, as a mirror sees it and as answers show it", async (t) => {
    const network = await makeNatNetwork(t);
    await startMirror(network);
    const { value, rules, json } = await alg(network);
    assert.deepEqual(value("alg.fields"), [], json);
    assert.equal(value("alg.reverse"), false, json);
    assert.equal(value("alg.by"), "mirror");
    assert.deepEqual(value("alg.blocked"), []);
    assert.deepEqual(rules, []);
  });

  test("the kernel's ALG: T6, the fields it alters, and what it forgets (A8)", async (t) => {
    const network = await makeNatNetwork(t);
    await network.router.nft(helper);
    await startMirror(network);
    const { value, rules, json } = await alg(network);
    const fields = fieldsOf(value("alg.fields"));
    for (const field of ["Via", "Contact", "SDP o=", "SDP c="])
      assert.ok(fields.includes(field), `${field}: ${json}`);
    assert.ok(!fields.includes("X-Canary") && !fields.includes("SDP a=x-canary"), json);
    assert.deepEqual(value("alg.left"), ["SDP a=rtcp"], json);
    assert.deepEqual(rules.toSorted(), ["A8", "T6"], json);
  });

  test("the kernel's ALG is proven with no help from the far end: a SIP server that knows nothing of us", async (t) => {
    const network = await makeNatNetwork(t);
    await network.router.nft(helper);
    await startKamailioIn(t, network.server, natAddresses.server);
    const { value, rules, json } = await alg(network);
    assert.equal(value("alg.by"), "answers", json);
    assert.equal(value("alg.reverse"), true, json);
    assert.deepEqual(rules, ["T6"]);
  });

  test("the same server behind a healthy NAT: nothing", async (t) => {
    const network = await makeNatNetwork(t);
    await startKamailioIn(t, network.server, natAddresses.server);
    const { value, rules, json } = await alg(network);
    assert.equal(value("alg.reverse"), false, json);
    assert.deepEqual(value("alg.fields"), [], json);
    assert.deepEqual(rules, []);
  });
});
