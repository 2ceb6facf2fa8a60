import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { freePort } from "./free-port.ts";
import { countedPackets, makePair, rangeSkip } from "./network.ts";
import { sipLook, sipLookIn, type SipLook } from "./sip-look.ts";

const skip = rangeSkip("sipp", "nft");
const limit = { skip, timeout: 60_000 };

const scenario = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="options">
  <recv request="OPTIONS" crlf="true"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=[pid]SippTag[call_number]
[last_Call-ID:]
[last_CSeq:]
Server: sipp
Content-Length: 0

]]></send>
</scenario>
`;

/** The words that make sipp answer OPTIONS, and the folder it works in. */
async function sippWords(t: TestContext, address: string, port: number, transport: "u1" | "t1") {
  const folder = await mkdtemp(join(tmpdir(), "offhook-sipp-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "options.xml");
  await writeFile(file, scenario);
  return {
    folder,
    words: ["-sf", file, "-i", address, "-p", `${port}`, "-t", transport, "-nostdin", "-m", "100"],
  };
}

/** Looks until something holds the port: until then ICMP, or a reset, says that nothing does. */
async function lookWhenUp(look: () => Promise<SipLook>): Promise<SipLook> {
  for (;;) {
    const seen = await look();
    if (seen.find("sip.code")?.outcome !== "refused") return seen;
  }
}

for (const [name, transport] of [
  ["u1", "udp"],
  ["t1", "tcp"],
] as const) {
  test(`sipp answers OPTIONS over ${transport}`, limit, async (t) => {
    const port = await freePort();
    const { folder, words } = await sippWords(t, "127.0.0.1", port, name);
    const child = spawn("sipp", words, { cwd: folder, stdio: "ignore" });
    const ended = once(child, "exit");
    t.after(async () => {
      child.kill("SIGKILL");
      await ended;
    });
    const { value } = await lookWhenUp(() => sipLook(`127.0.0.1:${port}`, { transport }));
    assert.equal(value("sip.code"), 200);
    assert.equal(value("sip.server"), "sipp");
    assert.deepEqual(value("sip.defects"), []);
  });
}

test("a port where nothing listens is refused, by ICMP over UDP and by a reset over TCP", async () => {
  const port = await freePort();
  const udp = await sipLook(`127.0.0.1:${port}`);
  assert.deepEqual([udp.find("sip.code")?.outcome, udp.value("sip.icmp")], ["refused", "port-unreachable"]);
  const tcp = await sipLook(`127.0.0.1:${port}`, { transport: "tcp" });
  assert.deepEqual([tcp.find("sip.code")?.outcome, tcp.value("sip.icmp")], ["refused", "reset"]);
});

/** sipp behind a cable, up and answering. */
async function sippBehindCable(t: TestContext) {
  const pair = await makePair(t);
  const { folder, words } = await sippWords(t, pair.farAddress, 5060, "u1");
  pair.far.start("sipp", words, { cwd: folder });
  const healthy = await lookWhenUp(() => sipLookIn(pair.near, pair.farAddress, "--large"));
  return { ...pair, healthy };
}

const fault = (match: string) => `
table ip fault {
  chain fault {
    type filter hook prerouting priority -500; policy accept;
    ${match} counter drop comment "fault"
  }
}
`;

test("a healthy path to sipp: 200, large requests too, and no finding", limit, async (t) => {
  const { healthy } = await sippBehindCable(t);
  assert.equal(healthy.value("sip.code"), 200);
  assert.equal(healthy.value("sip.retrans"), 0);
  assert.equal(healthy.value("sip.large"), true);
  assert.deepEqual(healthy.rules, []);
});

test("a lost first request is sent again after T1, and counted", limit, async (t) => {
  const { near, far, farAddress } = await sippBehindCable(t);
  await far.nft(fault("udp dport 5060 numgen inc mod 100 < 1"));
  const { value, find } = await sipLookIn(near, farAddress);
  assert.equal(await countedPackets(far, "fault"), 1);
  assert.equal(value("sip.code"), 200);
  assert.ok(Number(value("sip.retrans")) >= 1);
  assert.match(find("sip.rtt")?.evidence ?? "", /a request was repeated/);
});

test("silence is a timeout: every sending was dropped on the way", limit, async (t) => {
  const { near, far, farAddress } = await sippBehindCable(t);
  await far.nft(fault("udp dport 5060"));
  const { value, find } = await sipLookIn(near, farAddress);
  assert.equal(find("sip.code")?.outcome, "timeout");
  assert.equal(value("sip.icmp"), undefined);
  // Quick mode: 0, 0.5 and 1.5 s.
  assert.equal(await countedPackets(far, "fault"), 3);
});

test("dropped fragments are told from a dead server: small is answered, large is not", limit, async (t) => {
  const { near, far, farAddress } = await sippBehindCable(t);
  await far.nft(fault("ip frag-off & 0x3fff != 0"));
  const { value, rules } = await sipLookIn(near, farAddress, "--large");
  assert.ok((await countedPackets(far, "fault")) > 0);
  assert.equal(value("sip.code"), 200);
  assert.equal(value("sip.large"), false);
  assert.deepEqual(rules, ["T7"]);
});
