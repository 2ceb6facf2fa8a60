import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { Observation } from "../../protocol/observation.ts";
import { makePair, rangeSkip } from "./network.ts";
import { diagIn, sipLookIn } from "./sip-look.ts";
import { startKamailioIn } from "./sip-server-in.ts";

// Why a SIP server is silent: what is planted on the way must be named first.

const skip = rangeSkip("kamailio", "nft", "turnserver");
const limit = { skip, timeout: 60_000 };

async function serverBehindCable(t: TestContext, ...ports: readonly number[]) {
  const pair = await makePair(t);
  await startKamailioIn(t, pair.far, pair.farAddress, ports);
  const fault = (...matches: readonly string[]) =>
    pair.far.nft(
      `table ip fault {\n  chain fault {\n    type filter hook prerouting priority -500; policy accept;\n${matches.join("\n")}\n  }\n}\n`,
    );
  const look = (...words: string[]) => sipLookIn(pair.near, pair.farAddress, "--sweep", ...words);
  return { ...pair, fault, look };
}

const banned = `
import { registration } from "${new URL("../../agent/probes/registration.ts", import.meta.url).href}";
import { systemIo } from "${new URL("../../agent/io/system-io.ts", import.meta.url).href}";
import { explain } from "${new URL("../../diagnosis/diagnose.ts", import.meta.url).href}";
import { defaultThresholds } from "${new URL("../../diagnosis/thresholds.ts", import.meta.url).href}";
import { Value } from "${import.meta.resolve("typebox/value")}";
process.env.WRONG = "not it";
const given = { user: "1001", domain: "pbx.example", passwordFrom: "env:WRONG", otherAddress: "10.91.0.3" };
const settings = Value.Parse(registration.settings, Value.Default(registration.settings, given));
const look = () => registration.run("10.91.0.2", settings, { ...systemIo(), say() {} }, AbortSignal.timeout(30_000));
for (let count = 0; count < 3; count += 1) await look();
const observations = await look();
const { findings } = explain(observations, defaultThresholds, Date.now());
console.log(JSON.stringify({ observations, rules: findings.map(({ rule }) => rule) }));
`;

// They wait for silence: side by side, each in namespaces of its own.
describe("why a SIP server is silent", { concurrency: true }, () => {
  test("port 5060 treated specially: by destination, by our source, and not at all", limit, async (t) => {
    const { far, fault, look } = await serverBehindCable(t, 5060, 5080);
    const healthy = await look();
    assert.deepEqual([healthy.value("sip.from5060"), healthy.rules], ["answers", []]);

    await fault("udp dport 5060 drop");
    const destination = await look();
    assert.deepEqual(destination.value("sip.ports.alive"), ["udp 5080"]);
    assert.match(
      destination.find("sip.from5060")?.evidence ?? "",
      /no answer; to port 5080 from 5060: answers/,
    );
    assert.deepEqual(destination.rules, ["N8"]);

    await far.nft("delete table ip fault");
    await fault("udp sport 5060 drop");
    const source = await look();
    assert.deepEqual([source.value("sip.code"), source.value("sip.from5060")], [200, "silent"]);
    assert.deepEqual(source.rules, ["N8"]);
  });

  test("SIP ports blocked while STUN to the same host works", limit, async (t) => {
    const { far, farAddress, fault, look } = await serverBehindCable(t, 5060);
    far.start("turnserver", [
      "-S",
      "-n",
      "-L",
      farAddress,
      "-p",
      "3478",
      "--no-tls",
      "--no-dtls",
      "--no-cli",
    ]);
    await fault("udp dport { 5060, 5061, 5080 } drop", "tcp dport { 5060, 5061, 5080 } drop");
    // Until it is up the host's STUN server is not there, which proves nothing.
    let blocked = await look();
    while (blocked.value("stun.ok") !== true) blocked = await look();
    assert.deepEqual(blocked.value("sip.ports.alive"), []);
    assert.deepEqual(blocked.rules, ["N3"]);
  });

  test("two servers behind one address are told apart by their answers", limit, async (t) => {
    const { near, far, farAddress } = await serverBehindCable(t, 5081);
    await startKamailioIn(t, far, farAddress, [5082]);
    await far.nft(`table ip pool {
  chain pool {
    type nat hook prerouting priority dstnat; policy accept;
    udp dport 5060 dnat to ${farAddress} : numgen inc mod 2 map { 0 : 5081, 1 : 5082 }
  }
}
`);
    const { value, rules } = await diagIn(near, "sip", farAddress, "--sources", "5");
    assert.equal((value("sip.signatures") as string[]).length, 2);
    assert.ok(Number(value("sip.signatures.changes")) >= 2);
    assert.deepEqual(rules, ["Q3"]);
  });

  test("a ban: refused logins, then silence for one address of ours alone", limit, async (t) => {
    const { near, fault } = await serverBehindCable(t, 5060);
    const [card] =
      (await near.run("ip", "-o", "-4", "route", "show", "10.91.0.0/24")).match(/(?<=dev )\S+/) ?? [];
    await near.run("ip", "address", "add", "10.91.0.3/24", "dev", card ?? assert.fail());
    // Two requests for each of three logins pass; a guard would now drop this address.
    await fault("ip saddr 10.91.0.1 udp dport 5060 numgen inc mod 100000 >= 6 drop");
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const text = await near.run(
      "sh",
      "-c",
      'cd "$1" && exec "$2" --input-type=module -e "$3"',
      "sh",
      root,
      process.execPath,
      banned,
    );
    const { observations, rules } = JSON.parse(text) as { observations: Observation[]; rules: string[] };
    const value = (key: string) => observations.find((each) => each.key === key)?.value;
    assert.deepEqual([value("sip.refusals"), value("sip.otherSource")], [3, "answers"]);
    assert.deepEqual(rules, ["R8"]);
  });
});
