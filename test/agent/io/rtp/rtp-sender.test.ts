import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { openRtp, sendRtp } from "../../../../agent/io/rtp/rtp-sender.ts";
import type { Datagram } from "../../../../agent/io/udp/udp.ts";
import { findMarks } from "../../../../protocol/rtp/counted-payload.ts";
import { decodeRtp } from "../../../../protocol/rtp/packet.ts";

async function echoServer(t: { after(done: () => void): void }) {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const sources = new Set<number>();
  socket.on("message", (bytes, from) => {
    sources.add(from.port);
    socket.send(bytes, from.port, from.address);
  });
  t.after(() => socket.close());
  return { port: socket.address().port, sources };
}

const pace = { packetTime: 5, count: 40, samplesPerPacket: 40 };
const outgoing = { address: "127.0.0.1", payloadType: 0, ssrc: 7, sequence: 65530, timestamp: 9 };

test("sendRtp() sends and hears on one port, every packet marked with its number and logged", async (t) => {
  const peer = await echoServer(t);
  await using socket = await openRtp("127.0.0.1");
  await socket.connect("127.0.0.1", peer.port);
  const heard: Datagram[] = [];
  const all = Promise.withResolvers<void>();
  socket.listen(
    (datagram) => {
      heard.push(datagram);
      if (heard.length === pace.count) all.resolve();
    },
    (error) => all.reject(error),
  );
  const payload = new Uint8Array(40);
  const sent = await sendRtp([{ ...outgoing, socket, port: peer.port, payload }], pace, t.signal);
  await all.promise;
  assert.deepEqual([...peer.sources], [socket.localPort]);
  assert.equal(sent.sentAt[0]?.length, pace.count);
  assert.equal(sent.lateness.length, pace.count);
  assert.equal(sent.sendErrors, 0);
  for (const [number, datagram] of heard.entries()) {
    const packet = decodeRtp(datagram.bytes);
    assert.ok(packet.ok);
    assert.equal(packet.value.sequence, (65530 + number) % 65536);
    assert.equal(packet.value.timestamp, 9 + 40 * number);
    assert.deepEqual(findMarks(packet.value.payload), [{ at: 0, number }]);
    // One clock for both logs: nothing comes back before it left.
    assert.ok(datagram.at > (sent.sentAt[0]?.[number] ?? Number.POSITIVE_INFINITY));
  }
});

test("sendRtp() ends early when called off, with the log of what it sent", async (t) => {
  const peer = await echoServer(t);
  await using socket = await openRtp("127.0.0.1");
  await socket.connect("127.0.0.1", peer.port);
  const stop = new AbortController();
  socket.listen(() => stop.abort(), assert.ifError);
  const long = { ...pace, count: 100_000 };
  const payload = new Uint8Array(40);
  const sent = await sendRtp([{ ...outgoing, socket, port: peer.port, payload }], long, stop.signal);
  const log = sent.sentAt[0] ?? [];
  assert.ok(log.length > 0 && log.length < 100_000);
  assert.equal(sent.lateness.length, log.length);
});

test("a connected RTP socket hears that nobody listens at the peer's port", async (t) => {
  const gone = createSocket("udp4");
  gone.bind(0, "127.0.0.1");
  await once(gone, "listening");
  const { port } = gone.address();
  gone.close();
  await using socket = await openRtp("127.0.0.1");
  await socket.connect("127.0.0.1", port);
  const refused = Promise.withResolvers<NodeJS.ErrnoException>();
  socket.listen(() => refused.reject(new Error("a datagram")), refused.resolve);
  const payload = new Uint8Array(40);
  await sendRtp([{ ...outgoing, socket, port, payload }], { ...pace, count: 3 }, t.signal);
  assert.equal((await refused.promise).code, "ECONNREFUSED");
});

test("an RTP socket also hears a far end that answers from another address than it was sent to", async (t) => {
  const peer = await echoServer(t);
  const elsewhere = createSocket("udp4");
  elsewhere.bind(0, "127.0.0.2");
  await once(elsewhere, "listening");
  t.after(() => elsewhere.close());
  await using socket = await openRtp("127.0.0.1");
  await socket.connect("127.0.0.1", peer.port);
  const other = Promise.withResolvers<Datagram>();
  let told = false;
  socket.listen((datagram) => {
    if (datagram.address === "127.0.0.2") other.resolve(datagram);
    // The first echo: the worker's socket is open by now.
    else if (!told) elsewhere.send("x", socket.localPort, "127.0.0.1");
    told = true;
  }, other.reject);
  const payload = new Uint8Array(40);
  await sendRtp([{ ...outgoing, socket, port: peer.port, payload }], pace, t.signal);
  assert.equal((await other.promise).address, "127.0.0.2");
});
