import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeSip } from "../../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../../protocol/sip/encode-sip.ts";
import { cseqOf, headerValue, headerValues, withHeader } from "../../../protocol/sip/message.ts";
import { newBranch, newCallId, optionsRequest, retryRequest } from "../../../protocol/sip/request.ts";
import { buildResponse } from "../../../protocol/sip/response.ts";
import { dialogOf, requestInDialog } from "../../../protocol/sip/dialog.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";

const text = [
  "INVITE sip:anna@pbx.example SIP/2.0",
  "v: SIP/2.0/UDP 192.0.2.4;branch=z9hG4bK1, SIP/2.0/TCP 192.0.2.5;branch=z9hG4bK2",
  "Via: SIP/2.0/TLS 192.0.2.6;branch=z9hG4bK3",
  "Max-Forwards: 70",
  "From: <sip:bert@pbx.example>;tag=1",
  "To: <sip:anna@pbx.example>",
  "Call-ID: x",
  "CSeq: 1 INVITE",
  "m: <sip:bert@192.0.2.4>",
  "Subject: long",
  "\t  and folded",
  "Content-Length: 5",
  "",
  "helloBEYOND",
].join("\r\n");

function decode(from: string | Uint8Array) {
  const received = decodeSip(Buffer.from(from as string));
  assert.ok(received.ok);
  return received.value;
}

test("decodeSip() keeps the bytes and the offset of each header", () => {
  const { message, defects, excess } = decode(text);
  assert.deepEqual(defects, []);
  assert.equal(excess, "BEYOND".length);
  assert.equal(Buffer.from(message.body).toString(), "hello");
  for (const { name, value, wire } of message.headers) {
    assert.ok(wire);
    const bytes = Buffer.from(wire.bytes).toString();
    assert.equal(text.slice(wire.at, wire.at + bytes.length), bytes);
    assert.ok(bytes.endsWith("\r\n"));
    assert.ok(text.startsWith(value.slice(0, 4), wire.valueAt), name);
  }
  const subject = message.headers.find(({ name }) => name === "Subject");
  assert.equal(subject?.value, "long and folded");
  assert.equal(Buffer.from(subject?.wire?.bytes ?? []).toString(), "Subject: long\r\n\t  and folded\r\n");
});

test("headerValues() takes lists apart and joins repeated headers, top first", () => {
  const { message } = decode(text);
  assert.deepEqual(
    headerValues(message, "Via").map((via) => via.slice(-1)),
    ["1", "2", "3"],
  );
  assert.equal(headerValue(message, "Contact"), "<sip:bert@192.0.2.4>");
  assert.deepEqual(cseqOf(message), { number: 1, method: "INVITE" });
});

test("decodeSip() gives the byte offset of a defect", () => {
  const broken = text
    .replace("Max-Forwards: 70", "Max-Forwards: 700")
    .replace("CSeq: 1 INVITE", "CSeq: 1 BYE");
  const { defects } = decode(broken);
  assert.deepEqual(
    defects.map(({ name, at }) => [name, broken.slice(at).split("\r\n", 1)[0]]),
    [
      ["number-range", "700"],
      ["cseq-method", "1 BYE"],
    ],
  );
});

test("decodeSip() reads UTF-8, and reports bytes that are not", () => {
  assert.equal(headerValue(decode(text.replace("long", "größer")).message, "Subject"), "größer and folded");
  const latin1 = Buffer.from(text.replace("long", "größer"), "latin1");
  const { defects, message } = decode(latin1);
  assert.deepEqual(
    defects.map(({ name }) => name),
    ["not-utf8"],
  );
  assert.equal(headerValue(message, "Subject"), "größer and folded");
});

test("decodeSip() with fields: false leaves the fields alone", () => {
  const broken = Buffer.from(text.replace("CSeq: 1 INVITE", "CSeq: 1 BYE"));
  const received = decodeSip(broken, { fields: false });
  assert.ok(received.ok);
  assert.deepEqual(received.value.defects, []);
});

test("encodeSip() cannot be made to write a header that was not there", () => {
  const { message } = decode(text);
  const evil = withHeader(message, "Subject", "one\r\nX-Evil: yes\r\n\r\nbody");
  const { message: again, defects } = decode(encodeSip(evil));
  assert.deepEqual(defects, []);
  assert.equal(headerValue(again, "X-Evil"), undefined);
  assert.equal(Buffer.from(again.body).toString(), "hello");
});

