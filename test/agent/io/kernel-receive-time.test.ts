import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { receiveTimeOf, tryReceiveStamps } from "../../../agent/io/kernel-receive-time.ts";
import { nativeSockets, type NativeSockets } from "../../../agent/io/native-sockets.ts";

const native = nativeSockets();
const skip = native === undefined ? "needs Linux and koffi" : false;

/** A socket that hears itself, so that a datagram waits in the kernel while this thread is busy. */
async function ownEar(t: { after(done: () => void): void }): Promise<Socket> {
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  socket.connect(socket.address().port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

const deaf = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

async function heardAt(socket: Socket, time: () => number) {
  const heard = Promise.withResolvers<{ at: number; now: number }>();
  socket.once("message", () => heard.resolve({ at: time(), now: performance.now() }));
  const before = performance.now();
  socket.send("x");
  deaf(30);
  return { before, ...(await heard.promise) };
}

test("tryReceiveStamps() believes the kernel that this runs on", { skip }, async () => {
  assert.ok("native" in (await tryReceiveStamps(native)));
});

test("receiveTimeOf() tells when the datagram came, not when a busy program read it", { skip }, async (t) => {
  const stamps = await tryReceiveStamps(native);
  const socket = await ownEar(t);
  const time = receiveTimeOf(socket, stamps);
  const { before, at, now } = await heardAt(socket, time);
  assert.ok(at >= before - 2, `${at} is before ${before}`);
  assert.ok(now - at >= 25, `read ${now - at} ms after it came`);
});

test("receiveTimeOf() without stamps tells the time now", async (t) => {
  const socket = await ownEar(t);
  const { before, at, now } = await heardAt(socket, receiveTimeOf(socket, { why: "not here" }));
  assert.ok(at - before >= 25 && at <= now);
});

test("tryReceiveStamps() says why where there is nothing to ask", async () => {
  const stamps = await tryReceiveStamps(undefined);
  assert.match("why" in stamps ? stamps.why : "", /no koffi/u);
});

/** A kernel that answers as it should, but for the stamp. */
const lying = (stamp: (time: BigInt64Array, real: NativeSockets, fd: number) => number): NativeSockets => {
  assert.ok(native !== undefined);
  return { ...native, ioctl: (fd, _request, time) => stamp(time, native, fd) };
};

for (const [about, stamp, why] of [
  ["no stamp at all", () => -1, /off by NaN and NaN ms/u],
  ["a stamp of zero", (time: BigInt64Array) => (time.fill(0n), 0), /off by \d+\.\d and \d+\.\d ms/u],
  [
    "the time of the question",
    (time: BigInt64Array, real: NativeSockets) => real.clockGettime(0, time),
    /off by \d+\.\d and \d+\.\d ms/u,
  ],
  [
    "one second ahead",
    (time: BigInt64Array, real: NativeSockets, fd: number) => {
      const code = real.ioctl(fd, 0x8907, time);
      time[0] = (time[0] ?? 0n) + 1n;
      return code;
    },
    /off by 99\d\.\d|off by 1\d{3}\.\d/u,
  ],
] as const) {
  test(`tryReceiveStamps() does not believe ${about}`, { skip }, async () => {
    const stamps = await tryReceiveStamps(lying(stamp));
    assert.match("why" in stamps ? stamps.why : "believed", why);
  });
}

test("tryReceiveStamps() does not believe the stamp of another datagram", { skip }, async () => {
  // As it would be if the first of a row were read last: the first question's answer is given from then on.
  let kept: BigInt64Array | undefined;
  let asked = 0;
  const stale = lying((time, real, fd) => {
    const code = real.ioctl(fd, 0x8907, time);
    asked += 1;
    // The first question switches stamping on and has no datagram yet.
    if (asked === 2) kept = time.slice();
    if (kept !== undefined) time.set(kept);
    return code;
  });
  assert.match(JSON.stringify(await tryReceiveStamps(stale)), /off by/u);
});
