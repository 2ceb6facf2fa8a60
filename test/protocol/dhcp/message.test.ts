import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeDhcp, encodeDhcp, type DhcpMessage } from "../../../protocol/dhcp/message.ts";
import { sipServersIn, subOptionsIn, vendorOptionsIn } from "../../../protocol/dhcp/option-values.ts";
import { configPlaces, sipServers, voiceVlans } from "../../../protocol/dhcp/phone-options.ts";
import { encodeDhcpPacket } from "../../../protocol/dhcp/udp-packet.ts";
import { decodeIp } from "../../../protocol/capture/decode-ip.ts";
import { decodeUdp } from "../../../protocol/capture/decode-transport.ts";
import { randomBytes, seededRandom } from "../rtp/seeded-random.ts";

const text = (value: string) => Uint8Array.from(Buffer.from(value));
const mac = Uint8Array.of(0x80, 0x5e, 0xc0, 0, 0, 1);
const offer: DhcpMessage = {
  op: "reply",
  hardwareType: 1,
  hops: 0,
  xid: 0xdeadbeef,
  secs: 3,
  broadcast: true,
  clientAddress: "0.0.0.0",
  yourAddress: "10.91.0.50",
  nextServer: "10.91.0.2",
  relay: "10.91.0.1",
  hardwareAddress: mac,
  serverName: "boot",
  file: "phone.cfg",
  options: new Map([
    [53, Uint8Array.of(2)],
    [66, text("https://phones.example:8443/")],
  ]),
};

/** A message with raw option fields: its own, then those in `file` and `sname`. */
function withFields(options: number[], file: number[] = [], serverName: number[] = []): Uint8Array {
  const bytes = Buffer.concat([
    encodeDhcp({ ...offer, options: new Map() }).subarray(0, 240),
    Buffer.from(options),
  ]);
  bytes.fill(0, 44, 236);
  bytes.set(serverName, 44);
  bytes.set(file, 108);
  return Uint8Array.from(bytes);
}

test("decodeDhcp() reads what encodeDhcp() wrote", () => {
  assert.deepEqual(decodeDhcp(encodeDhcp(offer)), { ok: true, value: offer });
});

test("a value of over 255 octets goes in parts and comes back whole (RFC 3396)", () => {
  const options = new Map([[43, Uint8Array.from({ length: 700 }, (_, i) => i & 255)]]);
  const bytes = encodeDhcp({ ...offer, options });
  assert.deepEqual([bytes[240], bytes[241], bytes[240 + 257], bytes[240 + 258]], [43, 255, 43, 255]);
  const read = decodeDhcp(bytes);
  assert.ok(read.ok);
  assert.deepEqual(read.value.options, options);
});

test("decodeDhcp() goes on in `file`, then in `sname`, where option 52 says so", () => {
  const read = decodeDhcp(
    withFields(
      [52, 1, 3, 66, 2, 0x61, 0x62, 255],
      [66, 1, 0x63, 255],
      [66, 1, 0x64, 42, 4, 10, 0, 0, 1, 255],
    ),
  );
  assert.ok(read.ok, JSON.stringify(read));
  const { options, file, serverName } = read.value;
  assert.deepEqual([file, serverName], ["", ""]);
  assert.deepEqual([...options.keys()], [66, 42]);
  assert.equal(Buffer.from(options.get(66) ?? []).toString(), "abcd");
});

test("decodeDhcp() takes an end that is missing, and padding anywhere", () => {
  const read = decodeDhcp(withFields([0, 0, 53, 1, 2, 0]));
  assert.ok(read.ok);
  assert.deepEqual([...read.value.options], [[53, Uint8Array.of(2)]]);
});

for (const [about, bytes, place] of [
  ["a short message", new Uint8Array(239), "byte 239"],
  ["BOOTP without the cookie", withFields([255]).fill(0, 236, 240), "byte 236"],
  ["an option beyond the end", withFields([66, 9, 1, 2]), "byte 241"],
  ["an option without a length", withFields([66]), "byte 241"],
  ["a hardware address of 17 octets", withFields([255]).fill(17, 2, 3), "byte 2"],
  ["an overloaded field that is damaged", withFields([52, 1, 1, 255], [66, 200]), "byte 109"],
] as const) {
  test(`decodeDhcp() refuses ${about}`, () => {
    const read = decodeDhcp(bytes);
    assert.ok(!read.ok);
    assert.equal(read.why.place, place);
  });
}

test("encodeDhcpPacket() makes IPv4 and UDP headers whose checksums hold", () => {
  const payload = encodeDhcp(offer);
  const packet = Buffer.from(encodeDhcpPacket(payload));
  const sum = (bytes: Buffer) => {
    let total = 0;
    for (let i = 0; i < bytes.length; i += 2) total += bytes.readUInt8(i) * 256 + (bytes[i + 1] ?? 0);
    while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
    return total;
  };
  const ip = decodeIp(0x0800, packet, 0);
  assert.equal(sum(packet.subarray(0, 20)), 0xffff);
  const pseudo = Buffer.from([...packet.subarray(12, 20), 0, 17, ...packet.subarray(24, 26)]);
  assert.equal(sum(Buffer.concat([pseudo, packet.subarray(20)])), 0xffff);
  const udp = ip && decodeUdp(ip.payload);
  assert.deepEqual([udp?.sourcePort, udp?.destinationPort], [68, 67]);
  assert.deepEqual(Uint8Array.from(udp?.payload ?? []), payload);
});

test("no octets make the codec of DHCP throw (fuzz)", (t) => {
  const random = seededRandom(t);
  const below = (limit: number) => Math.floor(random() * limit);
  let taken = 0;
  for (let i = 0; i < 100_000; i += 1) {
    // Past the head, the cookie and the type, or nothing gets in.
    const bytes = withFieldsOf(Buffer.from(randomBytes(random, 80)), below(4));
    if (random() < 0.3) bytes[below(bytes.length)] = below(256);
    const read = decodeDhcp(random() < 0.1 ? bytes.subarray(0, below(bytes.length)) : bytes);
    if (!read.ok) continue;
    taken += 1;
    const { options } = read.value;
    for (const value of options.values())
      for (const read of [subOptionsIn, vendorOptionsIn, sipServersIn]) read(value);
    for (const told of [...configPlaces(options), ...voiceVlans(options)])
      assert.equal(typeof told.value, "string");
    sipServers(options);
    assert.deepEqual(decodeDhcp(encodeDhcp(read.value)), read);
  }
  assert.ok(taken > 5000, `only ${taken} were taken`);
});

const head = withFields([]);
function withFieldsOf(octets: Buffer, overload: number): Uint8Array {
  const bytes = Buffer.concat([head, Buffer.from(overload === 0 ? [] : [52, 1, overload]), octets]);
  // Small lengths, so that many options fit one after the other.
  for (let at = head.length + (overload === 0 ? 1 : 4); at < bytes.length; at += 5) bytes[at] = 3;
  return Uint8Array.from(bytes);
}