const parts = {
  uri: "sip:pbx.example",
  transport: "udp" as const,
  local: { address: "2001:db8::4", port: 5062 },
  from: "sip:probe@pbx.example",
  to: "sip:pbx.example",
  callId: "c1",
  fromTag: "f1",
  cseq: 41,
  branch: "z9hG4bKfirst",
  userAgent: "test",
};

test("optionsRequest() has all that RFC 3261 asks for, and no defect", () => {
  const { message, defects } = decode(encodeSip(optionsRequest(parts)));
  assert.deepEqual(defects, []);
  assert.equal(headerValue(message, "Via"), "SIP/2.0/UDP [2001:db8::4]:5062;branch=z9hG4bKfirst;rport");
  assert.equal(headerValue(message, "Accept"), "application/sdp");
  assert.equal(headerValue(message, "Contact"), "<sip:[2001:db8::4]:5062>");
  assert.equal(headerValue(message, "Content-Length"), "0");
});

test("newBranch() has the cookie and 64 random bits; newCallId() names no host", () => {
  const random = seededRandom(1);
  const branches = new Set(Array.from({ length: 100 }, () => newBranch((n) => random.bytes(n))));
  assert.equal(branches.size, 100);
  for (const branch of branches) assert.match(branch, /^z9hG4bK[0-9a-f]{16}$/);
  assert.match(
    newCallId((n) => random.bytes(n)),
    /^[0-9a-f]{32}$/,
  );
});

test("retryRequest() counts CSeq up, takes a new branch, keeps Call-ID and tag, replaces old credentials", () => {
  const first = optionsRequest(parts);
  const second = retryRequest(first, "z9hG4bKsecond", [{ name: "Authorization", value: "Digest a=1" }]);
  const third = retryRequest(second, "z9hG4bKthird", [{ name: "Authorization", value: "Digest a=2" }]);
  assert.equal(headerValue(third, "CSeq"), "43 OPTIONS");
  assert.match(headerValue(third, "Via") ?? "", /branch=z9hG4bKthird;rport$/);
  assert.equal(headerValue(third, "Call-ID"), "c1");
  assert.equal(headerValue(third, "From"), headerValue(first, "From"));
  assert.deepEqual(headerValues(third, "Authorization"), ["Digest a=2"]);
});

test("buildResponse() tells received and rport, and tags To", () => {
  const request = optionsRequest({ ...parts, local: { address: "10.0.0.9", port: 5060 } });
  const response = buildResponse(
    request,
    { address: "198.51.100.7", port: 40_000 },
    { code: 200, toTag: "t" },
  );
  assert.match(headerValue(response, "Via") ?? "", /rport=40000;received=198\.51\.100\.7$/);
  assert.equal(headerValue(response, "To"), "<sip:pbx.example>;tag=t");
  assert.equal(response.reason, "OK");
  const { defects } = decode(encodeSip(response));
  assert.deepEqual(defects, []);
});

test("dialogOf() and requestInDialog(): ACK repeats the number with a new branch, BYE counts on, the route is turned", () => {
  const { message: invite } = decode(text);
  assert.ok(invite.kind === "request");
  const answer = buildResponse(
    invite,
    { address: "192.0.2.4", port: 5060 },
    {
      code: 200,
      toTag: "t9",
      headers: [
        { name: "Record-Route", value: "<sip:near.example;lr>, <sip:far.example;lr>" },
        { name: "Contact", value: '"A" <sip:anna@192.0.2.99:5070>' },
      ],
    },
  );
  const dialog = dialogOf(invite, answer);
  assert.ok(dialog);
  const common = { transport: "udp" as const, local: parts.local, userAgent: "test" };
  const ack = requestInDialog(dialog, { ...common, method: "ACK", branch: "z9hG4bKack" });
  const bye = requestInDialog(dialog, { ...common, method: "BYE", branch: "z9hG4bKbye" });
  assert.equal(ack.uri, "sip:anna@192.0.2.99:5070");
  assert.equal(headerValue(ack, "CSeq"), "1 ACK");
  assert.equal(headerValue(bye, "CSeq"), "2 BYE");
  assert.deepEqual(headerValues(bye, "Route"), ["<sip:far.example;lr>", "<sip:near.example;lr>"]);
  assert.equal(headerValue(bye, "To"), "<sip:anna@pbx.example>;tag=t9");
  assert.equal(headerValue(bye, "From"), "<sip:bert@pbx.example>;tag=1");
});
