import assert from "node:assert/strict";
import { test } from "node:test";
import { CaptureDecoder } from "../../../protocol/capture/decode-capture.ts";
import type { CapturedPacket } from "../../../protocol/capture/captured-packet.ts";
import { encodePcapHeader, encodePcapRecord } from "../../../protocol/capture/encode-pcap.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";

function readWhole(file: Uint8Array, cut = file.length) {
  const decoder = new CaptureDecoder();
  const packets: CapturedPacket[] = [];
  for (let at = 0; at < file.length; at += cut)
    packets.push(...decoder.feed(Buffer.from(file.subarray(at, at + cut))));
  return { packets, end: decoder.end() };
}

const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const sample = Buffer.concat([
  encodePcapHeader(1),
  encodePcapRecord({ at: at + 0.25, data: Buffer.from("first"), length: 5 }),
  encodePcapRecord({ at: at + 1000, data: Buffer.from("cut"), length: 300 }),
]);

test("a pcap file is read however it is cut", () => {
  for (const cut of [1, 7, 16, 23, sample.length]) {
    const { packets, end } = readWhole(sample, cut);
    assert.equal(end, undefined);
    assert.deepEqual(
      packets.map(({ number, data, length, linkType }) => [number, data.toString(), length, linkType]),
      [
        [1, "first", 5, 1],
        [2, "cut", 300, 1],
      ],
    );
    assert.ok(Math.abs((packets[0]?.at ?? 0) - at - 0.25) < 0.001);
  }
});

/** The same file as another machine, or a finer clock, writes it. */
function otherForm(magic: number, littleEndian: boolean, fraction: number): Buffer {
  const file = Buffer.alloc(24 + 16 + 2);
  const write = (value: number, place: number) =>
    littleEndian ? file.writeUInt32LE(value, place) : file.writeUInt32BE(value, place);
  write(magic, 0);
  write(101, 20);
  write(1, 24);
  write(fraction, 28);
  write(2, 32);
  write(2, 36);
  file.write("ok", 40);
  return file;
}

for (const [about, file] of [
  ["big-endian microseconds", otherForm(0xa1b2c3d4, false, 500_000)],
  ["little-endian nanoseconds", otherForm(0xa1b23c4d, true, 500_000_000)],
  ["big-endian nanoseconds", otherForm(0xa1b23c4d, false, 500_000_000)],
] as const)
  test(`a pcap file in ${about}`, () => {
    const [packet] = readWhole(file).packets;
    assert.equal(packet?.at, 1500);
    assert.equal(packet.linkType, 101);
    assert.equal(packet.data.toString(), "ok");
  });

function block(type: number, body: Buffer, big = false): Buffer {
  const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
  const head = Buffer.alloc(8);
  const tail = Buffer.alloc(4);
  const length = padded.length + 12;
  if (big) {
    head.writeUInt32BE(type, 0);
    head.writeUInt32BE(length, 4);
    tail.writeUInt32BE(length);
  } else {
    head.writeUInt32LE(type, 0);
    head.writeUInt32LE(length, 4);
    tail.writeUInt32LE(length);
  }
  return Buffer.concat([head, padded, tail]);
}

const words = (...values: number[]) => {
  const octets = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) octets.writeUInt32LE(value, index * 4);
  return octets;
};
const section = block(0x0a0d0d0a, words(0x1a2b3c4d, 1, 0xffffffff, 0xffffffff));
/** Ethernet in nanoseconds (if_tsresol 9), and raw IP as it comes: microseconds. */
const nanoseconds = block(1, Buffer.concat([words(1, 65_535), words(0x0001_0009, 9), words(0)]));
const plain = block(1, words(101, 65_535));
const stamp = 1_700_000_000_123_456_789n;
const high = Number(stamp >> 32n);
const low = Number(stamp & 0xffff_ffffn);

test("a pcapng file: interfaces with their own clocks, packets of each kind, blocks of no interest", () => {
  const file = Buffer.concat([
    section,
    nanoseconds,
    plain,
    block(0x0bad, words(1, 2, 3)),
    block(6, Buffer.concat([words(0, high, low, 3, 60), Buffer.from("abc")])),
    block(6, Buffer.concat([words(1, 0, 2_500_000, 2, 2), Buffer.from("de")])),
    block(3, Buffer.concat([words(2), Buffer.from("fg")])),
    section,
    plain,
    block(6, Buffer.concat([words(0, 0, 1000, 1, 1), Buffer.from("h")])),
  ]);
  for (const cut of [5, 64, file.length]) {
    const { packets, end } = readWhole(file, cut);
    assert.equal(end, undefined);
    assert.deepEqual(
      packets.map(({ data, linkType, length }) => [data.toString(), linkType, length]),
      [
        ["abc", 1, 60],
        ["de", 101, 2],
        ["fg", 1, 2],
        ["h", 101, 1],
      ],
    );
    assert.ok(Math.abs((packets[0]?.at ?? 0) - 1_700_000_000_123.456_8) < 0.001);
    assert.equal(packets[1]?.at, 2500);
  }
});

for (const [about, file, sentence] of [
  ["an empty file", Buffer.alloc(0), /a pcap or pcapng file/],
  ["text", Buffer.from("INVITE sip:a@b SIP/2.0"), /that of pcap or pcapng/],
  ["a file cut within a packet", sample.subarray(0, -2), /a whole record/],
  ["a packet of 4 GB", Buffer.concat([encodePcapHeader(1), Buffer.alloc(16, 0xff)]), /at most/],
  ["a block of length 5", Buffer.concat([section, words(6, 5, 0)]), /a length from 12/],
] as const)
  test(`${about} ends in a sentence, after the packets before it`, () => {
    const { end } = readWhole(file);
    assert.match(`${end?.place} ${end?.expected}`, sentence);
  });

test("damage never throws: 20,000 files", (context) => {
  const seed = Date.now() >>> 0;
  context.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  const good = [sample, Buffer.concat([section, nanoseconds, block(6, words(0, high, low, 4, 4, 7))])];
  for (let round = 0; round < 20_000; round += 1) {
    const file = Buffer.from(good[round % 2] ?? sample);
    for (let hits = random.below(4); hits >= 0; hits -= 1)
      file[random.below(file.length)] = random.below(256);
    const { packets } = readWhole(file, 1 + random.below(file.length));
    assert.ok(packets.length <= 2);
  }
});
