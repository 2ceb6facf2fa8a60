import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeTftp, encodeTftp, type TftpPacket } from "../../../protocol/tftp/packet.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";

const octets = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

const table: readonly (readonly [string, TftpPacket, string])[] = [
  ["a plain request", { op: "rrq", file: "a.cfg", mode: "octet", options: [] }, "\0\x01a.cfg\0octet\0"],
  [
    "a request with options",
    {
      op: "rrq",
      file: "y000000000108.cfg",
      mode: "OCTET",
      options: [
        ["blksize", "1468"],
        ["tsize", "0"],
      ],
    },
    "\0\x01y000000000108.cfg\0OCTET\0blksize\x001468\0tsize\x000\0",
  ],
  ["a write request", { op: "wrq", file: "x", mode: "netascii", options: [] }, "\0\x02x\0netascii\0"],
  ["data", { op: "data", block: 258, data: octets("hi") }, "\0\x03\x01\x02hi"],
  ["the empty last block", { op: "data", block: 65_535, data: octets("") }, "\0\x03\xff\xff"],
  ["an acknowledgement", { op: "ack", block: 0 }, "\0\x04\0\0"],
  ["an error", { op: "error", code: 1, message: "File not found" }, "\0\x05\0\x01File not found\0"],
  ["an option acknowledgement", { op: "oack", options: [["windowsize", "16"]] }, "\0\x06windowsize\x0016\0"],
];

for (const [what, packet, wire] of table) {
  test(`encodeTftp() and decodeTftp() agree on ${what}`, () => {
    assert.deepEqual(octets(wire), new Uint8Array(encodeTftp(packet)));
    const back = decodeTftp(octets(wire));
    assert.ok(back.ok);
    assert.deepEqual(plain(back.value), plain(packet));
  });
}

test("decodeTftp() reads at an offset of a larger buffer", () => {
  const whole = octets("xxx\0\x04\x12\x34");
  assert.deepEqual(decodeTftp(whole.subarray(3)), { ok: true, value: { op: "ack", block: 0x1234 } });
});

const refusals: readonly (readonly [string, string, string])[] = [
  ["", "packet", "4 octets or more"],
  ["\0\x07ab", "byte 0", "an opcode of 1 to 6"],
  ["\0\x01file\0octet", "byte 12", "NUL behind the last word"],
  ["\0\x01file\0", "packet", "a file name and a mode, each ended by NUL"],
  ["\0\x01f\0octet\0blksize\0", "option blksize", "a value"],
  [`\0\x01f\0octet\0${"a\0b\0".repeat(33)}`, "byte 138", "at most 32 options"],
];

for (const [wire, place, expected] of refusals) {
  test(`decodeTftp() refuses ${JSON.stringify(wire.slice(0, 30))} at ${place}`, () => {
    const result = decodeTftp(octets(wire));
    assert.ok(!result.ok);
    assert.deepEqual([result.why.place, result.why.expected], [place, expected]);
  });
}

test("decodeTftp() takes an ERROR without its NUL and an ACK with a tail, as some loaders send them", () => {
  const error = decodeTftp(octets("\0\x05\0\0bye"));
  assert.deepEqual(error, { ok: true, value: { op: "error", code: 0, message: "bye" } });
  assert.deepEqual(decodeTftp(octets("\0\x04\0\x05rest")), { ok: true, value: { op: "ack", block: 5 } });
});

test("decodeTftp() survives 100,000 inputs, and encodes what it took back to the same packet", (context) => {
  const seed = Number(process.env["SEED"] ?? 20_260_301);
  context.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  let taken = 0;
  for (let round = 0; round < 100_000; round += 1) {
    const bytes = random.bytes(random.below(60));
    // Past the opcode, or nearly all inputs end there; and some words, so that options are reached.
    if (bytes.length > 1 && random.below(10) > 0) bytes.set([0, 1 + random.below(6)]);
    for (let at = 2; at < bytes.length; at += 1) if (random.below(6) === 0) bytes[at] = 0;
    if (bytes.length > 0 && random.below(3) > 0) bytes[bytes.length - 1] = 0;
    const first = decodeTftp(bytes);
    if (!first.ok) continue;
    taken += 1;
    const second = decodeTftp(encodeTftp(first.value));
    assert.ok(second.ok);
    assert.deepEqual(plain(second.value), plain(first.value));
  }
  assert.ok(taken > 20_000, `only ${taken} inputs were packets`);
});

function plain(packet: TftpPacket): unknown {
  return packet.op === "data" ? { ...packet, data: Buffer.from(packet.data).toString("latin1") } : packet;
}
