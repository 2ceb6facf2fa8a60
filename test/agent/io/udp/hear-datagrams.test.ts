import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { ControlReader } from "../../../../agent/io/udp/control-data.ts";
import {
  hearDatagrams,
  tryControlReading,
  type ControlReading,
} from "../../../../agent/io/udp/hear-datagrams.ts";
import { nativeSockets } from "../../../../agent/io/udp/native-sockets.ts";
import { setUdpHeader } from "../../../../agent/io/udp/udp-options.ts";
import { openUdp, type Datagram } from "../../../../agent/io/udp/udp.ts";

const native = nativeSockets();
const skip = native === undefined ? "needs Linux and koffi" : false;

/** A socket that hears itself, so that a datagram waits in the kernel while this thread is busy. */
async function ownEar(t: TestContext, reading: ControlReading) {
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  socket.connect(socket.address().port, "127.0.0.1");
  await once(socket, "connect");
  const heard = Promise.withResolvers<{ datagram: Datagram; now: number }>();
  const control = hearDatagrams(socket, reading, {
    onDatagram: (datagram) => heard.resolve({ datagram, now: performance.now() }),
    onError: heard.reject,
  });
  return { socket, control, heard: heard.promise };
}

const deaf = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

function sendAndBeDeaf(socket: Socket): number {
  const before = performance.now();
  socket.send("x");
  deaf(30);
  return before;
}

test("tryControlReading() believes the kernel that this runs on", { skip }, async () => {
  assert.ok("reads" in (await tryControlReading(native)));
});

test(
  "hearDatagrams() tells when a datagram came, not when a busy program read it; TOS and TTL",
  { skip },
  async (t) => {
    const { socket, control, heard } = await ownEar(t, await tryControlReading(native));
    assert.ok(control);
    setUdpHeader(socket, false, { tos: 0x68, ttl: 33 });
    const before = sendAndBeDeaf(socket);
    const { datagram, now } = await heard;
    assert.ok(datagram.at >= before - 2, `${datagram.at} is before ${before}`);
    assert.ok(now - datagram.at >= 25, `read ${now - datagram.at} ms after it came`);
    assert.deepEqual([datagram.tos, datagram.ttl], [0x68, 33]);
  },
);

test("hearDatagrams() without control data tells the time now, and no marking", async (t) => {
  const { socket, control, heard } = await ownEar(t, { why: "not here" });
  assert.ok(!control);
  const before = sendAndBeDeaf(socket);
  const { datagram, now } = await heard;
  assert.ok(datagram.at - before >= 25 && datagram.at <= now);
  assert.ok(!("tos" in datagram) && !("ttl" in datagram));
});

test("tryControlReading() says why where there is nothing to ask", async () => {
  const reading = await tryControlReading(undefined);
  assert.match("why" in reading ? reading.why : "", /no koffi/u);
});

/** A kernel that delivers as it should, but for what it tells. */
const lying = (change: (datagram: Datagram) => Datagram) => {
  assert.ok(native !== undefined);
  return tryControlReading(native, (each) => {
    const reader = new ControlReader(each);
    return {
      read: (fd) => {
        const came = reader.read(fd);
        return came instanceof Error ? came : came.map(change);
      },
    };
  });
};

for (const [about, change, why] of [
  ["no stamp at all", (datagram) => ({ ...datagram, at: Number.NaN }), /off by NaN and NaN ms/u],
  [
    "the time of the reading",
    (datagram) => ({ ...datagram, at: performance.now() }),
    /off by \d+\.\d and \d+\.\d ms/u,
  ],
  [
    "one second ahead",
    (datagram) => ({ ...datagram, at: datagram.at + 1000 }),
    /off by 99\d\.\d|off by 1\d{3}\.\d/u,
  ],
  ["another marking", (datagram) => ({ ...datagram, tos: 0 }), /marking 184 on loopback is read as 0 and 0/u],
  [
    "no marking",
    ({ bytes, address, port, at }) => ({ bytes, address, port, at }),
    /marking 184 on loopback is read as\s+and/u,
  ],
] satisfies readonly (readonly [string, (datagram: Datagram) => Datagram, RegExp])[]) {
  test(`tryControlReading() does not believe ${about}`, { skip }, async () => {
    const reading = await lying(change);
    assert.match("why" in reading ? reading.why : "believed", why);
  });
}

test("tryControlReading() does not believe the stamp of another datagram", { skip }, async () => {
  let first: number | undefined;
  const reading = await lying((datagram) => ({ ...datagram, at: (first ??= datagram.at) }));
  assert.match(JSON.stringify(reading), /off by/u);
});

for (const address of ["127.0.0.1", "::1"]) {
  test(
    `openUdp() with control: bytes, sender, TOS and TTL of 200 datagrams at once, at ${address}`,
    { skip },
    async (t) => {
      const ear = await openUdp({ localAddress: address, control: true });
      const mouth = await openUdp({ localAddress: address, header: { tos: 0xb8, ttl: 7 } });
      t.after(() => Promise.all([ear[Symbol.asyncDispose](), mouth[Symbol.asyncDispose]()]));
      const heard: Datagram[] = [];
      const all = Promise.withResolvers<void>();
      ear.listen((datagram) => heard.push(datagram) === 200 && all.resolve(), all.reject);
      const bytes = (number: number) => Uint8Array.from({ length: 2 + (number % 90) }, () => number);
      await Promise.all(
        Array.from({ length: 200 }, (_, number) => mouth.send(bytes(number), ear.localPort, address)),
      );
      await all.promise;
      for (const [number, { at: _, ...datagram }] of heard.entries())
        assert.deepEqual(datagram, {
          bytes: bytes(number),
          address,
          port: mouth.localPort,
          tos: 0xb8,
          ttl: 7,
        });
    },
  );
}

test(
  "openUdp() with control: a largest datagram comes whole, and so does an empty one",
  { skip },
  async (t) => {
    const ear = await openUdp({ localAddress: "127.0.0.1", control: true });
    t.after(() => ear[Symbol.asyncDispose]());
    const lengths: number[] = [];
    const all = Promise.withResolvers<void>();
    ear.listen(({ bytes }) => lengths.push(bytes.length) === 2 && all.resolve(), all.reject);
    await ear.send(new Uint8Array(65_507), ear.localPort, "127.0.0.1");
    await ear.send(new Uint8Array(), ear.localPort, "127.0.0.1");
    await all.promise;
    assert.deepEqual(lengths, [65_507, 0]);
  },
);

test("openUdp() with control hears what ICMP tells a connected socket", { skip }, async (t) => {
  const closed = await openUdp({ localAddress: "127.0.0.1" });
  const peer = { address: "127.0.0.1", port: closed.localPort };
  await closed[Symbol.asyncDispose]();
  const socket = await openUdp({ peer, control: true });
  t.after(() => socket[Symbol.asyncDispose]());
  const error = Promise.withResolvers<NodeJS.ErrnoException>();
  socket.listen(() => {}, error.resolve);
  await socket.send(new Uint8Array(1), peer.port, peer.address);
  assert.equal((await error.promise).code, "ECONNREFUSED");
});

test("openUdp() with control: a handler may close its socket, and open the next one", { skip }, async () => {
  for (let i = 0; i < 50; i += 1) {
    const socket = await openUdp({ localAddress: "127.0.0.1", control: true });
    const closed = Promise.withResolvers<void>();
    socket.listen(() => void socket[Symbol.asyncDispose]().then(closed.resolve), closed.reject);
    await socket.send(Uint8Array.of(1), socket.localPort, "127.0.0.1");
    await closed.promise;
  }
});
