import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeIp } from "../../../protocol/capture/decode-ip.ts";
import { decodeLink, linkTypes } from "../../../protocol/capture/decode-link.ts";
import { decodeTcp, decodeUdp, type TcpSegment } from "../../../protocol/capture/decode-transport.ts";
import { FragmentReassembly } from "../../../protocol/capture/reassemble-fragments.ts";
import { printAddress } from "../../../protocol/print-address.ts";
import { TcpDirection } from "../../../protocol/capture/tcp-direction.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";
import { ethernet, ipv4, udp } from "./frames.ts";

const addresses = { source: "192.0.2.1", destination: "198.51.100.7" } as const;
const datagram = ipv4({ ...addresses, protocol: 17, tos: 0xb8, payload: udp(5060, 5061, Buffer.from("hi")) });
const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

for (const [about, linkType, frame, vlans] of [
  ["Ethernet", linkTypes.ethernet, ethernet(0x0800, datagram), []],
  ["two VLAN tags", linkTypes.ethernet, ethernet(0x0800, datagram, [20, 40]), [20, 40]],
  ["Linux cooked", linkTypes.linuxCooked, Buffer.concat([Buffer.alloc(14), hex("0800"), datagram]), []],
  ["Linux cooked v2", linkTypes.linuxCooked2, Buffer.concat([hex("0800"), Buffer.alloc(18), datagram]), []],
  ["raw IP", linkTypes.raw, datagram, []],
  ["BSD loopback", linkTypes.loopback, Buffer.concat([hex("02000000"), datagram]), []],
] as const)
  test(`a datagram within ${about}`, () => {
    const link = decodeLink(linkType, frame);
    assert.deepEqual(link?.vlans, vlans);
    const ip = decodeIp(link.etherType, frame, link.offset);
    assert.equal(ip?.dscp, 46);
    assert.equal(printAddress(ip.source), "192.0.2.1");
    const read = decodeUdp(ip.payload);
    assert.equal(read?.destinationPort, 5061);
    assert.equal(read.payload.toString(), "hi");
  });

test("Ethernet's padding is no part of the packet, and what the capture cut off is counted", () => {
  const padded = decodeIp(0x0800, Buffer.concat([datagram, Buffer.alloc(20)]), 0);
  assert.equal(padded?.payload.length, 10);
  const cut = decodeIp(0x0800, datagram.subarray(0, -1), 0);
  assert.equal(cut?.missing, 1);
});

test("IPv4 fragments in any order give the whole packet, once", () => {
  const whole = udp(5060, 5060, Buffer.alloc(4000, "sip "));
  const pieces = [0, 1480, 2960].map((offset) => {
    const more = offset === 2960 ? 0 : 0x2000;
    const payload = whole.subarray(offset, offset + 1480);
    return ipv4({ ...addresses, protocol: 17, id: 7, fragment: more | (offset / 8), payload });
  });
  for (const order of [
    [0, 1, 2],
    [2, 0, 1],
    [1, 1, 2, 0],
  ]) {
    const reassembly = new FragmentReassembly();
    const out = order.flatMap((index) => {
      const packet = decodeIp(0x0800, pieces[index] ?? Buffer.alloc(0), 0);
      assert.ok(packet);
      return reassembly.add(packet, 0) ?? [];
    });
    assert.equal(out.length, 1);
    assert.equal(out[0]?.fragments, 3);
    assert.deepEqual(out[0].packet.payload, whole);
  }
});

test("a fragment that never came is counted once its time is over", () => {
  const reassembly = new FragmentReassembly();
  for (const [id, at] of [
    [1, 0],
    [2, 61_000],
  ] as const) {
    const piece = ipv4({ ...addresses, protocol: 17, id, fragment: 0x2000, payload: Buffer.alloc(8) });
    const packet = decodeIp(0x0800, piece, 0);
    assert.ok(packet);
    assert.equal(reassembly.add(packet, at), undefined);
  }
  assert.equal(reassembly.lost, 1);
});

