import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { askForControl, ControlReader } from "./control-data.ts";
import { descriptorOf, nativeSockets, stopReading, type NativeSockets } from "./native-sockets.ts";
import { Readiness } from "./readiness.ts";
import type { Datagram } from "./udp.ts";
import { setUdpHeader } from "./udp-options.ts";

// Datagrams with what the kernel knows of them: when each came, its TOS and its TTL. Node throws that away, so that here it
// is told to leave a socket's reading alone. A busy event loop delivers milliseconds late; the kernel stamps at once. That
// all of this holds here is tried on loopback before any of it is believed.

/** How this process reads control data, or why it cannot. */
export type ControlReading = { readonly reads: KernelReading } | { readonly why: string };

interface KernelReading {
  readonly native: NativeSockets;
  readonly reader: Pick<ControlReader, "read">;
  readonly readiness: Readiness;
}

let tried: Promise<ControlReading> | undefined;

/** What this process may use; tried once. */
export function controlReading(): Promise<ControlReading> {
  tried ??= tryControlReading(nativeSockets());
  return tried;
}

interface Ears {
  readonly onDatagram: (datagram: Datagram) => void;
  readonly onError: (error: NodeJS.ErrnoException) => void;
}

/** Hears a bound socket until it is closed; true: with control data, else with the program's own time alone. */
export function hearDatagrams(socket: Socket, reading: ControlReading, ears: Ears): boolean {
  socket.on("error", ears.onError);
  if ("reads" in reading && takeOver(socket, reading.reads, ears)) return true;
  socket.on("message", (bytes, { address, port }) => {
    ears.onDatagram({ bytes, address, port, at: performance.now() });
  });
  return false;
}

// Of one socket in a row, so that others have their turn; what is left is told of again at once.
const batchesPerTurn = 4;

function takeOver(socket: Socket, { native, reader, readiness }: KernelReading, ears: Ears): boolean {
  const fd = descriptorOf(socket);
  const v6 = socket.address().family === "IPv6";
  if (fd === undefined || !askForControl(fd, v6, native)) return false;
  const read = (): void => {
    for (let batch = 0; batch < batchesPerTurn; batch += 1) {
      // A handler may have closed it: its number is another's by now.
      const came = descriptorOf(socket) === fd ? reader.read(fd) : [];
      if (came instanceof Error) ears.onError(came);
      else if (came.length === 0) return;
      else for (const datagram of came) ears.onDatagram(datagram);
    }
  };
  const stop = readiness.watch(fd, read);
  if (stop === false) return false;
  if (!stopReading(socket)) {
    stop();
    return false;
  }
  socket.once("close", stop);
  return true;
}

// The kernel switches stamping on a moment after it was asked; and the clock may be set in the middle of one try.
const tries = 5;
const pauseMs = 5;
const toleranceMs = 2;
const patienceMs = 500;
const tos = 0xb8;

/** Sends two marked datagrams to itself, is deaf for a while, and looks whether each is told with its own time and marking. */
export async function tryControlReading(
  native: NativeSockets | undefined,
  newReader: (native: NativeSockets) => KernelReading["reader"] = (each) => new ControlReader(each),
): Promise<ControlReading> {
  if (native === undefined) return { why: "this system's calls cannot be reached (no koffi, or not Linux)" };
  const socket = createSocket("udp4");
  try {
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    socket.connect(socket.address().port, "127.0.0.1");
    await once(socket, "connect");
    setUdpHeader(socket, false, { tos });
    const reads = { native, reader: newReader(native), readiness: new Readiness(native) };
    const heard: Datagram[] = [];
    let all = (): void => {};
    const onDatagram = (datagram: Datagram) => heard.push(datagram) === 2 && all();
    if (!hearDatagrams(socket, { reads }, { onDatagram, onError: () => {} }))
      return { why: "the sockets of this Node cannot be read beside it" };
    let why: string | undefined;
    for (let i = 0; i < tries; i += 1) {
      heard.length = 0;
      const arrived = new Promise<void>((resolve) => {
        all = resolve;
      });
      why = await faultOf(socket, heard, arrived);
      if (why === undefined) return { reads };
    }
    return { why: why ?? "" };
  } catch (error) {
    return { why: `no socket on loopback to try it with: ${(error as Error).message}` };
  } finally {
    socket.close();
  }
}

async function faultOf(
  socket: Socket,
  heard: readonly Datagram[],
  arrived: Promise<void>,
): Promise<string | undefined> {
  const patience = Promise.withResolvers<void>();
  const timer = setTimeout(patience.resolve, patienceMs);
  const sent = [sendNow(socket), sendNow(socket)];
  await Promise.race([arrived, patience.promise]);
  clearTimeout(timer);
  if (heard.length < 2) return "datagrams to loopback do not arrive";
  const marks = heard.map((each) => each.tos);
  if (marks.some((each) => each !== tos))
    return `marking ${tos} on loopback is read as ${marks.join(" and ")}`;
  const off = sent.map(({ from, to }, i) => {
    const { at } = heard[i] ?? { at: Number.NaN };
    return Math.max(0, from - at, at - to);
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
