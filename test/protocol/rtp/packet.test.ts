import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeRtp, encodeRtp } from "../../../protocol/rtp/packet.ts";
import { decodeEncapRtp, encodeEncapRtp, encapRtpOverhead } from "../../../protocol/rtp/encaprtp.ts";
import { randomBytes, seededRandom } from "./seeded-random.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

test("decodeRtp() reads a plain packet field by field", () => {
  const read = decodeRtp(hex("80 80 fffe 00000140 deadbeef d5d5"));
  assert.ok(read.ok);
  assert.deepEqual(read.value, {
    marker: true,
    payloadType: 0,
    sequence: 0xfffe,
    timestamp: 320,
    ssrc: 0xdeadbeef,
    csrc: [],
    payload: hex("d5d5"),
    padding: 0,
  });
});

test("decodeRtp() reads CSRC, extension and padding", () => {
  const read = decodeRtp(hex("b1 08 0001 00000002 00000003 00000004 bede0001 10aa0000 0102 000003"));
  assert.ok(read.ok);
  assert.deepEqual(read.value.csrc, [4]);
  assert.deepEqual(read.value.extension, { profile: 0xbede, data: hex("10aa0000") });
  assert.deepEqual(read.value.payload, hex("0102"));
  assert.equal(read.value.padding, 3);
});

for (const [about, bytes, place] of [
  ["a short packet", "80 00 0001", "length"],
  ["version 1", "40 00 0001 00000002 00000003", "byte 0"],
  ["CSRC beyond the end", "82 00 0001 00000002 00000003 00000004", "byte 12"],
  ["an extension beyond the end", "90 00 0001 00000002 00000003 bede0002 00000000", "byte 14"],
  ["an extension header beyond the end", "90 00 0001 00000002 00000003 bede", "byte 12"],
  ["a padding count of zero", "a0 00 0001 00000002 00000003 0000", "byte 13"],
  ["more padding than payload", "a0 00 0001 00000002 00000003 0003", "byte 13"],
  ["padding without payload", "a0 00 0001 00000002 00000003", "byte 11"],
] as const) {
  test(`decodeRtp() refuses ${about}`, () => {
    const read = decodeRtp(hex(bytes));
    assert.ok(!read.ok);
    assert.equal(read.why.place, place);
  });
}

test("decodeRtp() never throws, and what it takes survives encodeRtp() (fuzz)", (t) => {
  const random = seededRandom(t);
  let taken = 0;
  for (let i = 0; i < 100_000; i += 1) {
    const bytes = randomBytes(random, 60);
    // Past the version, most of the time.
    if (bytes.length > 0 && random() < 0.9) bytes[0] = 0x80 | ((bytes[0] ?? 0) & 0x3f);
    if (bytes.length > 0 && random() < 0.5) bytes[0] = (bytes[0] ?? 0) & 0xf1;
    const read = decodeRtp(bytes);
    if (!read.ok) continue;
    taken += 1;
    const again = decodeRtp(encodeRtp(read.value));
    assert.ok(again.ok);
    assert.deepEqual(again.value, read.value);
  }
  assert.ok(taken > 10_000, `only ${taken} got in`);
});

test("decodeEncapRtp() gives back what encodeEncapRtp() wrapped, and its overhead is 16 octets and a header", () => {
  const inner = encodeRtp({
    marker: false,
    payloadType: 8,
    sequence: 7,
    timestamp: 8,
    ssrc: 9,
    payload: hex("0102"),
  });
  const payload = encodeEncapRtp({ receiveTimestamp: 0xfffffff0, fragment: "whole", inner });
  assert.equal(payload.length, inner.length + encapRtpOverhead - 12);
  assert.equal(payload[4], 0x80);
  assert.deepEqual(decodeEncapRtp(payload), {
    ok: true,
    value: { receiveTimestamp: 0xfffffff0, fragment: "whole", inner },
  });
});

test("decodeEncapRtp() tells fragments apart by the first two bits", () => {
  for (const [bits, fragment] of [
    [0x00, "first"],
    [0x40, "last"],
    [0x80, "whole"],
    [0xc0, "middle"],
  ] as const) {
    const payload = new Uint8Array(16);
    payload[4] = bits;
    const read = decodeEncapRtp(payload);
    assert.ok(read.ok);
    assert.equal(read.value.fragment, fragment);
    assert.equal(read.value.inner[0], 0x80);
  }
});

test("decodeEncapRtp() never throws, and takes every payload of 16 octets or more as it is (fuzz)", (t) => {
  const random = seededRandom(t);
  for (let i = 0; i < 100_000; i += 1) {
    const bytes = randomBytes(random, 40);
    const read = decodeEncapRtp(bytes);
    assert.equal(read.ok, bytes.length >= 16);
    if (read.ok) assert.ok(Buffer.from(encodeEncapRtp(read.value)).equals(bytes));
  }
});
