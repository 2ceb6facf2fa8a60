import assert from "node:assert/strict";
import { test } from "node:test";
import { loopbackOf } from "../../../protocol/sdp/loopback.ts";
import {
  attributes,
  connectionAddress,
  decodeSdp,
  directionOf,
  encodeSdp,
  rtpMaps,
} from "../../../protocol/sdp/session.ts";
import { seededRandom } from "../rtp/seeded-random.ts";

const offer = [
  "v=0",
  "o=- 1 1 IN IP4 192.0.2.1",
  "s=-",
  "c=IN IP4 192.0.2.1",
  "t=0 0",
  "a=sendonly",
  "m=audio 40000 RTP/AVP 0 112 9",
  "c=IN IP4 192.0.2.9",
  "a=rtpmap:112 encaprtp/8000",
  "a=loopback: rtp-pkt-loopback rtp-media-loopback",
  "a=loopback-source",
  "a=sendrecv",
  "x-unknown",
].slice(0, -1);
const text = offer.map((line) => `${line}\r\n`).join("");

function read(description: string) {
  const session = decodeSdp(description);
  assert.ok(session.ok);
  const media = session.value.media[0];
  assert.ok(media);
  return { session: session.value, media };
}

test("decodeSdp() keeps every line in its place, so that encodeSdp() gives the same text", () => {
  assert.equal(encodeSdp(read(text).session), text);
  assert.equal(encodeSdp(read(text.replaceAll("\r\n", "\n")).session), text);
});

test("the medium's own address and direction win over the session's", () => {
  const { session, media } = read(text);
  assert.equal(connectionAddress(session, media), "192.0.2.9");
  assert.equal(directionOf(session, media), "sendrecv");
  assert.deepEqual(attributes(session.lines, "sendonly"), [""]);
});

test("rtpMaps() gives written and static formats in the order of the m= line", () => {
  assert.deepEqual(
    rtpMaps(read(text).media).map((map) => `${map.payloadType} ${map.encoding}/${map.clock}`),
    ["0 PCMU/8000", "112 encaprtp/8000", "9 G722/8000"],
  );
});

test("loopbackOf() reads the attribute with a space after the colon and without", () => {
  const both = { types: ["rtp-pkt-loopback", "rtp-media-loopback"], role: "source" };
  assert.deepEqual(loopbackOf(read(text).media), both);
  assert.deepEqual(loopbackOf(read(text.replace("loopback: ", "loopback:")).media), both);
});

test("loopbackOf() is undefined for a peer that does not know the extension", () => {
  assert.equal(loopbackOf(read("v=0\r\nm=audio 4 RTP/AVP 0\r\n").media), undefined);
});

for (const [about, description, place] of [
  ["an empty text", "", "line 1"],
  ["a text that does not start with v=0", "o=x\r\n", "line 1"],
  ["a line that is no line", "v=0\r\nhello\r\n", "line 2"],
  ["a broken m= line", "v=0\r\nm=audio x RTP/AVP 0\r\n", "line 2"],
  ["a port beyond 65535", "v=0\r\nm=audio 65536 RTP/AVP 0\r\n", "line 2"],
  ["an m= line without formats", "v=0\r\nm=audio 4 RTP/AVP\r\n", "line 2"],
] as const) {
  test(`decodeSdp() refuses ${about}`, () => {
    const session = decodeSdp(description);
    assert.ok(!session.ok);
    assert.equal(session.why.place, place);
  });
}

test("decodeSdp() never throws, and what it takes survives encodeSdp() (fuzz)", (t) => {
  const random = seededRandom(t);
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)] ?? "";
  const pieces = [
    ...offer,
    "a=rtpmap:0 PCMU/0",
    "m=",
    "=",
    "a=loopback:",
    "a=x\ry",
    "\u0000",
    "m=audio 1/2 x 0 é",
  ];
  let taken = 0;
  for (let i = 0; i < 100_000; i += 1) {
    const lines = Array.from({ length: Math.floor(random() * 8) }, () => pick(pieces));
    let body = `v=0${pick(["\r\n", "\n"])}${lines.join(pick(["\r\n", "\n", ""]))}`;
    const at = Math.floor(random() * body.length);
    if (random() < 0.5) body = body.slice(0, at) + String.fromCharCode(random() * 300) + body.slice(at + 1);
    const session = decodeSdp(body);
    if (!session.ok) continue;
    taken += 1;
    for (const media of session.value.media) {
      rtpMaps(media);
      loopbackOf(media);
      directionOf(session.value, media);
    }
    const again = decodeSdp(encodeSdp(session.value));
    assert.ok(again.ok);
    assert.deepEqual(again.value, session.value);
  }
  assert.ok(taken > 10_000, `only ${taken} got in`);
});
