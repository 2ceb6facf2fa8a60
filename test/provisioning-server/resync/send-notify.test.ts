import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../../../protocol/secret.ts";
import { cseqOf, headerValue } from "../../../protocol/sip/message.ts";
import type { NotifyTarget } from "../../../provisioning-server/resync/notify-target.ts";
import { sendNotify } from "../../../provisioning-server/resync/send-notify.ts";
import { notifiedPhone } from "../../fakes/phones/notified-phone.ts";

/** For phones that never answer; the others have the RFC's patience. */
const impatient = { t1: 20, t2: 80, t4: 50, giveUp: 300 };
const options = { signal: AbortSignal.timeout(30_000) };
const account = { user: "201", password: new Secret("made-up-201") };

function target(port: number, more: Partial<NotifyTarget> = {}): NotifyTarget {
  return { way: "direct", uri: `sip:201@127.0.0.1:${port}`, host: "127.0.0.1", port, ...more };
}

test("sendNotify() to a phone that takes it", async () => {
  await using phone = await notifiedPhone();
  const result = await sendNotify(target(phone.port), "check-sync;reboot=false", options);
  assert.deepEqual(result, { kind: "taken", words: "200 OK" });
  assert.equal(phone.requests[0]?.method, "NOTIFY");
  assert.equal(headerValue(phone.requests[0], "Event"), "check-sync;reboot=false");
});

test("sendNotify() answers a phone that asks for a login with its own account", async () => {
  await using phone = await notifiedPhone({ login: { user: "201", password: "made-up-201" } });
  const pbxAccount = { user: "offhook", password: new Secret("of the PBX") };
  const result = await sendNotify(
    target(phone.port, { way: "pbx", pbxAccount, phoneAccount: account }),
    "resync",
    options,
  );
  assert.equal(result.kind, "taken");
  // The PBX's login is tried first: a 401 does not tell who asks.
  assert.deepEqual([...new Set(phone.requests.map((request) => cseqOf(request)?.number))], [1, 2, 3]);
  assert.equal(new Set(phone.requests.map((request) => headerValue(request, "Call-ID"))).size, 1);
});

test("sendNotify() gives up when no account satisfies the phone", async () => {
  await using phone = await notifiedPhone({ login: { user: "201", password: "another" } });
  const result = await sendNotify(target(phone.port, { phoneAccount: account }), "resync", options);
  assert.equal(result.kind, "refused");
  assert.match(result.words, /^401 .*: no account of ours satisfied it$/);
  assert.equal(new Set(phone.requests.map((request) => cseqOf(request)?.number)).size, 2);
});

test("sendNotify() tells a busy phone from one that refuses, and when it wants to be asked", async () => {
  for (const [code, headers, expected] of [
    [486, [], { kind: "busy", after: 60_000 }],
    [503, [{ name: "Retry-After", value: "30" }], { kind: "busy", after: 30_000 }],
    [480, [], { kind: "refused" }],
    [489, [], { kind: "refused" }],
    [403, [], { kind: "refused" }],
  ] as const) {
    await using phone = await notifiedPhone({ codes: [code], headers });
    const { words, ...result } = await sendNotify(target(phone.port, { way: "pbx" }), "check-sync", options);
    assert.deepEqual(result, expected, String(code));
    assert.ok(words.startsWith(String(code)), words);
  }
});

test("sendNotify() says how a silent, a closed and an unknown address fail", async () => {
  await using silent = await notifiedPhone({ codes: [] });
  const unheard = await sendNotify(target(silent.port), "check-sync", {
    ...options,
    timers: impatient,
  });
  assert.deepEqual(unheard, {
    kind: "refused",
    words: `the phone at 127.0.0.1:${silent.port} does not answer`,
  });
  assert.ok(silent.requests.length > 1, "it was repeated");
  const port = silent.port;
  await silent[Symbol.asyncDispose]();
  const closed = await sendNotify(target(port), "check-sync", options);
  assert.match(closed.words, /cannot be reached: ECONNREFUSED$/);
  const unknown = await sendNotify({ ...target(port), host: "no.such.invalid" }, "check-sync", options);
  assert.match(unknown.words, /cannot be reached: (ENOTFOUND|EAI_AGAIN)$/);
});

test("sendNotify() ends with its signal", async () => {
  await using silent = await notifiedPhone({ codes: [] });
  const stop = new AbortController();
  const sending = sendNotify(target(silent.port), "check-sync", { signal: stop.signal });
  stop.abort(new Error("the server ends"));
  await assert.rejects(sending, /the server ends/);
});
