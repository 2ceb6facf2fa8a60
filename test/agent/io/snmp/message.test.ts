import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encode, parse, type Packet } from "snmp-native";
import { decodeSnmpMessage, type SnmpValue } from "../../../../agent/io/snmp/message.ts";
import { element, integer, octets, oid } from "../../../fakes/switch/ber.ts";
import { message, varbind, type Asked } from "../../../fakes/switch/hostile.ts";
import { seededRandom, type SeededRandom } from "../../../fakes/seeded-random.ts";

describe("decodeSnmpMessage()", () => {
  const values: { name: string; bytes: Buffer; value: SnmpValue | undefined }[] = [
    { name: "a negative integer", bytes: integer(-129), value: -129 },
    { name: "a Counter32 above 2^31", bytes: integer(4_294_967_295, 0x41), value: 4_294_967_295 },
    {
      name: "a Counter32 without its zero octet",
      bytes: element(0x41, Buffer.from([0xff, 0xff, 0xff, 0xfe])),
      value: 4_294_967_294,
    },
    { name: "the largest Counter64", bytes: integer(2n ** 64n - 1n, 0x46), value: 2n ** 64n - 1n },
    {
      name: "octets that are no UTF-8",
      bytes: octets(Buffer.from([0xc3, 0x28])),
      value: new Uint8Array([0xc3, 0x28]),
    },
    { name: "an OID beginning with 1.0", bytes: oid([1, 0, 8802, 1]), value: "1.0.8802.1" },
    { name: "an OID beginning with 2.999", bytes: oid([2, 999, 3]), value: "2.999.3" },
    {
      name: "an OID of 128 arcs",
      bytes: oid(Array.from({ length: 128 }, () => 1)),
      value: Array(128).fill(1).join("."),
    },
    { name: "an arc of 2^32-1", bytes: oid([1, 3, 4_294_967_295]), value: "1.3.4294967295" },
    {
      name: "an address",
      bytes: element(0x40, Buffer.from([10, 0, 0, 1])),
      value: new Uint8Array([10, 0, 0, 1]),
    },
  ];
  const asked: Asked = {
    version: 1,
    community: Buffer.from("public"),
    type: 5,
    id: 77,
    repetitions: 0,
    names: [],
    count: 0,
  };
  for (const { name, bytes, value } of values) {
    it(`reads ${name}`, () => {
      const read = decodeSnmpMessage(message(asked, { varbinds: [varbind([1, 3, 6, 1], bytes)] }));
      assert.ok(read.ok);
      assert.deepEqual(read.value.varbinds[0]?.value, value);
    });
  }

  it("says place, expected and found", () => {
    const read = decodeSnmpMessage(Buffer.from([0x30, 0x03, 0x04, 0x01, 0x00]));
    assert.deepEqual(read, {
      ok: false,
      why: { place: "byte 2", expected: "a version (0x02)", found: "0x04" },
    });
  });

  function randomPacket(random: SeededRandom): Packet {
    const varbinds: Packet["pdu"]["varbinds"] = Array.from({ length: random.below(6) }, () => ({
      oid: [
        1,
        3,
        ...Array.from({ length: 1 + random.below(12) }, () =>
          random.below(2) === 0 ? random.below(128) : random.below(2 ** 31),
        ),
      ],
      type: ([2, 0x41, 0x42, 0x43, 4, 6, 0x82] as const)[random.below(7)] ?? 5,
      value: 0,
      valueRaw: Buffer.alloc(0),
      receiveStamp: 0,
      sendStamp: 0,
    }));
    for (const each of varbinds) {
      if (each.type === 4) each.value = Buffer.from(random.bytes(random.below(300)));
      else if (each.type === 6) each.value = [1, 3, 6, 1, random.below(2 ** 31)];
      else each.value = random.below(2 ** 31);
    }
    const version = random.below(2) === 0 ? 0 : 1;
    const pdu: Packet["pdu"] = {
      type: 2,
      reqid: 1 + random.below(2 ** 31 - 1),
      error: random.below(6),
      errorIndex: random.below(100),
      varbinds,
    };
    return { version, community: `c${random.below(1000)}`, pdu };
  }

  function damaged(bytes: Buffer, random: SeededRandom): Buffer {
    const copy = Buffer.from(bytes);
    for (let i = 0; i < 1 + random.below(4); i++) copy[random.below(copy.length)] = random.below(256);
    return random.below(3) === 0 ? copy.subarray(0, random.below(copy.length)) : copy;
  }

  it("never throws or hangs on 100,000 inputs, and undoes what snmp-native encodes", () => {
    const seed = (Date.now() >>> 0) | 1;
    const random = seededRandom(seed);
    console.log(`seed ${seed}`);
    for (let i = 0; i < 20_000; i++) {
      const packet = randomPacket(random);
      const bytes = encode(packet);
      const read = decodeSnmpMessage(bytes);
      assert.ok(read.ok, `seed ${seed}: ${bytes.toString("hex")}`);
      assert.equal(read.value.requestId, packet.pdu.reqid);
      assert.deepEqual(
        read.value.varbinds.map((each) => each.oid),
        packet.pdu.varbinds.map((each) => each.oid),
      );
      assert.deepEqual(
        read.value.varbinds.map((each) => plainValue(each.value)),
        packet.pdu.varbinds.map((each) => plainPacketValue(each)),
      );
      for (let j = 0; j < 4; j++) decodeSnmpMessage(damaged(bytes, random));
    }
  });

  it("agrees with snmp-native's own parser on sound messages", () => {
    const random = seededRandom(20_240_607);
    for (let i = 0; i < 500; i++) {
      const bytes = encode(randomPacket(random));
      const read = decodeSnmpMessage(bytes);
      const theirs = parse(bytes);
      assert.ok(read.ok);
      assert.deepEqual(
        read.value.varbinds.map((each) => each.oid),
        theirs.pdu.varbinds.map((each) => each.oid),
      );
    }
  });
});

const plainValue = (value: SnmpValue | undefined) =>
  value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;

function plainPacketValue({ type, value }: { type: number; value?: unknown }): unknown {
  if (type === 0x82) return undefined;
  if (Buffer.isBuffer(value)) return value.toString("hex");
  return Array.isArray(value) ? value.join(".") : value;
}
