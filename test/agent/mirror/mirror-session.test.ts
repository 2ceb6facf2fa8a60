import assert from "node:assert/strict";
import { test } from "node:test";
import {
  MirrorSession,
  usualMirrorLimits,
  type MirrorIdentity,
  type MirrorTerms,
} from "../../../agent/mirror/mirror-session.ts";
import { decodeEncapRtp, encapRtpOverhead } from "../../../protocol/rtp/encaprtp.ts";
import { decodeRtp, encodeRtp } from "../../../protocol/rtp/packet.ts";
import { RtcpReporter } from "../../../protocol/rtp/rtcp-reporter.ts";
import { SrtpReceiver } from "../../../protocol/srtp/srtp-receiver.ts";
import { SrtpSender } from "../../../protocol/srtp/srtp-sender.ts";
import { randomBytes, seededRandom } from "../../protocol/rtp/seeded-random.ts";

const identity: MirrorIdentity = {
  ssrc: 0xa0000001,
  openerSsrc: 0xa0000002,
  sequence: 65535,
  receiveOffset: 0xfffffff0,
  sendOffset: 5000,
};
const terms: MirrorTerms = {
  mode: "encaprtp",
  payloadType: 112,
  accepted: new Set([0]),
  clock: 8000,
  sourceSsrc: 7,
};

function open(changes: Partial<MirrorTerms> = {}) {
  const session = new MirrorSession({ ...terms, ...changes }, usualMirrorLimits, identity, 0);
  session.confirmed = true;
  return session;
}

function packet(sequence: number, changes: { ssrc?: number; payloadType?: number } = {}): Uint8Array {
  const payload = new Uint8Array(160).fill(0xd5);
  const plain = { marker: false, payloadType: 0, timestamp: 160 * sequence, ssrc: 7, payload };
  return encodeRtp({ ...plain, sequence, ...changes });
}

const from = (bytes: Uint8Array, at: number, changes: { address?: string; port?: number } = {}) => ({
  bytes,
  address: "192.0.2.1",
  port: 4000,
  at,
  ...changes,
});

test("MirrorSession wraps each packet under its own SSRC and sequence, with both times", () => {
  const session = open();
  const sent = packet(100);
  const answer = session.answer(from(sent, 10), 12);
  assert.ok(answer);
  const outer = decodeRtp(answer);
  assert.ok(outer.ok);
  assert.equal(outer.value.ssrc, identity.ssrc);
  assert.equal(outer.value.sequence, 65535);
  assert.equal(outer.value.payloadType, 112);
  assert.equal(outer.value.timestamp, 5000 + 12 * 8);
  const encap = decodeEncapRtp(outer.value.payload);
  assert.ok(encap.ok);
  assert.equal(encap.value.receiveTimestamp, 0xfffffff0 + 10 * 8 - 0x1_0000_0000);
  assert.deepEqual(encap.value.inner, sent);
  const second = decodeRtp(session.answer(from(packet(101), 30), 30) ?? new Uint8Array());
  assert.ok(second.ok);
  assert.equal(second.value.sequence, 0);
  assert.deepEqual(session.report, { received: 2, sent: 2, limited: 0 });
});

test("MirrorSession as an echo gives the payload alone back, no larger than it came", () => {
  const session = open({ mode: "echo", payloadType: 0 });
  const sent = packet(1);
  const answer = session.answer(from(sent, 0), 0);
  assert.equal(answer?.length, sent.length);
  const echo = decodeRtp(answer ?? new Uint8Array());
  assert.ok(echo.ok);
  assert.deepEqual(echo.value.payload, sent.subarray(12));
  assert.equal(echo.value.ssrc, identity.ssrc);
});

for (const [why, datagram] of [
  ["own SSRC", from(packet(1, { ssrc: identity.ssrc }), 0)],
  ["another SSRC", from(packet(1, { ssrc: 8 }), 0)],
  ["low port", from(packet(1), 0, { port: 1023 })],
  ["other payload type", from(packet(1, { payloadType: 112 }), 0)],
  ["not RTP", from(new Uint8Array(40), 0)],
] as const) {
  test(`MirrorSession gives no answer: ${why}`, () => {
    const session = open();
    assert.equal(session.answer(datagram, 0), undefined);
    assert.deepEqual([...session.refusals], [[why, 1]]);
    assert.deepEqual(session.report, { received: 0, sent: 0, limited: 0 });
  });
}

test("MirrorSession answers nothing before the ACK", () => {
  const session = new MirrorSession(terms, usualMirrorLimits, identity, 0);
  assert.equal(session.answer(from(packet(1), 0), 0), undefined);
  assert.deepEqual([...session.refusals.keys()], ["not confirmed"]);
});

test("MirrorSession latches to the first source, address and port", () => {
  const session = open();
  assert.ok(session.answer(from(packet(1), 0), 0));
  assert.equal(session.answer(from(packet(2), 20, { port: 4001 }), 20), undefined);
  assert.equal(session.answer(from(packet(2), 20, { address: "192.0.2.2" }), 20), undefined);
  assert.ok(session.answer(from(packet(2), 20), 20));
  assert.deepEqual([...session.refusals], [["another source", 2]]);
});

test("MirrorSession bound to an address takes no first packet from another", () => {
  const session = open({ sourceAddress: "192.0.2.9" });
  assert.equal(session.answer(from(packet(1), 0), 0), undefined);
  assert.ok(session.answer(from(packet(1), 0, { address: "192.0.2.9" }), 0));
});

