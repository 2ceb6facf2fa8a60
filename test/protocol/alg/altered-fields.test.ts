import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeAlgMessage, type AlgMessage } from "../../../protocol/alg/alg-message.ts";
import { alteredFields, placesNaming } from "../../../protocol/alg/altered-fields.ts";
import { decodeSip } from "../../../protocol/sip/decode-sip.ts";
import { echoAnswer, readEcho } from "../../../agent/mirror/mirror-echo.ts";
import { randomBytes, seededRandom } from "../rtp/seeded-random.ts";

const message: AlgMessage = {
  method: "INVITE",
  to: "pbx.example:5060",
  local: { address: "192.168.1.5", port: 40123 },
  sentBy: "192.168.1.5:40123",
  branch: "z9hG4bKabc",
  tag: "t1",
  callId: "c1",
  rareForms: false,
};
const bytes = encodeAlgMessage(message);
const changed = (from: string | RegExp, to: string) =>
  Buffer.from(Buffer.from(bytes).toString("latin1").replace(from, to), "latin1");

test("alteredFields() finds nothing in a message that arrived as sent, rare forms included", () => {
  assert.deepEqual(alteredFields(bytes, bytes), []);
  const rare = encodeAlgMessage({ ...message, rareForms: true });
  assert.deepEqual(alteredFields(rare, rare), []);
});

for (const [about, from, to, fields] of [
  ["another Via", "UDP 192.168.1.5", "UDP 203.0.113.1", ["Via"]],
  ["a request URI", "INVITE sip:pbx", "INVITE sip:box", ["start line"]],
  ["an SDP connection", "c=IN IP4 192.168.1.5", "c=IN IP4 203.0.113.1", ["SDP c="]],
  ["a lost header", /X-Canary: .*\r\n/, "", ["X-Canary"]],
  [
    "an added attribute",
    "a=sendrecv",
    "a=nortpproxy:yes\r\na=sendrecv",
    ["SDP a=sendrecv", "SDP a=nortpproxy"],
  ],
  ["a changed spelling", "Call-ID:", "Call-Id:", ["Call-ID"]],
  ["another order", /(From: .*\r\n)(To: .*\r\n)/, "$2$1", ["order of lines"]],
] as const) {
  test(`alteredFields() names ${about}`, () => {
    const found = alteredFields(bytes, changed(from, to)).map(({ field }) => field);
    // What is added moves the end of a body whose Content-Length stayed.
    for (const field of fields)
      if (field !== "SDP a=sendrecv") assert.ok(found.includes(field), String(found));
    if (fields.length === 1) assert.deepEqual(found, [...fields]);
  });
}

test("placesNaming() names where calls go by, whole addresses alone", () => {
  assert.deepEqual(placesNaming(bytes, "192.168.1.5"), ["Via", "Contact", "SDP o=", "SDP c=", "SDP a=rtcp"]);
  assert.deepEqual(placesNaming(bytes, "92.168.1.5"), []);
});

test("readEcho() gives back what echoAnswer() packed, and never throws (fuzz)", (t) => {
  const read = decodeSip(bytes);
  assert.ok(read.ok && read.value.message.kind === "request");
  const { code, body } = echoAnswer(read.value.message, bytes);
  assert.equal(code, 480);
  const answerOf = (packed: Uint8Array) => ({
    kind: "response" as const,
    code,
    reason: "",
    headers: [{ name: "Content-Type", value: body?.type ?? "" }],
    body: packed,
  });
  assert.deepEqual(
    Buffer.from(readEcho(answerOf(body?.bytes ?? new Uint8Array())) ?? []),
    Buffer.from(bytes),
  );
  const random = seededRandom(t);
  for (let i = 0; i < 20_000; i += 1)
    readEcho(answerOf(Buffer.from(Buffer.from(randomBytes(random, 60)).toString("base64"))));
});

test("echoAnswer() has no body where it would be larger than its request by more than a fifth", () => {
  const read = decodeSip(bytes);
  assert.ok(read.ok && read.value.message.kind === "request");
  const answer = echoAnswer(read.value.message, Buffer.from("OPTIONS sip:a SIP/2.0\r\n\r\n"));
  assert.equal(answer.body, undefined);
});
