import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { constants } from "node:fs";
import { mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { encodeFrame } from "../../../agent/capture/encode-frame.ts";
import { maskPacket } from "../../../agent/capture/mask-packet.ts";
import { maskSecrets } from "../../../agent/capture/mask-secrets.ts";
import { PacketFile } from "../../../agent/capture/packet-file.ts";
import { watchIo } from "../../../agent/capture/watch-io.ts";
import type { FrameParts } from "../../../agent/capture/encode-frame.ts";
import { systemIo } from "../../../agent/io/system-io.ts";
import { linkTypes } from "../../../protocol/capture/decode-link.ts";
import { explained } from "./explain.ts";

const here = { address: "192.0.2.1", port: 5060 };
const there = { address: "198.51.100.7", port: 5061 };
const message = (start: string, more = "") =>
  Buffer.from(
    `${start}\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: probe\r\nCSeq: 1 OPTIONS\r\n${more}Content-Length: 0\r\n\r\n`,
  );
const raw = linkTypes.raw;

for (const [about, from, to, sequence] of [
  ["UDP over IPv4", here, there, undefined],
  ["TCP over IPv4", here, there, 1],
  [
    "UDP over IPv6",
    { address: "2001:db8::1", port: 5060 },
    { address: "2001:db8::7:0:1", port: 5061 },
    undefined,
  ],
  ["TCP over IPv6", { address: "::1", port: 5060 }, { address: "fe80::1%eth0", port: 5061 }, 7],
] as const)
  test(`encodeFrame() and PacketFile make a capture that reads back: ${about}`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "offhook-evidence-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, "evidence.pcap");
    const file = new PacketFile(path);
    const add = (at: number, parts: FrameParts) => {
      const data = encodeFrame(parts);
      return file.add({ at, linkType: raw, data, length: data.length });
    };
    const counted = sequence === undefined ? {} : { sequence };
    assert.equal(
      add(1000, { source: from, destination: to, payload: message("OPTIONS sip:b@b SIP/2.0"), ...counted }),
      1,
    );
    assert.equal(
      add(1020.5, { source: to, destination: from, payload: message("SIP/2.0 200 OK"), ...counted }),
      2,
    );
    file.close();
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    const { looks, facts } = explained(await readFile(path));
    assert.equal(facts.packets, 2);
    const [look] = looks;
    const name = ({ address, port }: { address: string; port: number }) =>
      address.includes(":") ? `[${address.replace(/%.*/, "")}]:${port}` : `${address}:${port}`;
    assert.deepEqual(
      [look?.source, look?.destination, look?.answered, look?.meanRtt],
      [name(from), name(to), 1, 20.5],
    );
  });

test("PacketFile makes a file that was there its owner's alone, and leaves the mode of a pipe", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "offhook-evidence-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [plain, pipe] = [join(folder, "there.pcap"), join(folder, "pipe")];
  await writeFile(plain, "before", { mode: 0o644 });
  execFileSync("mkfifo", ["-m", "644", pipe]);
  // Somebody reads: else opening waits for one.
  const reader = await open(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  t.after(() => reader.close());
  for (const path of [plain, pipe]) new PacketFile(path).close();
  assert.equal((await stat(plain)).mode & 0o777, 0o600);
  assert.equal((await stat(pipe)).mode & 0o777, 0o644);
});

