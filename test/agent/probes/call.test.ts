import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Value } from "typebox/value";
import { systemClock } from "../../../agent/io/clock.ts";
import { resolve } from "../../../agent/io/resolve.ts";
import { openStream } from "../../../agent/io/stream/stream.ts";
import { openUdp } from "../../../agent/io/udp/udp.ts";
import { call } from "../../../agent/probes/call.ts";
import { diagnose } from "../../../diagnosis/diagnose.ts";
import { thresholdsFrom } from "../../../diagnosis/thresholds.ts";
import { decodeIdentity } from "../../../protocol/stir/identity.ts";
import { judgeSignature } from "../../../protocol/stir/judge-identity.ts";
import { Observation } from "../../../protocol/observation.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import { startCallee, type FakeCallee } from "../../fakes/callee.ts";

const io = { clock: systemClock, openUdp, openStream, resolve, say: () => undefined };

async function look(callee: FakeCallee, settings: Record<string, unknown> = {}) {
  const checked = Value.Parse(call.settings, Value.Default(call.settings, { seconds: 0.2, ...settings }));
  const observations = await call.run(
    `600@127.0.0.1:${callee.port}`,
    checked,
    io,
    new AbortController().signal,
  );
  for (const each of observations) assert.ok(Value.Check(Observation, each), JSON.stringify(each));
  const find = (key: ObservationKey) => observations.find((each) => each.key === key);
  const shown = call.show?.(observations).join("\n") ?? "";
  return { observations, find, value: (key: ObservationKey) => find(key)?.value, shown };
}

const rulesOf = (observations: readonly Observation[]) =>
  diagnose(observations, thresholdsFrom({}).thresholds, Date.now()).map(({ rule }) => rule);

const methods = (callee: FakeCallee): string[] => callee.requests.map(({ method }) => method);

test("call: INVITE, 100, 180, 200, ACK, media both ways, BYE", async () => {
  await using callee = await startCallee();
  const { value, find, shown } = await look(callee);
  assert.equal(find("sip.code")?.subject, `sip:127.0.0.1:${callee.port}/udp/call/600`);
  assert.deepEqual([value("sip.code"), value("call.bye"), value("call.codec")], [200, 200, "g722"]);
  assert.deepEqual(value("call.codecs.answered"), ["g722", "pcmu", "pcma"]);
  assert.deepEqual([value("call.order"), value("call.dtmf"), value("call.answerRepeats")], [true, true, 0]);
  assert.match(String(value("call.progress")), /100 Trying after [\d.]+ ms,180 Ringing/);
  assert.equal(find("call.pdd")?.unit, "ms");
  assert.equal(value("call.audio.sent"), 10);
  assert.ok(Number(value("call.audio.received")) > 0);
  assert.equal(value("call.contact"), "127.0.0.1");
  assert.deepEqual(methods(callee), ["INVITE", "ACK", "BYE"]);
  assert.match(shown, /INVITE 200 OK[\s\S]*dial delay[\s\S]*came back/);
});

test("call: one that is stopped while media flow is hung up, and nothing rejects unheard", async (t) => {
  await using callee = await startCallee();
  const unheard: unknown[] = [];
  const hear = (error: unknown) => void unheard.push(error);
  process.on("unhandledRejection", hear);
  t.after(() => process.off("unhandledRejection", hear));
  const settings = Value.Parse(call.settings, Value.Default(call.settings, { seconds: 60 }));
  const stop = new AbortController();
  const run = call.run(`600@127.0.0.1:${callee.port}`, settings, io, stop.signal);
  await callee.heard("ACK");
  stop.abort(new Error("interrupted"));
  await assert.rejects(run);
  assert.deepEqual(methods(callee), ["INVITE", "ACK", "BYE"]);
  // Node tells of such a rejection once all microtasks are through.
  await new Promise(setImmediate);
  assert.deepEqual(unheard, []);
});

test("call: an answer in another order than was offered", async () => {
  await using callee = await startCallee({ codecs: ["pcmu", "g722"] });
  const { value } = await look(callee);
  assert.deepEqual([value("call.codec"), value("call.order")], ["pcmu", false]);
});

test("call: 488 is explained by its Warning, and the matrix tells what each side can do", async () => {
  await using callee = await startCallee({ codecs: ["pcma"], profiles: ["RTP/AVP", "RTP/SAVP"] });
  const { value, shown, find } = await look(callee, { codecs: ["g722"], matrix: true });
  assert.equal(value("sip.code"), 488);
  assert.match(shown, /a media format \(codec\) is not available/);
  assert.deepEqual(value("call.codecs.accepted"), ["pcma"]);
  assert.deepEqual(value("call.codecs.refused"), ["g722", "pcmu", "g729", "opus"]);
  assert.deepEqual(value("call.profiles.accepted"), ["RTP/AVP", "RTP/SAVP"]);
  assert.deepEqual(value("call.profiles.refused"), ["RTP/AVPF", "RTP/SAVPF"]);
  assert.match(find("call.codecs.accepted")?.evidence ?? "", /g729 RTP\/AVP: 488/);
});

test("call: no refusal passes as nothing wrong, and its reason and Warning are told", async () => {
  const headers = [{ name: "Warning", value: '399 pbx "no calls here"' }];
  await using callee = await startCallee({ refuse: { code: 405, reason: "Not Today", headers } });
  const refused = await look(callee);
  const [finding] = diagnose(refused.observations, thresholdsFrom({}).thresholds, Date.now());
  assert.equal(finding?.rule, "R27");
  assert.match(
    finding?.sentence ?? "",
    /\(405 Not Today: the server does not take this method here; it warns: no calls here\)/,
  );
  const code = refused.find("sip.code");
  for (let other = 300; other < 700; other += 1) {
    // A challenge without a password is no refusal: the login was not tested.
    if (other === 401 || other === 407) continue;
    const observations = refused.observations.map((each) =>
      each === code ? { ...each, value: other } : each,
    );
    assert.notDeepEqual(rulesOf(observations), [], String(other));
  }
});

