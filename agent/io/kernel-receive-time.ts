import type { Socket } from "node:dgram";
import { descriptorOf, nativeSockets } from "./native-sockets.ts";

// When a datagram reached the kernel, asked for in its message handler: libuv reads one at a time, so that the stamp is that
// of the datagram just delivered. A busy event loop delivers milliseconds late; the kernel stamps at once.

const siocgstampns = 0x8907;
const clockRealtime = 0;
/** A stamp older than this is of another datagram, or the clock was set meanwhile. */
const oldestMs = 2000;

/** Gives the receive time of the datagram just delivered, on the scale of performance.now(); without koffi, the time now. */
export function receiveTimeOf(socket: Socket): () => number {
  const native = nativeSockets();
  const fd = descriptorOf(socket);
  if (native === undefined || fd === undefined) return () => performance.now();
  const stamp = new BigInt64Array(2);
  const now = new BigInt64Array(2);
  // The first request switches stamping on.
  native.ioctl(fd, siocgstampns, stamp);
  return () => {
    const here = performance.now();
    if (native.ioctl(fd, siocgstampns, stamp) !== 0 || native.clockGettime(clockRealtime, now) !== 0)
      return here;
    const age = millisecondsOf(now) - millisecondsOf(stamp);
    return age >= 0 && age < oldestMs ? here - age : here;
  };
}

/** Of the day only: a double keeps nanoseconds of no more than a few weeks. */
function millisecondsOf([seconds = 0n, nanoseconds = 0n]: BigInt64Array): number {
  return Number(seconds % 1_000_000n) * 1000 + Number(nanoseconds) / 1e6;
}
