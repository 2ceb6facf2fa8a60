import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { descriptorOf, nativeSockets, type NativeSockets } from "./native-sockets.ts";

// When a datagram reached the kernel, asked for in its message handler: libuv reads one at a time, so that the stamp is that
// of the datagram just delivered. A busy event loop delivers milliseconds late; the kernel stamps at once. That all of this
// holds here is tried on loopback before the first stamp is believed.

const siocgstampns = 0x8907;
const clockRealtime = 0;
/** A stamp older than this is of another datagram, or the clock was set meanwhile. */
const oldestMs = 2000;

/** The kernel's stamps, or why receive times are those of this program. */
export type ReceiveStamps = { readonly native: NativeSockets } | { readonly why: string };

let tried: Promise<ReceiveStamps> | undefined;

/** What this process may use; tried once. */
export function receiveStamps(): Promise<ReceiveStamps> {
  tried ??= tryReceiveStamps(nativeSockets());
  return tried;
}

/** Gives the receive time of the datagram just delivered, on the scale of performance.now(); without stamps, the time now. */
export function receiveTimeOf(socket: Socket, stamps: ReceiveStamps): () => number {
  const age = "native" in stamps ? ageReader(socket, stamps.native) : undefined;
  if (age === undefined) return () => performance.now();
  return () => {
    const here = performance.now();
    const since = age() ?? 0;
    return since >= 0 && since < oldestMs ? here - since : here;
  };
}

/** Reads how long ago the datagram just delivered was stamped, ms; undefined for a socket whose descriptor is not known. */
function ageReader(socket: Socket, native: NativeSockets): (() => number | undefined) | undefined {
  const fd = descriptorOf(socket);
  if (fd === undefined) return undefined;
  const stamp = new BigInt64Array(2);
  const now = new BigInt64Array(2);
  // The first request switches stamping on.
  native.ioctl(fd, siocgstampns, stamp);
  return () => {
    if (native.ioctl(fd, siocgstampns, stamp) !== 0 || native.clockGettime(clockRealtime, now) !== 0)
      return undefined;
    return millisecondsOf(now) - millisecondsOf(stamp);
  };
}

/** Of the day only: a double keeps nanoseconds of no more than a few weeks. */
function millisecondsOf([seconds = 0n, nanoseconds = 0n]: BigInt64Array): number {
  return Number(seconds % 1_000_000n) * 1000 + Number(nanoseconds) / 1e6;
}

// The kernel switches stamping on a moment after it was asked; and the clock may be set in the middle of one try.
const tries = 5;
const pauseMs = 5;
const toleranceMs = 2;
const patienceMs = 500;

/** Sends two datagrams to itself, is deaf for a while, and looks whether each stamp tells when its own datagram was sent. */
export async function tryReceiveStamps(native: NativeSockets | undefined): Promise<ReceiveStamps> {
  if (native === undefined) return { why: "this system's calls cannot be reached (no koffi, or not Linux)" };
  const socket = createSocket("udp4");
  try {
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    socket.connect(socket.address().port, "127.0.0.1");
    await once(socket, "connect");
    const age = ageReader(socket, native);
    if (age === undefined) return { why: "the descriptors of this Node's sockets cannot be found" };
    let why: string | undefined;
    for (let i = 0; i < tries; i += 1) {
      why = await faultOf(socket, age);
      if (why === undefined) return { native };
    }
    return { why: why ?? "" };
  } catch (error) {
    return { why: `no socket on loopback to try them with: ${(error as Error).message}` };
  } finally {
    socket.close();
  }
}

async function faultOf(socket: Socket, age: () => number | undefined): Promise<string | undefined> {
  const stamped: (number | undefined)[] = [];
  const all = Promise.withResolvers<void>();
  const hear = () => {
    const since = age();
    stamped.push(since === undefined ? undefined : performance.now() - since);
    if (stamped.length === 2) all.resolve();
  };
  socket.on("message", hear);
  const patience = setTimeout(all.resolve, patienceMs);
  const sent = [sendNow(socket), sendNow(socket)];
  await all.promise;
  clearTimeout(patience);
  socket.off("message", hear);
  if (stamped.length < 2) return "datagrams to loopback do not arrive";
  const off = sent.map(({ from, to }, i) => {
    const at = stamped[i];
    return at === undefined ? Number.NaN : Math.max(0, from - at, at - to);
  });
  if (off.every((each) => each <= toleranceMs)) return undefined;
  return `the kernel's stamps of two datagrams on loopback are off by ${off.map((each) => each.toFixed(1)).join(" and ")} ms`;
}

/** When it was sent, between two readings of the clock; then this thread hears nothing for a while. */
function sendNow(socket: Socket): { readonly from: number; readonly to: number } {
  const from = performance.now();
  // A connected socket hands it to the kernel before send() returns.
  socket.send("stamp");
  const to = performance.now();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  return { from, to };
}
