import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import { systemClock } from "../../../agent/io/clock.ts";
import { resolve } from "../../../agent/io/resolve.ts";
import { openStream } from "../../../agent/io/stream/stream.ts";
import { openUdp } from "../../../agent/io/udp/udp.ts";
import { notify } from "../../../agent/probes/notify.ts";
import { Observation } from "../../../protocol/observation.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import { headerValue } from "../../../protocol/sip/message.ts";
import { startFakePbx } from "../../fakes/pbx.ts";

const io = { clock: systemClock, openUdp, openStream, resolve, say: () => undefined };
process.env["NOTIFY_RIGHT"] = "first-Pw";
const accounts = [{ user: "1001", password: "first-Pw" }];

async function send(target: string, settings: Record<string, unknown> = {}) {
  const checked = Value.Parse(notify.settings, Value.Default(notify.settings, settings));
  const observations = await notify.run(target, checked, io, AbortSignal.timeout(30_000));
  for (const each of observations) assert.ok(Value.Check(Observation, each), JSON.stringify(each));
  const value = (key: ObservationKey) => observations.find((each) => each.key === key)?.value;
  return { value, shown: notify.show?.(observations).join("\n") ?? "" };
}

test("notify straight to a phone carries the word, and no domain of a PBX", async () => {
  await using phone = await startFakePbx({ accounts, server: "Phone 1" });
  phone.behave({ kind: "answer", code: 200 });
  const { value, shown } = await send(`127.0.0.1:${phone.port}`, { event: "check-sync;reboot=false" });
  const [heard] = phone.requests;
  assert.ok(heard);
  assert.equal(heard.request.method, "NOTIFY");
  assert.equal(heard.request.uri, `sip:127.0.0.1:${phone.port}`);
  assert.equal(headerValue(heard.request, "Event"), "check-sync;reboot=false");
  assert.match(headerValue(heard.request, "From") ?? "", /^<sip:offhook@127\.0\.0\.1>/);
  assert.deepEqual([value("sip.code"), value("sip.event")], [200, "check-sync;reboot=false"]);
  assert.match(shown, /the phone took it/);
});

test("notify through a PBX logs in as the account, and explains refusals", async () => {
  await using pbx = await startFakePbx({ accounts });
  pbx.behave({ kind: "challenge" }, { method: "NOTIFY" });
  const refused = await send(`1001@127.0.0.1:${pbx.port}`, {
    domain: "pbx.example",
    passwordFrom: "env:NOTIFY_RIGHT",
  });
  assert.equal(refused.value("sip.auth.stage"), "sent");
  assert.equal(pbx.requests[0]?.request.uri, "sip:1001@pbx.example");
  assert.match(headerValue(pbx.requests[1]?.request ?? assert.fail(), "Authorization") ?? "", /^Digest /);
  for (const [code, words] of [
    [480, /the phone is not registered there/],
    [405, /does not pass a NOTIFY on/],
  ] as const) {
    pbx.behave({ kind: "answer", code }, { method: "NOTIFY" });
    assert.match((await send(`1001@127.0.0.1:${pbx.port}`)).shown, words);
  }
  pbx.behave({ kind: "answer", code: 489 }, { method: "NOTIFY" });
  assert.match((await send(`127.0.0.1:${pbx.port}`)).shown, /another vendor's form/);
});
