import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addressAttribute,
  addressOf,
  decodeAddress,
  errorOf,
  textOf,
} from "../../../protocol/stun/attributes.ts";
import {
  checkFingerprint,
  checkIntegrity,
  longTermKey,
  withFingerprint,
  withIntegrity,
} from "../../../protocol/stun/integrity.ts";
import { decodeStun, encodeStun, stunAttribute, type StunMessage } from "../../../protocol/stun/message.ts";
import { Secret } from "../../../protocol/secret.ts";
import { randomBytes, seededRandom } from "../rtp/seeded-random.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
function read(bytes: Uint8Array): StunMessage {
  const message = decodeStun(bytes);
  assert.ok(message.ok, JSON.stringify(message));
  return message.value;
}

// RFC 5769 2.1–2.4.
const shortTermKey = Buffer.from("VOkJxbRl1RmTxUk/WvJxBt");
const request = hex(`000100582112a442b7e7a701bc34d686fa87dfae
  802200105354554e207465737420636c69656e74 002400046e0001ff 80290008932ff9b151263b36
  000600096576746a3a68367659202020 000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004e57a3bcf`);
const answer4 = hex(`0101003c2112a442b7e7a701bc34d686fa87dfae 8022000b7465737420766563746f7220
  002000080001a147e112a643 000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004c07d4c96`);
const answer6 = hex(`010100482112a442b7e7a701bc34d686fa87dfae 8022000b7465737420766563746f7220
  002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9 00080014a382954e4be67bf11784c97c8292c275bfe3ed41
  80280004c8fb0b4c`);
const longTerm = hex(`000100602112a44278ad3433c6ad72c029da412e
  00060012e3839ee38388e383aae38383e382afe382b90000 0015001c662f2f3439396b39353464364f4c33346f4c39465354767936347341
  0014000b6578616d706c652e6f726700 00080014f67024656dd64a3e02b8e0712e85c9a28ca89666`);

for (const [about, bytes] of [
  ["request", request],
  ["IPv4 answer", answer4],
  ["IPv6 answer", answer6],
] as const) {
  test(`RFC 5769, ${about}: integrity and fingerprint are right, and a changed bit is seen`, () => {
    assert.equal(checkIntegrity(bytes, shortTermKey), "right");
    assert.equal(checkFingerprint(bytes), "right");
    const changed = bytes.slice();
    changed[26] = (changed[26] ?? 0) ^ 1;
    assert.equal(checkIntegrity(changed, shortTermKey), "wrong");
    assert.equal(checkFingerprint(changed), "wrong");
    assert.equal(checkIntegrity(bytes, Buffer.from("other")), "wrong");
  });
}

test("RFC 5769: addressOf() reads the mapped addresses", () => {
  assert.deepEqual(addressOf(read(answer4), stunAttribute.xorMappedAddress), {
    address: "192.0.2.1",
    port: 32853,
  });
  assert.deepEqual(addressOf(read(answer6), stunAttribute.xorMappedAddress), {
    address: "2001:db8:1234:5678:11:2233:4455:6677",
    port: 32853,
  });
  assert.equal(textOf(read(answer4), stunAttribute.software), "test vector");
});

test("RFC 5769, long-term credentials: longTermKey() signs as the vector", () => {
  const key = longTermKey("マトリックス", "example.org", new Secret("TheMatrIX"));
  assert.equal(checkIntegrity(longTerm, key), "right");
  assert.equal(checkFingerprint(longTerm), "absent");
  const { attributes, ...rest } = read(longTerm);
  const unsigned = encodeStun({ ...rest, attributes: attributes.slice(0, -1) });
  assert.deepEqual(Buffer.from(withIntegrity(unsigned, key)), Buffer.from(longTerm));
});

test("withIntegrity() with SHA-256 and withFingerprint() are read back", () => {
  const bare = encodeStun({
    class: "indication",
    method: 0x7,
    transaction: new Uint8Array(12),
    attributes: [],
  });
  const signed = withFingerprint(withIntegrity(bare, shortTermKey, "sha256"));
  assert.equal(checkIntegrity(signed, shortTermKey, "sha256"), "right");
  assert.equal(checkIntegrity(signed, shortTermKey), "absent");
  assert.equal(checkFingerprint(signed), "right");
});

test("errorOf() reads class and number", () => {
  const value = Uint8Array.of(0, 0, 4, 38, ...Buffer.from("Stale Nonce"));
  const message: StunMessage = {
    class: "error",
    method: 3,
    transaction: new Uint8Array(12),
    attributes: [{ type: stunAttribute.errorCode, value }],
  };
  assert.deepEqual(errorOf(message), { code: 438, reason: "Stale Nonce" });
});

for (const [about, bytes, place] of [
  ["a short header", "0001", "byte 0"],
  ["the first bits set", "c001 0000 2112a442 000000000000000000000000", "byte 0"],
  ["another cookie", "0001 0000 2112a443 000000000000000000000000", "byte 4"],
  ["a length that is not the datagram's", "0001 0004 2112a442 000000000000000000000000", "byte 2"],
  ["a value beyond the end", "0001 0004 2112a442 000000000000000000000000 0020 0008", "byte 22"],
] as const) {
  test(`decodeStun() refuses ${about}`, () => {
    const message = decodeStun(hex(bytes));
    assert.ok(!message.ok);
    assert.equal(message.why.place, place);
  });
}

test("decodeAddress() refuses an unknown family and a wrong length", () => {
  assert.ok(!decodeAddress(hex("0003 0001 00000000")).ok);
  assert.ok(!decodeAddress(hex("0001 0001 0000")).ok);
});

for (const address of ["192.0.2.77", "::1", "2001:db8::1:0:0:1", "fe80::1", "1:2:3:4:5:6:7:8"]) {
  test(`addressAttribute() of ${address} is read back, masked and plain`, () => {
    const transaction = Uint8Array.from({ length: 12 }, (_, at) => at * 17);
    for (const type of [stunAttribute.mappedAddress, stunAttribute.xorMappedAddress]) {
      const attributes = [addressAttribute(type, { address, port: 4660 }, transaction)];
      const message = read(encodeStun({ class: "success", method: 1, transaction, attributes }));
      assert.deepEqual(addressOf(message, type), { address, port: 4660 });
    }
  });
}

test("decodeStun() never throws, and what it takes survives encodeStun() (fuzz)", (t) => {
  const random = seededRandom(t);
  let taken = 0;
  for (let i = 0; i < 100_000; i += 1) {
    const bytes = random() < 0.5 ? randomBytes(random, 80) : withNoise(random);
    const message = decodeStun(bytes);
    if (!message.ok) continue;
    taken += 1;
    const again = decodeStun(encodeStun(message.value));
    assert.ok(again.ok);
    assert.deepEqual(again.value, message.value);
    for (const type of Object.values(stunAttribute)) addressOf(message.value, type);
    errorOf(message.value);
    checkIntegrity(bytes, shortTermKey);
    checkFingerprint(bytes);
  }
  assert.ok(taken > 10_000, `only ${taken} were taken`);
});

/** A vector with some octets changed, most of the time behind the header. */
function withNoise(random: () => number): Uint8Array {
  const bytes = [request, answer4, answer6, longTerm][Math.floor(random() * 4)]?.slice() ?? new Uint8Array();
  for (let count = 0; count < 3; count += 1) {
    const at = Math.floor(random() * bytes.length);
    if (at >= 20 || random() < 0.1) bytes[at] = Math.floor(random() * 256);
  }
  return bytes;
}
