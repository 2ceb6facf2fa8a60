import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { diag, makeNatNetwork, natAddresses, startMirror } from "./nat-network.ts";
import { offhook, rangeSkip } from "./network.ts";

const mirror = `${natAddresses.server}:5070`;

/** Probe, router without NAT, mirror: one hop each way. */
async function marksNetwork(t: TestContext) {
  const network = await makeNatNetwork(t, false);
  await startMirror(network, "--sip-port", "5070");
  const { router, insideLink, outsideLink } = network;
  return {
    ...network,
    /** What the router does to packets that leave it on either side. */
    there: (rule: string) => router.nft(leaving("there", outsideLink, rule)),
    back: (rule: string) => router.nft(leaving("back", insideLink, rule)),
  };
}

const leaving = (name: string, link: string, rule: string) => `table ip fault-${name} {
  chain post {
    type filter hook postrouting priority 0; policy accept;
    oifname "${link}" ${rule}
  }
}
`;

/** A busy machine is told as well, and is no fault of the way. */
const ofTheWay = (rules: readonly string[]) => rules.filter((rule) => !rule.startsWith("Z"));

describe("DSCP and TTL of each way", { concurrency: true, skip: rangeSkip("nft", "setpriv") }, () => {
  test("diag rtp: marks that arrive, one router each way; nothing found", async (t) => {
    const { inside } = await marksNetwork(t);
    const { value, rules, json } = await diag(inside, "rtp", mirror, "--seconds", "1", "--streams", "2");
    assert.deepEqual(
      ["dscp.sent", "dscp.seen", "ttl.seen", "dscp.back.sent", "dscp.back", "ttl.back"].map(value),
      [46, 46, 63, 46, 46, 63],
      json,
    );
    assert.deepEqual(ofTheWay(rules), []);
  });

  test("diag rtp under SRTP: a router rewrites the mark on the way there alone: M10", async (t) => {
    const { inside, there } = await marksNetwork(t);
    await there("ip dscp set 10");
    const { value, rules, json } = await diag(
      inside,
      "rtp",
      mirror,
      "--seconds",
      "1",
      "--streams",
      "2",
      "--srtp",
    );
    assert.deepEqual(["dscp.seen", "dscp.back"].map(value), [10, 46], json);
    assert.deepEqual(ofTheWay(rules), ["M10"]);
  });

  test("diag rtp: a router clears the far end's mark on the way back alone: M10", async (t) => {
    const { inside, back } = await marksNetwork(t);
    await back("ip dscp set 0");
    const words = ["--seconds", "1", "--streams", "2", "--dscp", "34"];
    const { value, rules, json } = await diag(inside, "rtp", mirror, ...words);
    assert.deepEqual(["dscp.seen", "dscp.back.sent", "dscp.back"].map(value), [34, 34, 0], json);
    assert.deepEqual(ofTheWay(rules), ["M10"]);
  });

  test("diag dscp without the right to hear ICMP: the mirror tells, and the router stays unknown", async (t) => {
    const { inside, there } = await marksNetwork(t);
    await there("ip dscp set 8");
    const [node, command] = offhook;
    const shell = 'exec 3>&1; "$@" >&3; code=$?; case $code in 0|4|5|8) ;; *) exit $code;; esac';
    const words = [
      "--bounding-set=-net_raw",
      "--inh-caps=-net_raw",
      node,
      command,
      "diag",
      "dscp",
      mirror,
      "--json",
    ];
    const json = await inside.run("sh", "-c", shell, "sh", "setpriv", ...words);
    const report = JSON.parse(json) as {
      observations: { key: string; value: unknown; outcome: string }[];
      findings: { rule: string }[];
    };
    const of = (key: string) => report.observations.find((each) => each.key === key);
    assert.deepEqual(
      [of("dscp.seen")?.value, of("ttl.seen")?.value, of("ttl.back")?.value],
      [8, 63, 63],
      json,
    );
    assert.equal(of("dscp.hop")?.outcome, "denied");
    assert.deepEqual(
      report.findings.map(({ rule }) => rule),
      ["M10"],
    );
  });

  test("diag dscp as root at a mirror: both name it, the mirror and the hop", async (t) => {
    const { inside, there } = await marksNetwork(t);
    await there("ip dscp set 8");
    const { value, rules, json } = await diag(inside, "dscp", mirror);
    assert.deepEqual(["dscp.seen", "ttl.seen", "dscp.hop"].map(value), [8, 63, 2], json);
    assert.deepEqual(rules, ["M10"]);
  });

  const compare = ["--compare-best-effort", "--streams", "8", "--seconds", "3"];

  test("a router that drops marked and unmarked alike: M11", async (t) => {
    const { inside, there } = await marksNetwork(t);
    await there("udp dport 40000-40099 numgen random mod 100 < 20 drop");
    const { value, rules, json } = await diag(inside, "rtp", mirror, ...compare);
    assert.equal(value("dscp.seen"), 46, json);
    for (const key of ["rtp.fwd.loss", "rtp.be.fwd.loss"])
      assert.ok(Math.abs(Number(value(key)) - 20) < 6, `${key} ${String(value(key))}`);
    assert.ok(rules.includes("M11"), rules.join(" "));
  });

  test("a router that drops unmarked packets alone does as it should: nothing found", async (t) => {
    const { inside, there } = await marksNetwork(t);
    await there("ip dscp 0 udp dport 40000-40099 numgen random mod 100 < 20 drop");
    const { value, rules, json } = await diag(inside, "rtp", mirror, ...compare);
    assert.equal(value("rtp.fwd.loss"), 0, json);
    assert.ok(Math.abs(Number(value("rtp.be.fwd.loss")) - 20) < 6, json);
    assert.deepEqual(ofTheWay(rules), []);
  });
});
