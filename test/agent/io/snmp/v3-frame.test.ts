import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeScopedPdu, decodeV3Frame } from "../../../../agent/io/snmp/v3-frame.ts";
import { seededRandom, type SeededRandom } from "../../../fakes/seeded-random.ts";
import { element, integer, octets } from "../../../fakes/switch/ber.ts";
import { varbind } from "../../../fakes/switch/hostile.ts";

interface Parts {
  readonly id: number;
  readonly flags: number;
  readonly engine: Uint8Array;
  readonly boots: number;
  readonly time: number;
  readonly user: string;
  readonly digest: Uint8Array;
  readonly salt: Uint8Array;
  readonly scoped: Uint8Array;
  readonly model?: number;
}

const plainScoped = (requestId: number) =>
  element(
    0x30,
    Buffer.concat([
      octets("engine"),
      octets("vlan-7"),
      element(
        0xa2,
        Buffer.concat([
          integer(requestId),
          integer(0),
          integer(0),
          element(0x30, varbind([1, 3, 6, 1], integer(42))),
        ]),
      ),
    ]),
  );

function frame(parts: Parts): Buffer {
  const header = [
    integer(parts.id),
    integer(65_507),
    octets(Buffer.from([parts.flags])),
    integer(parts.model ?? 3),
  ];
  const usm = [
    octets(parts.engine),
    integer(parts.boots),
    integer(parts.time),
    octets(parts.user),
    octets(parts.digest),
    octets(parts.salt),
  ];
  const scoped = (parts.flags & 2) === 0 ? Buffer.from(parts.scoped) : octets(parts.scoped);
  return element(
    0x30,
    Buffer.concat([
      integer(3),
      element(0x30, Buffer.concat(header)),
      octets(element(0x30, Buffer.concat(usm))),
      scoped,
    ]),
  );
}

function randomParts(random: SeededRandom): Parts {
  const flags = [0, 1, 3, 4, 5, 7][random.below(6)] ?? 0;
  return {
    id: random.below(2 ** 31),
    flags,
    engine: random.bytes(random.below(33)),
    boots: random.below(2 ** 31),
    time: random.below(2 ** 31),
    user: `user${random.below(1000)}`,
    digest: random.bytes((flags & 1) === 0 ? 0 : ([12, 24, 48][random.below(3)] ?? 12)),
    salt: random.bytes((flags & 2) === 0 ? 0 : 8),
    scoped: (flags & 2) === 0 ? plainScoped(random.below(2 ** 31)) : random.bytes(random.below(400)),
  };
}

const simple: Parts = {
  id: 9,
  flags: 0,
  engine: Buffer.from("engine"),
  boots: 1,
  time: 2,
  user: "reader",
  digest: Buffer.alloc(0),
  salt: Buffer.alloc(0),
  scoped: plainScoped(77),
};

describe("decodeV3Frame()", () => {
  it("says place, expected and found", () => {
    assert.deepEqual(decodeV3Frame(element(0x30, integer(1))), {
      ok: false,
      why: { place: "byte 2", expected: "version 3", found: "1" },
    });
  });

  it("refuses another security model than USM", () => {
    const read = decodeV3Frame(frame({ ...simple, model: 4 }));
    assert.ok(!read.ok);
    assert.equal(read.why.found, "4");
  });

  it("refuses a plain scoped PDU under the flag of encryption", () => {
    const bytes = frame({ ...simple, flags: 3, scoped: Buffer.from("secret") });
    const plain = frame(simple);
    assert.ok(decodeV3Frame(bytes).ok);
    const lying = Buffer.from(plain);
    lying[lying.indexOf(Buffer.from([0x04, 1, 0])) + 2] = 3;
    assert.ok(!decodeV3Frame(lying).ok);
  });

  it("decodeScopedPdu() reads the PDU inside", () => {
    const read = decodeScopedPdu(plainScoped(77));
    assert.ok(read.ok);
    assert.equal(read.value.requestId, 77);
    assert.equal(read.value.varbinds[0]?.value, 42);
  });

  it("never throws or hangs on 100,000 inputs, and undoes the encoder", () => {
    const seed = (Date.now() >>> 0) | 1;
    const random = seededRandom(seed);
    console.log(`seed ${seed}`);
    for (let i = 0; i < 20_000; i++) {
      const parts = randomParts(random);
      const bytes = frame(parts);
      const read = decodeV3Frame(bytes);
      assert.ok(read.ok, `seed ${seed}: ${bytes.toString("hex")}`);
      const { digest, messageId, engineId, scoped, salt, ...rest } = read.value;
      assert.deepEqual(rest, { flags: parts.flags, boots: parts.boots, time: parts.time, user: parts.user });
      assert.equal(messageId, parts.id);
      assert.ok(bytes.subarray(digest.start, digest.end).equals(parts.digest));
      for (const [ours, theirs] of [
        [engineId, parts.engine],
        [scoped, parts.scoped],
        [salt, parts.salt],
      ] as const)
        assert.ok(Buffer.from(ours).equals(theirs));
      for (let j = 0; j < 4; j++) {
        const copy = Buffer.from(bytes);
        for (let k = 0; k < 1 + random.below(4); k++) copy[random.below(copy.length)] = random.below(256);
        const cut = random.below(3) === 0 ? copy.subarray(0, random.below(copy.length)) : copy;
        const damaged = decodeV3Frame(cut);
        if (damaged.ok) decodeScopedPdu(damaged.value.scoped);
      }
    }
  });
});
