import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeArp, encodeArp, type ArpPacket } from "../../../protocol/arp/packet.ts";
import { randomBytes, seededRandom } from "../rtp/seeded-random.ts";

const reply: ArpPacket = {
  operation: "reply",
  senderMac: "805ec0010007",
  senderAddress: "10.1.2.30",
  targetMac: "001122334455",
  targetAddress: "0.0.0.0",
};

test("decodeArp() reads what encodeArp() wrote, and the padding behind it", () => {
  assert.deepEqual(decodeArp(Uint8Array.from([...encodeArp(reply), ...new Uint8Array(18)])), {
    ok: true,
    value: reply,
  });
});

test("decodeArp() refuses what is cut, no Ethernet, or another operation", () => {
  const bytes = encodeArp(reply);
  assert.equal(decodeArp(bytes.subarray(0, 27)).ok, false);
  for (const at of [1, 2, 4, 7]) assert.equal(decodeArp(bytes.with(at, 9)).ok, false, `byte ${at}`);
});

test("decodeArp() never throws, and encodes again as it was (fuzz)", (t) => {
  const random = seededRandom(t);
  for (let i = 0; i < 100_000; i += 1) {
    const bytes = randomBytes(random, 40);
    if (random() < 0.8) bytes.set(encodeArp(reply).subarray(0, Math.min(8, bytes.length)));
    const read = decodeArp(bytes);
    if (read.ok) assert.deepEqual(encodeArp(read.value), Uint8Array.from(bytes.subarray(0, 28)));
  }
});
