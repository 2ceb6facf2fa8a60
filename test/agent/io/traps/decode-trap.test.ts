import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeTrap } from "../../../../agent/io/traps/decode-trap.ts";
import { trapKind } from "../../../../agent/io/traps/trap-kind.ts";
import { seededRandom } from "../../../fakes/seeded-random.ts";
import { informV2, trapV1, trapV2 } from "../../../fakes/switch/trap-sender.ts";

const oidOf = (bytes: Uint8Array) => {
  const trap = decodeTrap(bytes);
  return trap.ok ? trap.value.oid : trap.why;
};

describe("decodeTrap()", () => {
  it("reads the OID of a v2c trap", () => {
    assert.equal(oidOf(trapV2("1.3.6.1.2.1.105.0.1", 7)), "1.3.6.1.2.1.105.0.1");
  });

  it("names generic v1 traps as v2c does", () => {
    assert.equal(oidOf(trapV1("1.3.6.1.4.1.9.1.2694", 0, 0)), "1.3.6.1.6.3.1.1.5.1");
    assert.equal(oidOf(trapV1("1.3.6.1.4.1.9.1.2694", 3, 0)), "1.3.6.1.6.3.1.1.5.4");
  });

  it("names enterprise traps of v1 with a zero between (RFC 3584)", () => {
    assert.equal(oidOf(trapV1("1.3.6.1.4.1.9.9.402", 6, 1)), "1.3.6.1.4.1.9.9.402.0.1");
  });

  it("answers an inform with its own request id and varbinds", () => {
    const inform = informV2("1.3.6.1.2.1.105.0.2", 9);
    const trap = decodeTrap(inform);
    assert.ok(trap.ok);
    const answer = Buffer.from(trap.value.acknowledgement ?? []);
    const changed = [...answer].flatMap((octet, at) => (octet === inform[at] ? [] : [octet]));
    assert.deepEqual(changed, [0xa2]);
    assert.equal(answer.length, inform.length);
  });

  it("refuses what is no trap, and says why", () => {
    assert.deepEqual(oidOf(trapV2("1.3.6.1.2.1.105.0.1", 7, [], 0xa2)), {
      place: "byte 13",
      expected: "a trap or an inform",
      found: "0xa2 of version 1",
    });
    assert.deepEqual(oidOf(trapV1("1.3.6.1.4.1.9", 7, 1)), {
      place: "byte 29",
      expected: "a generic trap of 0–6",
      found: "7",
    });
  });

  it("reads or refuses 100,000 damaged datagrams and never throws", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`seed ${seed}`);
    const random = seededRandom(seed);
    const good = [
      trapV2("1.3.6.1.2.1.105.0.1", 7),
      trapV1("1.3.6.1.4.1.9.9.402", 6, 1),
      informV2("1.3.6.1.6.3.1.1.5.3", 3),
    ];
    let read = 0;
    for (let round = 0; round < 100_000; round++) {
      const bytes = Buffer.from(good[round % good.length] ?? []);
      const damage = random.below(4);
      for (let i = 0; i < damage; i++) bytes[random.below(bytes.length)] = random.below(256);
      const cut = random.below(5) === 0 ? random.below(bytes.length) : bytes.length;
      const input = random.below(10) === 0 ? random.bytes(random.below(80)) : bytes.subarray(0, cut);
      const trap = decodeTrap(input);
      if (trap.ok) read += 1;
      else assert.ok(trap.why.expected.length > 0);
    }
    assert.ok(read > 10_000 && read < 90_000, `${read} read`);
  });
});

describe("trapKind()", () => {
  const kinds: [string, ReturnType<typeof trapKind>][] = [
    ["1.3.6.1.6.3.1.1.5.1", "restart"],
    ["1.3.6.1.6.3.1.1.5.3", "link"],
    ["1.3.6.1.2.1.105.0.1", "power"],
    ["1.3.6.1.4.1.9.9.402.0.1", "power"],
    ["1.0.8802.1.1.2.0.0.1", "neighbour"],
    // Our own poll with a wrong community makes these: they must not make the next poll.
    ["1.3.6.1.6.3.1.1.5.5", undefined],
    ["1.3.6.1.2.1.105.01", undefined],
    ["1.3.6.1.6.3.1.1.5.10", undefined],
    ["", undefined],
  ];
  for (const [oid, kind] of kinds)
    it(`takes ${oid === "" ? "nothing" : oid} for ${kind ?? "no reason to look"}`, () => {
      assert.equal(trapKind(oid), kind);
    });
});
