import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { Value } from "typebox/value";
import { systemClock } from "../../../agent/io/clock.ts";
import { openSipRecords } from "../../../agent/io/sip/sip-records.ts";
import { resolve } from "../../../agent/io/resolve.ts";
import { openStream } from "../../../agent/io/stream/stream.ts";
import { openUdp } from "../../../agent/io/udp/udp.ts";
import { sipOptions } from "../../../agent/probes/sip-options.ts";
import { tryParseHostPort } from "../../../agent/probes/sip-options/host-port.ts";
import { diagnose } from "../../../diagnosis/diagnose.ts";
import { thresholdsFrom } from "../../../diagnosis/thresholds.ts";
import { Observation } from "../../../protocol/observation.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import { selfSigned } from "../../fakes/self-signed.ts";
import { startFakePbx, type FakePbx } from "../../fakes/pbx.ts";

const io = { clock: systemClock, openUdp, openStream, resolve, openSipRecords, say: () => undefined };
const signal = new AbortController().signal;
const accounts = [
  { user: "1001", password: "first-Pw" },
  { user: "1002", password: "second-Pw" },
];
process.env["SIP_TEST_RIGHT"] = "first-Pw";
process.env["SIP_TEST_WRONG"] = "another";

async function look(target: string, settings: Record<string, unknown> = {}) {
  const complete = Value.Default(sipOptions.settings, settings);
  const checked = Value.Parse(sipOptions.settings, complete);
  const observations = await sipOptions.run(target, checked, io, signal);
  for (const each of observations) assert.ok(Value.Check(Observation, each), JSON.stringify(each));
  const find = (key: ObservationKey) => observations.find((each) => each.key === key);
  return { observations, find, value: (key: ObservationKey) => find(key)?.value };
}

const at = (pbx: FakePbx): string => `127.0.0.1:${pbx.port}`;

for (const transport of ["udp", "tcp"] as const) {
  test(`sip-options over ${transport}: 200 from a PBX`, async () => {
    await using pbx = await startFakePbx({ accounts });
    const { value, find, observations } = await look(at(pbx), { transport });
    assert.equal(value("sip.code"), 200);
    assert.equal(find("sip.code")?.outcome, "ok");
    assert.equal(find("sip.code")?.subject, `sip:127.0.0.1:${pbx.port}/${transport}`);
    assert.equal(value("sip.reason"), "OK");
    assert.equal(value("sip.server"), "Example PBX 1.0");
    assert.equal(value("sip.transport"), transport);
    assert.equal(value("sip.retrans"), 0);
    assert.equal(value("sip.auth.stage"), "none");
    assert.equal(value("sip.via.received"), "127.0.0.1");
    assert.deepEqual(value("sip.defects"), []);
    assert.equal(find("sip.rtt")?.unit, "ms");
    assert.equal(find("sip.rtt")?.evidence, "one request, one answer");
    assert.equal(pbx.requests[0]?.transport, transport);
    const shown = sipOptions.show?.(observations).join("\n") ?? "";
    assert.match(shown, /alive: 200 OK/);
    assert.match(shown, /Example PBX 1\.0/);
  });
}

test("sip-options over TLS: the certificate's facts, judged against the domain", async () => {
  const day = 86_400_000;
  const from = new Date(Date.now() - day);
  const to = new Date(Date.now() + 9.5 * day);
  const tls = await selfSigned([{ type: "dns", value: "pbx.example" }], { from, to });
  await using pbx = await startFakePbx({ accounts, tls });
  const target = `127.0.0.1:${pbx.tlsPort}`;
  const good = await look(target, { transport: "tls", domain: "pbx.example" });
  assert.equal(good.value("sip.code"), 200);
  assert.equal(good.value("tls.nameMatch"), true);
  assert.equal(good.value("tls.daysLeft"), 9);
  assert.equal(good.value("tls.chain"), "DEPTH_ZERO_SELF_SIGNED_CERT");
  assert.deepEqual(good.value("tls.names"), ["pbx.example"]);
  assert.match(String(good.value("tls.version")), /^TLSv1\.[23]$/);
  const bad = await look(target, { transport: "tls", domain: "other.example" });
  assert.equal(bad.value("tls.nameMatch"), false);
  assert.equal(bad.value("sip.code"), 200);
});

