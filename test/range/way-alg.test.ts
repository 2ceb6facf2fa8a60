import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { diag, makeNatNetwork, natAddresses, startMirror, type NatNetwork } from "./nat-network.ts";
import { rangeSkip } from "./network.ts";
import { selfSigned } from "../fakes/self-signed.ts";
import { startKamailioIn } from "./sip-server-in.ts";

const skip = rangeSkip("nft", "kamailio");

/** The kernel's own SIP helper, as routers have it. */
const helperFor = (match: string) => `table ip alg {
    ct helper sip { type "sip" protocol udp; }
    chain pre {
      type filter hook prerouting priority filter; policy accept;
      udp ${match} ct helper set "sip"
    }
  }
`;
const helper = helperFor("dport 5060");

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
    assert.deepEqual(value("alg.touched"), []);
    assert.deepEqual(value("alg.inbound"), [], json);
    assert.deepEqual(rules, []);
  });

  test("the kernel's ALG: T6, the fields it alters, and what it forgets (A8)", async (t) => {
    const network = await makeNatNetwork(t);
    await network.router.nft(helper);
    await startMirror(network);
    await startMirror(network, "--sip-port", "5080", "--rtp-ports", "41000-41009");
    const { value, rules, json, sentences, remedies } = await alg(network);
    const fields = fieldsOf(value("alg.fields"));
    for (const field of ["Via", "Contact", "SDP o=", "SDP c="])
      assert.ok(fields.includes(field), `${field}: ${json}`);
    assert.ok(!fields.includes("X-Canary") && !fields.includes("SDP a=x-canary"), json);
    assert.deepEqual(value("alg.left"), ["SDP a=rtcp"], json);
    assert.deepEqual(rules.toSorted(), ["A8", "T6"], json);
    assert.deepEqual(value("alg.touched"), ["to port 5060"], json);
    assert.ok(fieldsOf(value("alg.inbound")).includes("start line"), json);
    assert.ok(!fieldsOf(value("alg.inbound")).includes("X-Canary"), json);
    assert.match(sentences, /rewrites SIP to port 5060 \(/u);
    assert.deepEqual(value("alg.escapes"), ["to port 5080"], json);
    assert.match(remedies, /SIP to port 5080 escapes it/u);
  });

  test("an ALG on our port 5060 alone: other messages pass as they are", async (t) => {
    const network = await makeNatNetwork(t);
    await network.router.nft(helperFor("sport 5060"));
    await startMirror(network);
    const { value, rules, json, remedies } = await alg(network);
    assert.deepEqual(value("alg.touched"), ["from port 5060"], json);
    assert.deepEqual(value("alg.escapes"), ["from a port other than 5060"], json);
    assert.ok(rules.includes("T6"), json);
    assert.match(remedies, /SIP from a port other than 5060 escapes it/u);
  });

  test("the kernel's ALG is proven with no help from the far end: a SIP server that knows nothing of us", async (t) => {
    const network = await makeNatNetwork(t);
    await network.router.nft(helper);
    const day = 86_400_000;
    const validity = { from: new Date(Date.now() - day), to: new Date(Date.now() + day) };
    const credentials = await selfSigned([{ type: "dns", value: "pbx.example" }], validity);
    await startKamailioIn(t, network.server, natAddresses.server, [5060, 5080], credentials);
    const { value, rules, json, remedies } = await alg(network);
    assert.equal(value("alg.by"), "answers", json);
    assert.equal(value("alg.reverse"), true, json);
    assert.deepEqual(rules, ["T6"]);
    assert.deepEqual(value("alg.escapes"), ["to port 5080", "over TLS"], json);
    assert.match(remedies, /SIP to port 5080, or over TLS escapes it/u);
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