test("MirrorSession sends at most 100 packets in any second, and counts what it got beyond", () => {
  const session = open();
  const answered: number[] = [];
  for (let i = 0; i < 400; i += 1) if (session.answer(from(packet(i), i * 5), i * 5)) answered.push(i * 5);
  for (const start of answered) {
    assert.ok(answered.filter((at) => at >= start && at < start + 1000).length <= 100);
  }
  assert.deepEqual(session.report, { received: 400, sent: answered.length, limited: 400 - answered.length });
});

test("MirrorSession ends after 60 s", () => {
  const session = open();
  assert.ok(session.answer(from(packet(1), 59_999), 59_999));
  assert.equal(session.answer(from(packet(2), 60_000), 60_000), undefined);
  assert.equal(session.opener(60_000), undefined);
  assert.ok(session.isOver(60_000));
});

test("MirrorSession opens the way with an SSRC of its own, until somebody sent", () => {
  const session = open();
  const opener = decodeRtp(session.opener(0) ?? new Uint8Array());
  assert.ok(opener.ok);
  assert.equal(opener.value.ssrc, identity.openerSsrc);
  assert.equal(opener.value.payload.length, 0);
  assert.ok(session.answer(from(packet(1), 0), 0));
  assert.equal(session.opener(0), undefined);
});

test("MirrorSession counts a packet that came twice once, and answers it twice", () => {
  const session = open();
  session.answer(from(packet(65535), 0), 0);
  session.answer(from(packet(65535), 1), 1);
  session.answer(from(packet(0), 20), 20);
  assert.deepEqual(session.report, { received: 2, sent: 3, limited: 0 });
});

test("MirrorSession never throws and never amplifies (fuzz)", (t) => {
  const random = seededRandom(t);
  const { sourceSsrc: _none, ...anybody } = terms;
  const session = new MirrorSession(
    { ...anybody, accepted: new Set(Array.from({ length: 112 }, (_, type) => type)) },
    { ...usualMirrorLimits, packetsPerSecond: 1e9, seconds: 1e9 },
    identity,
    0,
  );
  session.confirmed = true;
  let answered = 0;
  for (let i = 0; i < 100_000; i += 1) {
    const bytes = randomBytes(random, 80);
    if (bytes.length >= 12 && random() < 0.9) {
      bytes[0] = 0x80 | ((bytes[0] ?? 0) & 0x31);
      bytes.fill(1, 8, 12);
    }
    const answer = session.answer(from(bytes, i), i);
    if (answer === undefined) continue;
    answered += 1;
    assert.ok(answer.length <= bytes.length * 1.2 + 16);
    assert.equal(answer.length, bytes.length + encapRtpOverhead);
  }
  assert.ok(answered > 5000, `only ${answered} answered`);
});

test("MirrorSession under SRTP takes what the source's key protects, and answers under its own", () => {
  const suite = "AES_CM_128_HMAC_SHA1_80" as const;
  const source = { suite, key: new Uint8Array(16).fill(1), salt: new Uint8Array(14).fill(2) };
  const ours = { suite, key: new Uint8Array(16).fill(3), salt: new Uint8Array(14).fill(4) };
  const session = open({ protection: { source, ours } });
  assert.equal(session.answer(from(packet(1), 0), 0), undefined, "in the clear");
  const sent = new SrtpSender(source).protect(packet(1));
  const answer = session.answer(from(sent, 0), 0);
  assert.ok(answer);
  assert.equal(answer.length, sent.length + encapRtpOverhead);
  const read = new SrtpReceiver(ours).decode(answer);
  assert.ok(read.ok);
  assert.equal(session.answer(from(sent, 1), 1), undefined, "the same packet again");
  assert.deepEqual(Object.fromEntries(session.refusals), { "not protected as agreed": 2 });
});

test("MirrorSession reports only to a report of its source, in no more octets, within its rate", () => {
  const session = open();
  const reporter = new RtcpReporter(7, 8000, "peer");
  reporter.sent(160);
  const report = () => reporter.write(1000, 0) ?? new Uint8Array();
  assert.equal(session.answer(from(report(), 0), 0), undefined, "before any packet of the source");
  session.answer(from(packet(1), 10), 10);
  session.answer(from(packet(3), 50), 50);
  const answer = session.answer(from(report(), 1000), 1000);
  assert.ok(answer);
  assert.ok(answer.length <= report().length, `${answer.length} for ${report().length}`);
  reporter.hear(answer, 1000);
  assert.equal(reporter.heard.report?.lost, 1);
  assert.equal(session.answer(from(report(), 1001, { port: 4001 }), 1001), undefined, "from another port");
  let answers = 0;
  for (let i = 0; i < 500; i += 1) if (session.answer(from(report(), 1100), 1100) !== undefined) answers += 1;
  assert.ok(answers <= usualMirrorLimits.packetsPerSecond);
});

test("MirrorSession never answers with more than came and 16 octets, whatever comes (fuzz)", (t) => {
  const random = seededRandom(t);
  for (const mode of ["encaprtp", "rtploopback", "media", "echo"] as const) {
    const session = open({ mode, law: "pcmu" });
    for (let i = 0; i < 25_000; i += 1) {
      const bytes = random() < 0.5 ? packet(i) : randomBytes(random, 80);
      if (bytes.length > 1 && random() < 0.7) bytes[0] = 0x80 | ((bytes[0] ?? 0) & 0x3f);
      if (bytes.length > 1 && random() < 0.3) bytes[1] = 200 + Math.floor(random() * 8);
      const answer = session.answer(from(bytes, i * 10), i * 10);
      assert.ok((answer?.length ?? 0) <= bytes.length + encapRtpOverhead);
    }
  }
});