test("sip-options: a final answer of any class means alive, and says why", async () => {
  await using pbx = await startFakePbx({ accounts });
  pbx.behave({ kind: "answer", code: 403, reason: "Not from here" });
  const forbidden = await look(at(pbx));
  assert.equal(forbidden.find("sip.code")?.outcome, "ok");
  assert.equal(forbidden.value("sip.code"), 403);
  assert.equal(forbidden.value("sip.auth.stage"), "none");
  pbx.behave({
    kind: "answer",
    code: 503,
    headers: [
      { name: "Retry-After", value: "120 (maintenance)" },
      { name: "Warning", value: '399 pbx.example "trunk down"' },
    ],
  });
  const busy = await look(at(pbx));
  assert.equal(busy.value("sip.code"), 503);
  assert.equal(busy.value("sip.retryAfter"), 120);
  assert.equal(busy.find("sip.retryAfter")?.unit, "s");
  assert.equal(busy.value("sip.warning"), '399 pbx.example "trunk down"');
  pbx.behave({ kind: "normal" });
  assert.equal((await look(at(pbx), { user: "1001" })).value("sip.code"), 200);
  assert.equal((await look(at(pbx), { user: "nobody" })).value("sip.code"), 404);
});

test("sip-options: login stages: challenged, ok, refused, and sent when the answer is about something else", async () => {
  await using pbx = await startFakePbx({ accounts, realm: "pbx.example" });
  pbx.behave({ kind: "challenge" });
  const without = await look(at(pbx));
  assert.deepEqual([without.value("sip.code"), without.value("sip.auth.stage")], [401, "challenged"]);
  const right = await look(at(pbx), { authUser: "1001", passwordFrom: "env:SIP_TEST_RIGHT" });
  assert.deepEqual([right.value("sip.code"), right.value("sip.auth.stage")], [200, "ok"]);
  const wrong = await look(at(pbx), { authUser: "1001", passwordFrom: "env:SIP_TEST_WRONG" });
  assert.deepEqual([wrong.value("sip.code"), wrong.value("sip.auth.stage")], [401, "refused"]);
  const sent = await look(at(pbx), { authUser: "1001", passwordFrom: "env:SIP_TEST_RIGHT", user: "nobody" });
  assert.deepEqual([sent.value("sip.code"), sent.value("sip.auth.stage")], [404, "sent"]);
  const unset = await look(at(pbx), { authUser: "1001", passwordFrom: "env:SIP_TEST_UNSET" });
  assert.match(unset.find("sip.code")?.evidence ?? "", /SIP_TEST_UNSET is not set/);
  const all = JSON.stringify([without, right, wrong, sent].map(({ observations }) => observations));
  assert.doesNotMatch(all, /first-Pw|another/);
});

test("sip-options: a nonce that is too old is tried once more, and no oftener", async () => {
  // Every nonce is too old at once: the clock of this PBX runs a second further at each look.
  let now = 0;
  await using pbx = await startFakePbx({ accounts, nonceLife: 500, now: () => (now += 1000) });
  pbx.behave({ kind: "challenge" });
  const { value } = await look(at(pbx), { authUser: "1001", passwordFrom: "env:SIP_TEST_RIGHT" });
  assert.equal(value("sip.auth.stage"), "stale");
  assert.equal(pbx.requests.length, 3);
});

test("sip-options: a lost first request is sent again, and the round trip is an upper bound", async () => {
  await using pbx = await startFakePbx({ accounts });
  pbx.behave({ kind: "drop-first", count: 1 });
  const { value, find } = await look(at(pbx));
  assert.equal(value("sip.code"), 200);
  assert.ok(Number(value("sip.retrans")) >= 1);
  assert.match(find("sip.rtt")?.evidence ?? "", /repeated: between \d+\.\d and \d+\.\d ms/);
  const branches = pbx.requests.map(
    ({ request }) => request.headers.find(({ name }) => name === "Via")?.value,
  );
  assert.ok(branches.length >= 2);
  assert.equal(new Set(branches).size, 1);
});

test("sip-options: a silent server is a timeout, and says how often it was asked", async () => {
  await using pbx = await startFakePbx({ accounts });
  pbx.behave({ kind: "silent" });
  const { find, value } = await look(at(pbx), { timeout: 0.2 });
  assert.equal(find("sip.code")?.outcome, "timeout");
  assert.equal(value("sip.code"), null);
  assert.match(find("sip.code")?.evidence ?? "", /sent 1 times/);
  assert.equal(find("sip.icmp"), undefined);
});

