import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeALaw,
  decodeG711,
  decodeMuLaw,
  encodeALaw,
  encodeG711,
  encodeMuLaw,
  toneSamples,
} from "../../../protocol/rtp/g711.ts";

const octets = Array.from({ length: 256 }, (_, octet) => octet);

test("every µ-law octet survives decoding and encoding, but the negative zero", () => {
  for (const octet of octets) assert.equal(encodeMuLaw(decodeMuLaw(octet)), octet === 0x7f ? 0xff : octet);
});

test("every A-law octet survives decoding and encoding", () => {
  for (const octet of octets) assert.equal(encodeALaw(decodeALaw(octet)), octet);
});

test("the known points of both laws", () => {
  assert.equal(encodeMuLaw(0), 0xff);
  assert.equal(decodeMuLaw(0x80), 32124);
  assert.equal(decodeMuLaw(0x00), -32124);
  assert.equal(encodeALaw(0), 0xd5);
  assert.equal(decodeALaw(0xd5), 8);
  assert.equal(decodeALaw(0xaa), 32256);
  assert.equal(encodeALaw(-32768), 0x2a);
  assert.equal(encodeMuLaw(32767), 0x80);
});

test("a sample comes back within the law's step", () => {
  for (let sample = -32768; sample <= 32767; sample += 7) {
    const clipped = Math.max(-32124, Math.min(32124, sample));
    assert.ok(
      Math.abs(decodeMuLaw(encodeMuLaw(sample)) - clipped) <= 4 + Math.abs(clipped) / 16,
      `µ ${sample}`,
    );
    assert.ok(Math.abs(decodeALaw(encodeALaw(sample)) - sample) <= 16 + Math.abs(sample) / 16, `A ${sample}`);
  }
});

test("toneSamples() goes on where the last packet stopped", () => {
  const whole = toneSamples(400, 0, 320);
  assert.deepEqual([...toneSamples(400, 0, 160), ...toneSamples(400, 160, 160)], whole);
  assert.equal(decodeG711("pcma", encodeG711("pcma", whole)).length, 320);
});
