import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import { systemClock } from "../../../agent/io/clock.ts";
import { resolve } from "../../../agent/io/resolve.ts";
import { openStream } from "../../../agent/io/stream/stream.ts";
import { openUdp } from "../../../agent/io/udp/udp.ts";
import { registration } from "../../../agent/probes/registration.ts";
import { Observation } from "../../../protocol/observation.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import { headerValue } from "../../../protocol/sip/message.ts";
import { startFakePbx, type FakePbx } from "../../fakes/pbx.ts";
import { registerAccount } from "../../fakes/sip-client.ts";

const io = { clock: systemClock, openUdp, openStream, resolve, say: () => undefined };
const accounts = [{ user: "1001", password: "first-Pw" }];
const realm = "127.0.0.1";
process.env["REG_TEST_RIGHT"] = "first-Pw";
process.env["REG_TEST_WRONG"] = "another";
const right = { user: "1001", passwordFrom: "env:REG_TEST_RIGHT" };

async function closedPbx(): Promise<FakePbx> {
  await using pbx = await startFakePbx({ accounts });
  return pbx;
}

async function look(pbx: FakePbx, settings: Record<string, unknown>, signal = new AbortController().signal) {
  const checked = Value.Parse(registration.settings, Value.Default(registration.settings, settings));
  const observations = await registration.run(`127.0.0.1:${pbx.port}`, checked, io, signal);
  for (const each of observations) assert.ok(Value.Check(Observation, each), JSON.stringify(each));
  const find = (key: ObservationKey) => observations.find((each) => each.key === key);
  const shown = registration.show?.(observations).join("\n") ?? "";
  return {
    find,
    value: (key: ObservationKey) => find(key)?.value,
    shown,
    text: JSON.stringify(observations),
  };
}

for (const transport of ["udp", "tcp"] as const) {
  test(`registration over ${transport}: register, refresh with the same nonce counted up, and remove`, async () => {
    await using pbx = await startFakePbx({ accounts, realm });
    const { value, find, shown } = await look(pbx, { ...right, transport, expires: 120 });
    assert.equal(value("sip.code"), 200);
    assert.equal(find("sip.code")?.subject, `sip:127.0.0.1:${pbx.port}/${transport}/register/1001`);
    assert.equal(value("sip.auth.stage"), "ok");
    assert.deepEqual(value("sip.auth.algorithms"), ["SHA-256", "MD5"]);
    assert.equal(value("sip.auth.qop"), "auth");
    assert.equal(value("reg.expires"), 120);
    assert.equal(value("reg.devices"), 0);
    assert.equal(value("reg.refresh"), 200);
    assert.equal(value("sip.auth.nonceReused"), true);
    assert.equal(value("reg.remove"), 200);
    assert.equal(pbx.registrations().length, 0);
    const counts = pbx.requests.map(
      ({ request }) => /nc=(\w+)/.exec(headerValue(request, "Authorization") ?? "")?.[1],
    );
    assert.deepEqual(counts, [undefined, "00000001", "00000002", "00000003", "00000004"]);
    assert.match(shown, /REGISTER 200 OK[\s\S]*granted +120 s/);
  });
}

for (const algorithm of ["MD5", "SHA-256", "SHA-512-256", "MD5-sess", "SHA-256-sess"]) {
  test(`registration logs in by ${algorithm}`, async () => {
    await using pbx = await startFakePbx({ accounts, realm, algorithms: [algorithm] });
    const { value } = await look(pbx, right);
    assert.deepEqual([value("sip.code"), value("sip.auth.stage"), value("reg.remove")], [200, "ok", 200]);
  });
}

test("registration: a phone that is logged in is not disturbed, unless told; then both are seen", async () => {
  await using pbx = await startFakePbx({ accounts, realm });
  const server = { address: "127.0.0.1", port: pbx.port };
  const phone = { server, user: "1001", password: "first-Pw" };
  await using _held = await registerAccount(phone, AbortSignal.timeout(10_000));
  const quiet = await look(pbx, right);
  assert.deepEqual([quiet.value("sip.code"), quiet.value("reg.devices")], [200, 1]);
  assert.equal(quiet.find("reg.expires"), undefined);
  assert.match(quiet.shown, /did not register/);
  const beside = await look(pbx, { ...right, beside: true, second: true });
  assert.deepEqual([beside.value("reg.replaced"), beside.value("reg.second")], [false, "both"]);
  assert.equal(pbx.registrations().length, 1);
});

test("registration: a refused login is explained by its digest computed again, and the password stays out", async () => {
  await using pbx = await startFakePbx({ accounts, realm });
  const wrong = await look(pbx, { user: "1001", passwordFrom: "env:REG_TEST_WRONG" });
  assert.deepEqual([wrong.value("sip.code"), wrong.value("sip.auth.stage")], [401, "refused"]);
  assert.equal(wrong.value("sip.auth.cause"), "server-record");
  assert.match(wrong.shown, /computed again for user 1001, realm "127\.0\.0\.1", SHA-256/);
  const login = await look(pbx, { ...right, authUser: "1001@pbx" });
  assert.equal(login.value("sip.auth.cause"), "user");
  assert.match(login.shown, /the login "1001@pbx" is not the account's user "1001"/);
  const domain = await look(pbx, { ...right, domain: "pbx.example", passwordFrom: "env:REG_TEST_WRONG" });
  assert.equal(domain.value("sip.auth.cause"), "realm");
  assert.doesNotMatch(wrong.text + login.text + domain.text, /first-Pw|another[^"]*Pw/);
  // One login each, and no guessing.
  assert.equal(pbx.requests.length, 6);
});

test("registration: stale nonces, once and always", async () => {
  let now = Date.now();
  await using pbx = await startFakePbx({ accounts, realm, nonceLife: 0, now: () => (now += 1000) });
  const { value } = await look(pbx, right);
  assert.deepEqual([value("sip.auth.stage"), value("sip.auth.cause")], ["stale", "pool"]);
  assert.equal(value("sip.auth.stale"), 2);
});

test("registration: an algorithm that nobody knows is told", async () => {
  await using pbx = await startFakePbx({ accounts, realm });
  const challenge = 'Digest realm="a", nonce="b", algorithm=SHA3-512, qop="auth"';
  pbx.behave({ kind: "answer", code: 401, headers: [{ name: "WWW-Authenticate", value: challenge }] });
  const { value } = await look(pbx, right);
  assert.deepEqual([value("sip.auth.stage"), value("sip.auth.cause")], ["challenged", "no-algorithm"]);
  assert.deepEqual(value("sip.auth.algorithms"), ["SHA3-512"]);
});

test("registration: 423 is retried with the time that the server wants", async () => {
  await using pbx = await startFakePbx({ accounts, realm, minExpires: 600 });
  const { value } = await look(pbx, { ...right, expires: 60 });
  assert.deepEqual([value("sip.code"), value("reg.minExpires"), value("reg.expires")], [200, 600, 600]);
});

test("registration: without a password the challenge is seen; an unset source and a silent port are outcomes", async () => {
  await using pbx = await startFakePbx({ accounts, realm });
  const without = await look(pbx, { user: "1001" });
  assert.deepEqual([without.value("sip.code"), without.value("sip.auth.stage")], [401, "challenged"]);
  const unset = await look(pbx, { user: "1001", passwordFrom: "env:REG_TEST_UNSET" });
  assert.equal(unset.find("sip.code")?.outcome, "denied");
  const { port } = await closedPbx();
  const gone = await look({ port } as FakePbx, right);
  assert.equal(gone.find("sip.code")?.outcome, "refused");
});
