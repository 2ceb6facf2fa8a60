import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeIcmpError } from "../../../protocol/icmp/decode-icmp-error.ts";
import { randomBytes, seededRandom } from "../rtp/seeded-random.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ""), "hex"));
const timeExceeded = hex(`45c0 0038 1234 0000 4001 0000 cb007101 c0a85c02
  0b00 f4ff 00000000  45b8 0034 0001 4000 0111 0000 c0a85c02 cb007102  9c40 829b 0020 0000`);

test("decodeIcmpError() reads who quotes which packet, and its TOS", () => {
  const read = decodeIcmpError(timeExceeded);
  assert.ok(read.ok, JSON.stringify(read));
  assert.deepEqual(read.value, {
    from: "203.0.113.1",
    kind: "time-exceeded",
    code: 0,
    quoted: { tos: 0xb8, destination: "203.0.113.2", sourcePort: 40_000, destinationPort: 33_435 },
  });
});

for (const [about, at, octet, place] of [
  ["an echo reply", 20, 0, "byte 20"],
  ["IPv6", 0, 0x60, "byte 0"],
  ["a quoted TCP packet", 37, 6, "byte 37"],
  ["a quoted header beyond the end", 28, 0x4f, "byte 28"],
] as const) {
  test(`decodeIcmpError() refuses ${about}`, () => {
    const bytes = timeExceeded.slice();
    bytes[at] = octet;
    const read = decodeIcmpError(bytes);
    assert.ok(!read.ok);
    assert.equal(read.why.place, place);
  });
}

test("decodeIcmpError() never throws (fuzz)", (t) => {
  const random = seededRandom(t);
  let taken = 0;
  for (let i = 0; i < 100_000; i += 1) {
    const bytes = random() < 0.5 ? randomBytes(random, 80) : timeExceeded.slice(0, Math.floor(random() * 60));
    if (bytes.length > 0) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    if (decodeIcmpError(bytes).ok) taken += 1;
  }
  assert.ok(taken > 1000, `only ${taken} were taken`);
});