/** RFC 1071 over a pseudo header and the transport: 0xffff where the checksum is right. */
function verify(packet: Buffer): number {
  const transport = packet.subarray(20);
  const words = Buffer.concat([
    packet.subarray(12, 20),
    Buffer.from([0, packet[9] ?? 0, transport.length >> 8, transport.length & 0xff]),
    transport,
    Buffer.alloc(transport.length % 2),
  ]);
  let sum = 0;
  for (let at = 0; at < words.length; at += 2) sum += words.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

test("maskPacket() takes secrets out of a packet, keeps its length, and its checksum right", () => {
  const secrets = [
    'Authorization: Digest username="anna", realm="pbx", nonce="n1", uri="sip:b", response="5ec4e7"\r\n',
    "Authorization: Basic YW5uYTo1ZWM0ZTc=\r\n",
    "X: a\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:5ec4e7\r\n",
  ];
  for (const secret of secrets)
    for (const sequence of [undefined, 9]) {
      const payload = message("OPTIONS sip:b@b SIP/2.0", secret);
      const packet = encodeFrame({
        source: here,
        destination: there,
        payload,
        ...(sequence === undefined ? {} : { sequence }),
      });
      const at = sequence === undefined ? 26 : 36;
      packet.writeUInt16BE(~verify(packet) & 0xffff, at);
      assert.equal(verify(packet), 0xffff);
      const { length } = packet;
      maskPacket(raw, packet);
      assert.equal(packet.length, length);
      assert.equal(verify(packet), 0xffff);
      const text = packet.toString("latin1");
      assert.doesNotMatch(text, /5ec4e7|YW5uYTo/);
      assert.match(text, /xxxxxx/);
      if (secret.includes("Digest")) assert.match(text, /username="anna", realm="pbx", nonce="n1"/);
    }
});

test("maskPacket() takes the community out of SNMP", () => {
  const community = Buffer.from("private");
  const pdu = Buffer.from([0xa0, 0]);
  const payload = Buffer.concat([
    Buffer.from([0x30, 3 + 2 + community.length + pdu.length, 2, 1, 1, 4, community.length]),
    community,
    pdu,
  ]);
  const packet = encodeFrame({ source: here, destination: { ...there, port: 161 }, payload });
  maskPacket(raw, packet);
  assert.equal(packet.includes("private"), false);
  assert.equal(packet.length, 28 + payload.length);
});

test("maskPacket() takes what a length claims beyond the packet's end for no more than is there", () => {
  const short = Buffer.from([0x30, 3, 2, 1, 0, 4, 0x7f, ...Buffer.from("public")]);
  const empty = Buffer.from([0x30, 3, 2, 1, 0, 4]);
  for (const payload of [short, empty]) {
    const packet = encodeFrame({ source: here, destination: { ...there, port: 161 }, payload });
    maskPacket(raw, packet);
    assert.equal(packet.includes("public"), false);
  }
});

test("maskPacket() takes the community out of the first fragment of SNMP", () => {
  const payload = Buffer.from([0x30, 11, 2, 1, 1, 4, 6, ...Buffer.from("public"), 0xa2, 0]);
  const packet = encodeFrame({ source: { ...there, port: 161 }, destination: here, payload });
  packet.writeUInt16BE(0x2000, 6);
  maskPacket(raw, packet);
  assert.equal(packet.includes("public"), false);
});

test("maskPacket() masks a secret wherever two or three TCP segments cut it, and where the last comes again", () => {
  for (const line of [
    'Authorization: Digest username="anna", cnonce="5ec4e7", response="5ec4e7", opaque="o"\r\n',
    "Authorization: Basic 5ec4e7\r\n",
  ]) {
    const whole = message("OPTIONS sip:b@b SIP/2.0", line);
    const from = whole.indexOf("Authorization");
    for (let cut = from; cut < from + line.length; cut += 1) {
      const openLines = new Map<string, string>();
      const sent = [whole.subarray(0, cut), whole.subarray(cut, cut + 2), whole.subarray(cut + 2)];
      let sequence = 0xffffff00;
      const texts = sent.map((payload) => {
        const parts = { source: here, destination: there, payload, sequence };
        const packet = encodeFrame(parts);
        const again = encodeFrame(parts);
        sequence = (sequence + payload.length) >>> 0;
        maskPacket(raw, packet, openLines);
        maskPacket(raw, again, openLines);
        assert.deepEqual(again, packet);
        return packet.subarray(40).toString("latin1");
      });
      const text = texts.join("");
      assert.equal(text.length, whole.length);
      assert.doesNotMatch(text, /5e|ec4|4e7/, `cut at ${cut}`);
      if (line.includes("Digest")) assert.match(text, /username="anna"/);
    }
  }
});

test("maskPacket() remembers the open lines of a thousand segments at most", () => {
  const openLines = new Map<string, string>();
  for (let port = 1; port <= 3000; port += 1)
    maskPacket(
      raw,
      encodeFrame({
        source: { ...here, port },
        destination: there,
        payload: Buffer.from("Auth"),
        sequence: 1,
      }),
      openLines,
    );
  assert.equal(openLines.size, 1000);
});

test("maskSecrets() takes every key of a crypto line, and the server's proof of the password", () => {
  const shown = maskSecrets(
    'Authentication-Info: rspauth="5ec4e7", cnonce="5ec4e8", nc=00000001, qop=auth\r\n\r\n' +
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:5ec4e9|2^20|1:4;inline:5ec4ea|2^20|2:4\r\n",
  );
  assert.doesNotMatch(shown, /5ec4e/);
  assert.match(shown, /nc=00000001, qop=auth/);
  assert.match(shown, /\|2\^20\|2:4/);
});

test("watchIo() hears where a probe sends, and what its UDP socket sends and gets", async (t) => {
  const io = systemIo();
  const echo = await io.openUdp({ localAddress: "127.0.0.1" });
  t.after(() => echo[Symbol.asyncDispose]());
  echo.listen(
    ({ bytes, address, port }) => void echo.send(bytes, port, address),
    () => {},
  );
  const touched: string[] = [];
  const passed: string[] = [];
  const watched = watchIo(io, {
    touched: (address) => touched.push(address),
    passed: ({ source, destination, payload }) =>
      passed.push(`${source.port} ${destination.port} ${Buffer.from(payload).toString()}`),
  });
  const peer = { address: "127.0.0.1", port: echo.localPort };
  const socket = await watched.openUdp({ peer });
  t.after(() => socket[Symbol.asyncDispose]());
  const answer = new Promise((resolve, reject) => socket.listen(resolve, reject));
  await socket.send(Buffer.from("hello"), 0, "");
  await answer;
  assert.deepEqual([...new Set(touched)], ["127.0.0.1"]);
  assert.deepEqual(passed, [
    `${socket.localPort} ${peer.port} hello`,
    `${peer.port} ${socket.localPort} hello`,
  ]);
});
