import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeSip } from "../../../protocol/sip/decode-sip.ts";
import { headerValue, type SipRequest } from "../../../protocol/sip/message.ts";
import {
  decodeProfileSubscription,
  profileNotify,
  profileSubscribe,
} from "../../../protocol/sip/ua-profile.ts";
import { encodeSip } from "../../../protocol/sip/encode-sip.ts";

const random = (n: number) => new Uint8Array(n).fill(5);
const own = { local: { address: "192.0.2.1", port: 5060 }, userAgent: "Offhook/1", random };

function request(uri: string, event: string): SipRequest {
  const text = [
    `SUBSCRIBE ${uri} SIP/2.0`,
    "Via: SIP/2.0/UDP 192.0.2.44:5059;branch=z9hG4bK1",
    `From: <${uri}>;tag=abc`,
    `To: <${uri}>`,
    "Call-ID: 1",
    "CSeq: 1 SUBSCRIBE",
    "Contact: <sip:192.0.2.44:5059>",
    `Event: ${event}`,
    "Accept: application/url",
    "Expires: 0",
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
  const read = decodeSip(Buffer.from(text));
  assert.ok(read.ok && read.value.message.kind === "request");
  return read.value.message;
}

for (const [about, uri, event, expected] of [
  [
    "Yealink's present form",
    "sip:MAC%3a805ec0000001@224.0.1.75",
    'ua-profile;profile-type="device";vendor="Yealink";model="T53W";version="96.87.0.16"',
    { mac: "805ec0000001", vendor: "Yealink", model: "T53W", firmware: "96.87.0.16" },
  ],
  [
    "Yealink's old form: capitals, blanks, no quotes",
    "sip:MAC%3a805ec0000001@224.0.1.75",
    'UA-Profile ; profile-type=device ; vendor="yealink"; model="SIP-T32G"; version=32.70.0.1',
    { mac: "805ec0000001", vendor: "yealink", model: "SIP-T32G", firmware: "32.70.0.1" },
  ],
  [
    "Snom, its own domain in the URI",
    "sip:MAC%3a000413ABCDEF@example.net",
    'ua-profile;profile-type="device";vendor="snom";model="snom370";version="8.7.5.35"',
    { mac: "000413abcdef", vendor: "snom", model: "snom370", firmware: "8.7.5.35" },
  ],
  [
    "Fanvil's MAC with an equals sign",
    "sip:MAC=0c383e000001@192.0.2.44",
    'ua-profile;profile-type="device";vendor="Fanvil";model="X4U";version="2.4.5"',
    { mac: "0c383e000001", vendor: "Fanvil", model: "X4U", firmware: "2.4.5" },
  ],
  ["no MAC at all", "sip:phone@224.0.1.75", "ua-profile", {}],
] as const)
  test(`decodeProfileSubscription(): ${about}`, () => {
    const read = decodeProfileSubscription(request(uri, event));
    assert.ok(read.ok);
    const { request: _, contact, ...told } = read.value;
    assert.equal(contact, "sip:192.0.2.44:5059");
    assert.deepEqual(told, expected);
  });

for (const [about, event, sentence] of [
  ["another event", "message-summary", /ua-profile/],
  ["a user's profile", "ua-profile;profile-type=user", /device/],
] as const)
  test(`decodeProfileSubscription() leaves ${about} alone`, () => {
    const read = decodeProfileSubscription(request("sip:MAC%3a805ec0000001@224.0.1.75", event));
    assert.ok(!read.ok);
    assert.match(read.why.expected, sentence);
  });

test("profileNotify() is in the dialog of the question, ended, with the address as its body", () => {
  const asked = decodeProfileSubscription(request("sip:MAC%3a805ec0000001@224.0.1.75", "ua-profile"));
  assert.ok(asked.ok);
  const notify = profileNotify(asked.value, "https://phones.example.net:8443/", { ...own, toTag: "ours" });
  assert.equal(notify.method, "NOTIFY");
  assert.equal(notify.uri, "sip:192.0.2.44:5059");
  assert.equal(headerValue(notify, "Call-ID"), "1");
  assert.match(headerValue(notify, "To") ?? "", /tag=abc$/);
  assert.match(headerValue(notify, "From") ?? "", /tag=ours$/);
  assert.equal(headerValue(notify, "Subscription-State"), "terminated;reason=timeout");
  assert.equal(headerValue(notify, "Content-Type"), "application/url");
  assert.equal(Buffer.from(notify.body).toString(), "https://phones.example.net:8443/");
});

test("what profileSubscribe() asks, decodeProfileSubscription() reads", () => {
  const about = { vendor: "Offhook", model: "probe", firmware: "1" };
  const asked = profileSubscribe("020000000001", about, { address: "224.0.1.75", port: 5060 }, own);
  const read = decodeSip(encodeSip(asked));
  assert.ok(read.ok && read.value.message.kind === "request");
  assert.deepEqual(read.value.defects, []);
  const subscription = decodeProfileSubscription(read.value.message);
  assert.ok(subscription.ok);
  assert.equal(subscription.value.mac, "020000000001");
  assert.equal(subscription.value.model, "probe");
});
