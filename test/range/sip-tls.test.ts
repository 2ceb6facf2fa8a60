import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { selfSigned } from "../fakes/self-signed.ts";
import { baresipFolder } from "./baresip-folder.ts";
import { lineOf, makePair, rangeSkip } from "./network.ts";
import { diagIn, type SipLook } from "./sip-look.ts";

// Whether a call can be listened to, at a real phone program that speaks SIP over UDP and TLS: S6 and S7.

const limit = { skip: rangeSkip("baresip"), timeout: 60_000 };
const guarded = ["S6", "S7"];
const listenable = ({ rules }: SipLook) => rules.filter((rule) => guarded.includes(rule));

/** baresip behind a cable, with SRTP demanded or without. */
async function phoneBehindCable(t: TestContext, srtp: boolean) {
  const { near, far, farAddress } = await makePair(t);
  const dates = { from: new Date(Date.now() - 86_400_000), to: new Date(Date.now() + 86_400_000) };
  const tls = await selfSigned([{ type: "dns", value: "phone.example" }], dates);
  const more = srtp ? ";mediaenc=srtp-mand" : "";
  const phone = far.start("baresip", ["-f", baresipFolder(t, farAddress, { more, tls }), "-v"]);
  await lineOf(phone, /baresip is ready/u);
  const call = (...words: string[]) =>
    diagIn(near, "call", `echo@${farAddress}`, "--codecs", "pcmu", "--seconds", "0.5", ...words);
  return { call };
}

test(
  "a phone without SRTP: S7 where its signalling is encrypted, and nothing new where it is not",
  limit,
  async (t) => {
    const { call } = await phoneBehindCable(t, false);
    const encrypted = await call("--transport", "tls");
    assert.deepEqual([encrypted.value("sip.code"), encrypted.value("sip.transport")], [200, "tls"]);
    assert.deepEqual([encrypted.value("call.profile"), encrypted.value("call.keys")], ["RTP/AVP", "none"]);
    assert.ok(Number(encrypted.value("call.audio.received")) > 0);
    assert.deepEqual(listenable(encrypted), ["S7"]);
    const clear = await call();
    assert.deepEqual([clear.value("sip.code"), clear.value("call.keys")], [200, "none"]);
    assert.deepEqual(listenable(clear), []);
  },
);

test("a phone that demands SRTP: S6 where the key goes over UDP, and nothing over TLS", limit, async (t) => {
  const { call } = await phoneBehindCable(t, true);
  const readable = await call("--srtp");
  assert.deepEqual([readable.value("sip.code"), readable.value("sip.transport")], [200, "udp"]);
  assert.deepEqual([readable.value("call.profile"), readable.value("call.keys")], ["RTP/SAVP", "sdes"]);
  assert.deepEqual(listenable(readable), ["S6"]);
  const safe = await call("--srtp", "--transport", "tls");
  assert.deepEqual([safe.value("sip.code"), safe.value("sip.transport")], [200, "tls"]);
  assert.deepEqual([safe.value("call.profile"), safe.value("call.keys")], ["RTP/SAVP", "sdes"]);
  assert.ok(Number(safe.value("call.audio.received")) > 0);
  assert.deepEqual(listenable(safe), []);
  assert.deepEqual(
    safe.severities.filter((severity) => severity !== "info"),
    [],
  );
});