test("call: one that rings on is cancelled, and its 487 acknowledged", async () => {
  await using callee = await startCallee({ ringsOn: true });
  const { find } = await look(callee, { ringTime: 1 });
  assert.equal(find("sip.code")?.outcome, "timeout");
  assert.match(find("sip.code")?.evidence ?? "", /CANCEL 200, INVITE 487/);
  await callee.heard("ACK");
  assert.deepEqual(methods(callee), ["INVITE", "CANCEL", "ACK"]);
});

test("call: a lost ACK shows by answers that come again, and by the end of the call", async () => {
  await using callee = await startCallee({ deafToAck: true, t1: 30, givesUpAfter: 3 });
  const { value, find } = await look(callee);
  assert.equal(value("call.answerRepeats"), 3);
  assert.equal(find("call.ended")?.unit, "s");
  assert.equal(find("call.bye"), undefined);
  assert.equal(methods(callee).filter((method) => method === "ACK").length, 4);
});

test("call: an ACK that is withheld, and what the server does", async () => {
  await using callee = await startCallee({ t1: 30, givesUpAfter: 2 });
  const { value } = await look(callee, { withholdAck: true });
  assert.deepEqual([value("call.ackWithheld"), value("call.answerRepeats")], [true, 2]);
  assert.ok(Number(value("call.ended")) > 0);
  assert.ok(!methods(callee).includes("ACK"));
});

test("call: session timers: we refresh, they refresh, nobody does, a refusal, and 422", async () => {
  await using callee = await startCallee({ session: "1;refresher=uac" });
  const ours = await look(callee, { timer: 90 });
  assert.deepEqual([ours.value("call.session"), ours.value("call.session.refresher")], [1, "uac"]);
  assert.equal(ours.value("call.refresh"), "ok");
  assert.match(ours.find("call.refresh")?.evidence ?? "", /our UPDATE/);
  callee.script = { session: "1;refresher=uac", answerToRefresh: 481 };
  assert.equal((await look(callee, { timer: 90 })).value("call.refresh"), "481");
  callee.script = { session: "1;refresher=uas", refreshAfter: 50 };
  const theirs = await look(callee, { timer: 90, refresher: "uas", seconds: 0.1 });
  assert.equal(theirs.value("call.refresh"), "ok");
  assert.match(theirs.find("call.refresh")?.evidence ?? "", /the server's UPDATE/);
  assert.equal(callee.answers.at(-1)?.code, 200);
  callee.script = { session: "1;refresher=uas" };
  assert.equal((await look(callee, { timer: 90, refresher: "uas" })).value("call.refresh"), "none");
  callee.script = {};
  assert.equal((await look(callee, { timer: 90 })).find("call.session")?.outcome, "absent");
  callee.script = { minSession: 120 };
  const raised = await look(callee, { timer: 90 });
  assert.deepEqual([raised.value("sip.code"), raised.value("call.minSession")], [200, 120]);
});

test("call: clear media, and media whose key goes through the signalling", async () => {
  await using callee = await startCallee();
  const clear = await look(callee);
  assert.deepEqual([clear.value("call.profile"), clear.value("call.keys")], ["RTP/AVP", "none"]);
  assert.deepEqual(rulesOf(clear.observations), []);
  assert.match(clear.shown, /media are +in the clear \(RTP\/AVP\)/);
  const secured = await look(callee, { srtp: true });
  assert.deepEqual([secured.value("call.profile"), secured.value("call.keys")], ["RTP/SAVP", "sdes"]);
  assert.ok(Number(secured.value("call.audio.received")) > 0);
  assert.deepEqual(rulesOf(secured.observations), ["S6"]);
});

test("call: a signed INVITE carries an Identity that holds, and no key is no call", async (t) => {
  await using callee = await startCallee();
  const folder = mkdtempSync(join(tmpdir(), "offhook-call-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keyFile = join(folder, "key.pem");
  writeFileSync(keyFile, privateKey.export({ type: "pkcs8", format: "pem" }));
  const signed = { user: "+4930567", identityUrl: "https://certs.example/sti.pem" };
  const { value } = await look(callee, { ...signed, identityKeyFrom: `file:${keyFile}` });
  assert.equal(value("sip.code"), 200);
  const invite = callee.requests.find(({ method }) => method === "INVITE");
  const header = invite?.headers.find(({ name }) => name === "Identity")?.value ?? "";
  const identity = decodeIdentity(header);
  assert.ok(identity.ok);
  assert.equal(judgeSignature(identity.value, publicKey), "good");
  assert.deepEqual(identity.value.caller.numbers, ["4930567"]);
  const without = await look(callee, { ...signed, identityKeyFrom: `file:${folder}/none` });
  assert.equal(without.find("sip.code")?.outcome, "denied");
  assert.match(without.find("sip.code")?.evidence ?? "", /ENOENT/);
  assert.match((await look(callee, signed)).find("sip.code")?.evidence ?? "", /both the key and/);
});

test("call: refusals keep the headers that name what is missing", async () => {
  await using callee = await startCallee({
    refuse: { code: 420, reason: "Bad Extension", headers: [{ name: "Unsupported", value: "timer" }] },
  });
  const { value, shown } = await look(callee);
  assert.deepEqual([value("sip.code"), value("sip.demands")], [420, ["Unsupported: timer"]]);
  assert.match(shown, /an extension that the request demands is not supported/);
});