test("IPv6 with extension headers and a fragment header", () => {
  const payload = hex("11 00 00000000 00 00 11 00 0000 0000 0001 13c4 13c4 000a 0000 6869");
  const plain = hex(`6b80 0000 0012 00 40 ${"20010db8000000000000000000000001".repeat(2)}`);
  const packet = decodeIp(0x86dd, Buffer.concat([plain, payload.subarray(0, 8), payload.subarray(16)]), 0);
  assert.equal(packet?.dscp, 46);
  assert.equal(printAddress(packet.source), "2001:db8::1");
  assert.equal(decodeUdp(packet.payload)?.payload.toString(), "hi");
});

test("printAddress() shortens as RFC 5952 says", () => {
  const print = (text: string) => printAddress(hex(text));
  assert.equal(print("00000000000000000000000000000000"), "::");
  assert.equal(print("20010db8000000010001000100010001"), "2001:db8:0:1:1:1:1:1");
  assert.equal(print("20010000000000010000000000000001"), "2001:0:0:1::1");
});

const segment = (sequence: number, payload: Buffer): TcpSegment => ({
  sourcePort: 1,
  destinationPort: 2,
  sequence: sequence >>> 0,
  acknowledgment: 0,
  flags: { fin: false, syn: false, rst: false, ack: true },
  payload,
});

test("TCP segments cut, doubled and in any order give the octets in order, across the wrap", (context) => {
  const seed = Date.now() >>> 0;
  context.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  for (let round = 0; round < 500; round += 1) {
    const octets = Buffer.from(random.bytes(200));
    const start = 2 ** 32 - random.below(150);
    const segments: TcpSegment[] = [];
    for (let at = 0; at < octets.length;) {
      const length = 1 + random.below(40);
      const from = Math.max(0, at - random.below(10));
      segments.push(segment(start + from, octets.subarray(from, at + length)));
      at += length;
    }
    const direction = new TcpDirection();
    direction.add({
      ...segment(start - 1, Buffer.alloc(0)),
      flags: { fin: false, syn: true, rst: false, ack: false },
    });
    const mixed = [...segments, ...segments.slice(0, 3)]
      .map((one) => ({ one, key: random.next() }))
      .toSorted((a, b) => a.key - b.key);
    const out = Buffer.concat(mixed.flatMap(({ one }) => direction.add(one).map((piece) => piece.octets)));
    assert.deepEqual(out, octets);
  }
});

test("a hole that is never filled becomes a gap, not a wait without end", () => {
  const direction = new TcpDirection();
  direction.add(segment(0, Buffer.from("a")));
  const pieces = Array.from({ length: 300 }, (_, index) =>
    direction.add(segment(101 + index * 1000, Buffer.alloc(1000))),
  ).flat();
  assert.equal(pieces[0]?.gap, 100);
  assert.ok(pieces.length > 250);
});

test("frames of random octets never throw: 100,000", (context) => {
  const seed = Date.now() >>> 0;
  context.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  const reassembly = new FragmentReassembly();
  const kinds = Object.values(linkTypes);
  for (let round = 0; round < 100_000; round += 1) {
    const frame = Buffer.from(random.bytes(random.below(90)));
    const linkType = kinds[random.below(kinds.length)] ?? 1;
    if (frame.length > 54) {
      const ip = ethernet(random.below(2) === 0 ? 0x0800 : 0x86dd, frame);
      ip[14] = ip[12] === 8 ? 0x45 : 0x60;
      read(linkTypes.ethernet, ip, reassembly);
    }
    read(linkType, frame, reassembly);
  }
});

function read(linkType: number, frame: Buffer, reassembly: FragmentReassembly): void {
  const link = decodeLink(linkType, frame);
  const ip = link === undefined ? undefined : decodeIp(link.etherType, frame, link.offset);
  if (ip === undefined) return;
  const whole = reassembly.add(ip, 0);
  decodeUdp(whole?.packet.payload ?? ip.payload);
  decodeTcp(whole?.packet.payload ?? ip.payload);
}