test("sip-options: from outside an answer is the fault, and silence is well", async () => {
  await using pbx = await startFakePbx({ accounts });
  const judged = async () => {
    const { find, value, observations } = await look(at(pbx), { outside: true, timeout: 0.2 });
    const rules = diagnose(observations, thresholdsFrom({}).thresholds, Date.now()).map(({ rule }) => rule);
    assert.equal(find("sip.code"), undefined);
    return [value("sip.outside"), rules];
  };
  assert.deepEqual(await judged(), [true, ["S8"]]);
  pbx.behave({ kind: "bytes", bytes: Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n") });
  assert.deepEqual(await judged(), [true, ["S8"]]);
  pbx.behave({ kind: "silent" });
  assert.deepEqual(await judged(), [false, []]);
});

test("sip-options: a closed port is refused: ICMP over UDP, a reset over TCP", async () => {
  const pbx = await startFakePbx({ accounts });
  const target = at(pbx);
  await pbx.stop();
  const udp = await look(target);
  assert.equal(udp.find("sip.code")?.outcome, "refused");
  assert.equal(udp.value("sip.icmp"), "port-unreachable");
  const tcp = await look(target, { transport: "tcp" });
  assert.equal(tcp.find("sip.code")?.outcome, "refused");
  assert.equal(tcp.value("sip.icmp"), "reset");
});

test("sip-options: an answer that is no SIP is garbled, and shown", async () => {
  await using pbx = await startFakePbx({ accounts });
  pbx.behave({ kind: "bytes", bytes: Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n") });
  for (const transport of ["udp", "tcp"]) {
    const { find, value } = await look(at(pbx), { transport, timeout: 0.2 });
    assert.equal(find("sip.code")?.outcome, "garbled", transport);
    assert.match(find("sip.code")?.evidence ?? "", /HTTP\/1\.1 400/);
    assert.match(String(value("sip.defects")), /not SIP/);
  }
});

test("sip-options: an answer of another transaction is a stray, not an answer", async () => {
  await using pbx = await startFakePbx({ accounts });
  const stray =
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKother\r\nFrom: <sip:a@b.example>;tag=1\r\n" +
    "To: <sip:a@b.example>;tag=2\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
  pbx.behave({ kind: "bytes", bytes: Buffer.from(stray) });
  const { find, value } = await look(at(pbx), { timeout: 0.2 });
  assert.equal(find("sip.code")?.outcome, "timeout");
  assert.match(String(value("sip.defects")), /stray answer 200: its branch/);
});

test("sip-options: large requests that are lost are told from small ones", async () => {
  await using pbx = await startFakePbx({ accounts });
  assert.equal((await look(at(pbx), { large: true })).value("sip.large"), true);
  pbx.behave({ kind: "drop-larger", bytes: 1300 });
  const { value, find } = await look(at(pbx), { large: true, timeout: 0.2 });
  assert.equal(value("sip.code"), 200);
  assert.equal(value("sip.large"), false);
  assert.match(find("sip.large")?.evidence ?? "", /^18\d\d bytes/);
});

test("sip-options: a slow answer within the time is an answer", async () => {
  await using pbx = await startFakePbx({ accounts });
  pbx.behave({ kind: "slow", ms: 50 });
  const { value } = await look(at(pbx));
  assert.equal(value("sip.code"), 200);
  assert.equal(value("sip.retrans"), 0);
});

test("sip-options: a name that does not exist, and a target that is none", async () => {
  const none = {
    ...io,
    resolve: () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" })),
  };
  const settings = Value.Parse(sipOptions.settings, Value.Default(sipOptions.settings, {}));
  const observations = await sipOptions.run("pbx.invalid", settings, none, signal);
  const dns = observations.find(({ key }) => key === "dns.error");
  assert.equal(dns?.value, "ENOTFOUND");
  assert.equal(dns?.subject, "sip:pbx.invalid:5060/udp");
  assert.equal(observations.find(({ key }) => key === "sip.code")?.outcome, "unreachable");
  assert.equal((await look("not a host")).find("sip.code")?.outcome, "unreachable");
});

test("sip-options: goes on to the next address when the first does not answer", async () => {
  await using pbx = await startFakePbx({ accounts });
  const two = { ...io, resolve: async () => ["127.0.0.9", "127.0.0.1"] };
  const settings = Value.Parse(sipOptions.settings, Value.Default(sipOptions.settings, { transport: "tcp" }));
  const observations = await sipOptions.run(`pbx.example:${pbx.port}`, settings, two, signal);
  const code = observations.find(({ key }) => key === "sip.code");
  assert.equal(code?.value, 200);
  assert.match(code?.evidence ?? "", /127\.0\.0\.9 did not answer \(refused\)/);
});

test("sip-options: stops when the signal says so", async () => {
  await using pbx = await startFakePbx({ accounts });
  pbx.behave({ kind: "silent" });
  const stop = new AbortController();
  const settings = Value.Parse(sipOptions.settings, Value.Default(sipOptions.settings, {}));
  const running = sipOptions.run(at(pbx), settings, io, stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(running, /enough/);
});

const places = [
  ["pbx.example", { host: "pbx.example", port: 5060 }],
  ["pbx.example:5070", { host: "pbx.example", port: 5070 }],
  ["[2001:db8::1]:5070", { host: "2001:db8::1", port: 5070 }],
  ["[2001:db8::1]", { host: "2001:db8::1", port: 5060 }],
  ["2001:db8::1", { host: "2001:db8::1", port: 5060 }],
  ["pbx.example:0", undefined],
  ["pbx.example:70000", undefined],
  ["pbx.example:", undefined],
  ["", undefined],
] as const;

for (const [text, place] of places) {
  test(`tryParseHostPort(): ${JSON.stringify(text)}`, () => {
    assert.deepEqual(tryParseHostPort(text, 5060), place);
  });
}

test("sip-options: plain HTTP on a TLS port is told as a port without TLS, and so is one that stays silent", async (t) => {
  const speaks = createHttpServer((_, reply) => reply.end());
  const silent = createTcpServer(() => {});
  for (const server of [speaks, silent]) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
  }
  const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
  const other = await look(`127.0.0.1:${portOf(speaks)}`, { transport: "tls", timeout: 5 });
  assert.equal(other.value("tls.instead"), "another protocol");
  assert.match(
    other.find("sip.code")?.evidence ?? "",
    /WRONG_VERSION_NUMBER the port answers with something/,
  );
  const nothing = await look(`127.0.0.1:${portOf(silent)}`, { transport: "tls", timeout: 0.2 });
  assert.equal(nothing.value("tls.instead"), "nothing");
});

/** Records of a made-up domain whose servers are on loopback. */
function recordsOf(port: number, dead: number) {
  return () => ({
    naptr: (domain: string) =>
      Promise.resolve([
        {
          order: 10,
          preference: 2,
          flags: "s",
          service: "SIP+D2U",
          regexp: "",
          replacement: `_sip._udp.${domain}`,
        },
        {
          order: 10,
          preference: 1,
          flags: "s",
          service: "SIP+D2T",
          regexp: "",
          replacement: `_sip._tcp.${domain}`,
        },
      ]),
    srv: (name: string) =>
      Promise.resolve(
        name.startsWith("_sip._udp")
          ? [
              { name: "one.example", port: dead, priority: 1, weight: 1 },
              { name: "two.example", port, priority: 2, weight: 1 },
            ]
          : [{ name: "two.example", port, priority: 1, weight: 1 }],
      ),
    addresses: () => Promise.resolve(["127.0.0.1"]),
  });
}

test("sip-options: every server of a domain is asked, in the order of its records, and a dead one is named", async () => {
  await using pbx = await startFakePbx({ accounts });
  const gone = await startFakePbx({ accounts });
  const dead = gone.port;
  await gone.stop();
  const settings = Value.Parse(
    sipOptions.settings,
    Value.Default(sipOptions.settings, { targets: true, domain: "pbx.example" }),
  );
  const own = { ...io, openSipRecords: recordsOf(pbx.port, dead) };
  const observations = await sipOptions.run(at(pbx), settings, own, signal);
  const value = (key: ObservationKey) => observations.find((each) => each.key === key)?.value;
  assert.match(
    String(value("sip.targets")),
    /tcp two\.example.*200 OK.*udp one\.example.*ECONNREFUSED.*udp two\.example.*200 OK/,
  );
  assert.match(String(value("sip.targets.dead")), /^udp one\.example:\d+ 127\.0\.0\.1: ECONNREFUSED/);
  assert.equal(value("sip.ipv6"), "none");
  assert.equal(value("sip.code"), 200);
});
