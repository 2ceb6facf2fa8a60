import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { countedPackets, makePair, rangeSkip } from "./network.ts";
import { diagIn, type SipLook } from "./sip-look.ts";

const skip = rangeSkip("sipp", "nft");
const limit = { skip, timeout: 60_000 };

/** sipp's own callee behind a cable: rings, answers with G.711, repeats its 200 until the ACK, and takes BYE. */
async function calleeBehindCable(t: TestContext) {
  const pair = await makePair(t);
  const folder = await mkdtemp(join(tmpdir(), "offhook-sipp-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const words = ["-sn", "uas", "-i", pair.farAddress, "-p", "5060", "-nostdin", "-m", "100", "-rtp_echo"];
  pair.far.start("sipp", words, { cwd: folder });
  const call = (...more: string[]) =>
    diagIn(pair.near, "call", `600@${pair.farAddress}`, "--seconds", "2", ...more);
  let healthy: SipLook;
  do healthy = await call();
  while (healthy.find("sip.code")?.outcome === "refused");
  return { ...pair, call, healthy };
}

test(
  "a call to sipp: ringing, answer, ACK, BYE; that its answer knows no telephone-event is told, and is no fault",
  limit,
  async (t) => {
    const { healthy } = await calleeBehindCable(t);
    assert.deepEqual([healthy.value("sip.code"), healthy.value("call.bye")], [200, 200]);
    assert.deepEqual([healthy.value("call.codec"), healthy.value("call.answerRepeats")], ["pcmu", 0]);
    assert.equal(typeof healthy.value("call.pdd"), "number");
    assert.equal(healthy.value("call.dtmf"), false);
    assert.deepEqual(healthy.rules, ["C7"]);
    assert.deepEqual(healthy.severities, ["info"]);
  },
);

test("lost ACKs: the answers that come again are counted, and named first", limit, async (t) => {
  const { far, call } = await calleeBehindCable(t);
  // "ACK " at the start of the UDP payload; the first three are dropped.
  await far.nft(`
table ip fault {
  chain fault {
    type filter hook prerouting priority -500; policy accept;
    udp dport 5060 @th,64,32 0x41434b20 numgen inc mod 1000 < 3 counter drop comment "fault"
  }
}
`);
  const { value, rules } = await call();
  assert.equal(await countedPackets(far, "fault"), 3);
  assert.equal(value("call.answerRepeats"), 3);
  assert.equal(rules[0], "T1");
});
