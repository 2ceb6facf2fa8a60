import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import type { Observation } from "../../protocol/observation.ts";
import { countedPackets, lineOf, makePair, offhook, rangeSkip, type Namespace } from "./network.ts";

const skip = rangeSkip("nft");

/** The mirror in the far namespace; the probe runs in the near one. */
async function mirrorFor(t: TestContext) {
  const pair = await makePair(t);
  const [node, command] = offhook;
  const mirror = pair.far.start(node, [command, "mirror", "--sip-port", "5070", "--json"]);
  await lineOf(mirror, /^Mirror at /u);
  return pair;
}

async function probe(near: Namespace, target: string, ...words: string[]) {
  const [node, command] = offhook;
  // Findings make the exit code 4, which is no failure here.
  const shell = 'exec 3>&1; "$@" >&3; code=$?; [ $code -eq 0 ] || [ $code -eq 4 ]';
  const json = await near.run(
    "sh",
    "-c",
    shell,
    "sh",
    node,
    command,
    "diag",
    "rtp",
    target,
    "--json",
    "--streams",
    "1",
    ...words,
  );
  const report = JSON.parse(json) as { observations: Observation[]; findings: { rule: string }[] };
  const number = (key: string): number => {
    const value = report.observations.find((each) => each.key === key)?.value;
    assert.equal(typeof value, "number", `${key} in ${json}`);
    return Number(value);
  };
  // A busy machine is told as well, and is no fault of the path.
  return { number, rules: report.findings.map(({ rule }) => rule).filter((rule) => rule !== "Z2") };
}

const drop = (match: string, share = "", hook: "input" | "output" = "input") => `
table inet fault-${hook} {
  chain fault {
    type filter hook ${hook} priority 0; policy accept;
    ${match} ${share} counter drop comment "fault"
  }
}
`;

test("a healthy path: nothing lost, nothing found", { skip }, async (t) => {
  const { near, farAddress } = await mirrorFor(t);
  const { number, rules } = await probe(near, `${farAddress}:5070`, "--seconds", "2");
  assert.equal(number("rtp.fwd.loss"), 0);
  assert.equal(number("rtp.rev.loss"), 0);
  assert.deepEqual(rules, []);
});

test(
  "5,000 packets with 3 % loss there: measured within half a percent, and nothing else is found",
  { skip },
  async (t) => {
    const { near, far, farAddress } = await mirrorFor(t);
    await far.nft(drop("udp dport 40000-40099", "numgen random mod 100 < 3"));
    const { number, rules } = await probe(
      near,
      `${farAddress}:5070`,
      "--seconds",
      "4",
      "--streams",
      "25",
      "--srtp",
    );
    assert.equal(number("rtp.fwd.sent"), 5000);
    const made = (100 * (await countedPackets(far, "fault"))) / 5000;
    assert.ok(Math.abs(number("rtp.fwd.loss") - made) <= 0.5, `${number("rtp.fwd.loss")} for ${made}`);
    assert.equal(number("rtp.rev.loss"), 0);
    // The far end counts no RTCP of ours for media: its word agrees as well.
    assert.ok(Math.abs(number("rtp.rtcp.contradicts")) <= 0.5);
    assert.ok(rules.includes("M7"), rules.join(" "));
  },
);

// Each has namespaces of its own and mostly waits, so that they run side by side; those above need the machine to themselves.
describe("what one fault on the path comes to", { concurrency: true }, () => {
  test("5 % loss on the way there is measured within 1 %, and none on the way back", { skip }, async (t) => {
    const { near, far, farAddress } = await mirrorFor(t);
    await far.nft(drop("udp dport 40000-40099", "numgen random mod 100 < 5"));
    const { number } = await probe(near, `${farAddress}:5070`, "--seconds", "2", "--streams", "13");
    const dropped = await countedPackets(far, "fault");
    assert.ok(dropped > 0);
    const made = (100 * dropped) / number("rtp.fwd.sent");
    assert.ok(Math.abs(number("rtp.fwd.loss") - made) <= 1, `${number("rtp.fwd.loss")} for ${made}`);
    assert.equal(number("rtp.rev.loss"), 0);
  });

  test("5 % loss on the way back is measured within 1 %, and none on the way there", { skip }, async (t) => {
    const { near, farAddress } = await mirrorFor(t);
    await near.nft(drop("udp sport 40000-40099", "numgen random mod 100 < 5"));
    const { number } = await probe(near, `${farAddress}:5070`, "--seconds", "2", "--streams", "13");
    const dropped = await countedPackets(near, "fault");
    assert.ok(dropped > 0);
    const made = (100 * dropped) / number("rtp.rev.sent");
    assert.ok(Math.abs(number("rtp.rev.loss") - made) <= 1, `${number("rtp.rev.loss")} for ${made}`);
    assert.equal(number("rtp.fwd.loss"), 0);
  });

  for (const [rule, about, where, match] of [
    ["M1", "the way back is closed", "near", "udp sport 40000-40099"],
    ["M2", "the way there is closed", "far", "udp dport 40000-40099"],
  ] as const) {
    test(`${about}: ${rule}, and no score`, { skip }, async (t) => {
      const pair = await mirrorFor(t);
      await pair[where].nft(drop(match));
      const { number, rules } = await probe(pair.near, `${pair.farAddress}:5070`, "--seconds", "2");
      assert.equal(number("rtp.fwd.sent"), 100);
      assert.equal(rules[0], rule);
      assert.throws(() => number("rtp.mos"));
    });
  }

  test("our packets carry the mark that was asked for, every one", { skip }, async (t) => {
    const { near, far, farAddress } = await mirrorFor(t);
    await far.nft(drop("udp dport 40000-40099", "ip dscp != 46"));
    const { number } = await probe(near, `${farAddress}:5070`, "--seconds", "1");
    assert.equal(number("dscp.sent"), 46);
    assert.equal(number("rtp.fwd.loss"), 0);
    // RTCP has no mark, and is dropped here; media have theirs.
    await far.nft("flush ruleset");
    await far.nft(drop("udp dport 40000-40099", "ip dscp != 34"));
    const other = await probe(near, `${farAddress}:5070`, "--seconds", "1", "--dscp", "34");
    assert.equal(other.number("dscp.sent"), 34);
    assert.equal(other.number("rtp.fwd.loss"), 0);
  });

  test("part of the RTP range is closed: M4 names the ports", { skip }, async (t) => {
    const { near, farAddress } = await mirrorFor(t);
    await near.nft(drop("udp dport 20060-20100"));
    const { rules } = await probe(
      near,
      `${farAddress}:5070`,
      "--seconds",
      "1",
      "--ports",
      "20000-20098",
      "--sample",
      "5",
    );
    assert.equal(rules[0], "M4");
  });

  test("both ways are closed: M3", { skip }, async (t) => {
    const { near, farAddress } = await mirrorFor(t);
    await near.nft(drop("udp sport 40000-40099"));
    await near.nft(drop("udp dport 40000-40099", "", "output"));
    const { rules } = await probe(near, `${farAddress}:5070`, "--seconds", "2");
    assert.equal(rules[0], "M3");
  });
});
