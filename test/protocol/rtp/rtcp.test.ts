import assert from "node:assert/strict";
import { test } from "node:test";
import { middleOf, ntpTimeOf, roundTripOf } from "../../../protocol/rtp/ntp-time.ts";
import { decodeRtcp, encodeRtcp, looksLikeRtcp, type RtcpPacket } from "../../../protocol/rtp/rtcp.ts";
import type { VoipMetrics } from "../../../protocol/rtp/rtcp-xr.ts";
import { RtcpPacketConverter } from "werift";
import { randomBytes, seededRandom } from "./seeded-random.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/gu, ""), "hex"));

const report = {
  ssrc: 0xdeadbeef,
  fractionLost: 64,
  lost: -3,
  highest: 0x0001_0005,
  jitter: 12,
  lastSenderReport: 0xb44db705,
  sinceLastSenderReport: 0x0005_4000,
};
const info = { ntpSeconds: 0xb44db705, ntpFraction: 0x20000000, timestamp: 160, packets: 50, octets: 8000 };
const metrics: VoipMetrics = {
  ssrc: 1,
  lossRate: 10,
  discardRate: 2,
  burstDensity: 85,
  gapDensity: 10,
  burstDuration: 240,
  gapDuration: 1020,
  roundTrip: 50,
  endSystemDelay: 60,
  signalLevel: 127,
  noiseLevel: -60,
  echoReturnLoss: 127,
  gmin: 16,
  rFactor: 90,
  externalR: 127,
  mosListening: 43,
  mosConversational: 42,
  receiverConfig: 0,
  bufferNominal: 60,
  bufferMax: 60,
  bufferAbsoluteMax: 60,
};
const compound: readonly RtcpPacket[] = [
  { kind: "sender-report", ssrc: 7, info, reports: [report] },
  { kind: "source-description", chunks: [{ ssrc: 7, cname: "offhook" }] },
  {
    kind: "extended-report",
    ssrc: 7,
    blocks: [
      { kind: "receiver-time", ntpSeconds: 1, ntpFraction: 2 },
      { kind: "since-receiver-time", entries: [{ ssrc: 8, last: 9, since: 10 }] },
      { kind: "voip-metrics", metrics },
      { kind: "other", type: 6, specific: 0xe0, body: hex("00000001 00000002") },
    ],
  },
  { kind: "application", ssrc: 7, subtype: 1, name: "offh", data: hex("b8390000") },
  { kind: "bye", ssrcs: [7], reason: "done" },
  { kind: "receiver-report", ssrc: 7, reports: [] },
  { kind: "other", type: 205, count: 15, body: hex("00000007 00000008") },
];

test("decodeRtcp() reads back every kind of packet that encodeRtcp() writes", () => {
  const bytes = encodeRtcp(compound);
  const read = decodeRtcp(bytes);
  assert.ok(read.ok);
  assert.deepEqual(read.value, compound);
  assert.ok(looksLikeRtcp(bytes));
});

test("decodeRtcp() reads a sender report octet by octet, as another library writes it too", () => {
  const bytes = encodeRtcp(compound.slice(0, 1));
  assert.deepEqual(
    bytes,
    hex(`81c8000c 00000007 b44db705 20000000 000000a0 00000032 00001f40
         deadbeef 40fffffd 00010005 0000000c b44db705 00054000`),
  );
  const theirs = RtcpPacketConverter.deSerialize(Buffer.from(encodeRtcp(compound.slice(0, 2))));
  assert.deepEqual(
    theirs.map((each) => Buffer.from(each.serialize()).toString("hex")).join(""),
    Buffer.from(encodeRtcp(compound.slice(0, 2))).toString("hex"),
  );
});

for (const [about, bytes, place] of [
  ["nothing", "", "length"],
  ["version 1", "41c90001 00000007", "byte 0"],
  ["a length beyond the end", "80c90002 00000007", "byte 2"],
  ["a report that is missing", "81c90001 00000007", "byte 4"],
  ["a second head that is cut", "80c90001 00000007 80", "byte 8"],
  ["padding of none", "a0c90001 00000000", "byte 7"],
  ["an item beyond the end", "81ca0002 00000007 01090000", "byte 8"],
  ["an XR block beyond the end", "80cf0002 00000007 04000002", "byte 10"],
] as const) {
  test(`decodeRtcp() refuses ${about}`, () => {
    const read = decodeRtcp(hex(bytes));
    assert.ok(!read.ok);
    assert.equal(read.why.place, place);
  });
}

test("decodeRtcp() never throws, and what it takes survives encodeRtcp() (fuzz)", (t) => {
  const random = seededRandom(t);
  let taken = 0;
  const types = [200, 201, 202, 203, 204, 207, 205];
  for (let i = 0; i < 100_000; i += 1) {
    const body = randomBytes(random, 60);
    const bytes = new Uint8Array(4 + 4 * Math.floor(body.length / 4));
    bytes.set(body.subarray(0, bytes.length - 4), 4);
    bytes[0] = 0x80 | (random() < 0.1 ? 0x20 : 0) | Math.floor(random() * 3);
    bytes[1] = types[Math.floor(random() * types.length)] ?? 200;
    bytes[3] = bytes.length / 4 - 1 + (random() < 0.05 ? 1 : 0);
    // XR blocks find their own length now and then.
    if (random() < 0.3 && bytes.length > 12)
      bytes.set([[4, 5, 7, 6][i % 4] ?? 4, 0, 0, (bytes.length - 12) / 4], 8);
    const read = decodeRtcp(bytes);
    if (!read.ok) continue;
    taken += 1;
    const again = decodeRtcp(encodeRtcp(read.value));
    assert.ok(again.ok);
    if (read.value[0]?.kind !== "bye" && read.value[0]?.kind !== "source-description")
      assert.deepEqual(again.value, read.value);
  }
  assert.ok(taken > 10_000, `${taken} taken`);
});

test("roundTripOf() is A − LSR − DLSR (the example of RFC 3550 6.4.1), and nothing where there is none", () => {
  // The example itself takes 6.125 s, which is longer than any call bears: the same with 4 s less.
  assert.equal(roundTripOf(0xb710_8000 - 0x4_0000, 0xb705_2000, 0x0005_4000), 2125);
  assert.equal(roundTripOf(1, 0, 0), undefined);
  assert.equal(roundTripOf(100, 200, 0), undefined);
});

test("ntpTimeOf() counts from 1900; its middle holds 16 bits of each", () => {
  assert.deepEqual(ntpTimeOf(500), { ntpSeconds: 2_208_988_800, ntpFraction: 0x8000_0000 });
  assert.equal(middleOf({ ntpSeconds: 0x1234_5678, ntpFraction: 0x9abc_def0 }), 0x5678_9abc);
});
