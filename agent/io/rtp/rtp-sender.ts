import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIP } from "node:net";
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { EventPacket } from "../../../protocol/rtp/telephone-event.ts";
import type { SrtpMaster } from "../../../protocol/srtp/suite.ts";
import { controlReading, hearDatagrams, type ControlReading } from "../udp/hear-datagrams.ts";
import { watchOwnLoad, type OwnLoad } from "./own-load.ts";
import type { Datagram } from "../udp/udp.ts";

// RTP in both directions from one port, as a phone does it (symmetric RTP, RFC 4961). Three sockets share it:
//
//   connected to the peer, here     hears the peer, and what ICMP says of it
//   in the worker                   sends at an even pace, and must hear nothing
//   opened after it, here           hears whoever else sends: a far end may answer from another address than it announced
//
// The kernel gives a datagram to the socket that fits best, and of equal ones Linux takes the youngest.

/** A local port for one stream, of openRtp(). */
export interface RtpSocket extends AsyncDisposable {
  readonly localAddress: string;
  readonly localPort: number;
  /** From now on what ICMP says about this peer is heard too; must come before sendRtp(). */
  connect(address: string, port: number): Promise<void>;
  /** Opens a new ear for everybody but the peer: sendRtp() calls it when its own sockets have taken the last one's place. */
  hearOthers(): Promise<void>;
  listen(onDatagram: (datagram: Datagram) => void, onError: (error: NodeJS.ErrnoException) => void): void;
  /** RTCP between the media, to the peer of connect(): what is not to be paced. Nobody waits for it. */
  sendBeside(bytes: Uint8Array): void;
}

/** What one stream is to send. */
export interface RtpOutgoing {
  readonly socket: RtpSocket;
  readonly address: string;
  readonly port: number;
  readonly payloadType: number;
  readonly ssrc: number;
  /** Of the first packet. */
  readonly sequence: number;
  readonly timestamp: number;
  /** Of every packet; from `markAt` (0 unless told) on it gets the mark of counted-payload.ts with the packet's number. */
  readonly payload: Uint8Array;
  readonly markAt?: number;
  /** Packets that carry something else in the audio's place, such as a key of RFC 4733. */
  readonly events?: {
    readonly payloadType: number;
    readonly packets: readonly EventPacket[];
  };
  /** Present: each packet is protected with it before it leaves. */
  readonly protection?: SrtpMaster;
}

export interface RtpPace {
  /** ms. */
  readonly packetTime: number;
  /** Packets per stream. */
  readonly count: number;
  /** Step of the RTP timestamp. */
  readonly samplesPerPacket: number;
  /** TOS octet (DSCP × 4) of the packets; absent: as the system has it. */
  readonly tos?: number;
}

export interface RtpSent {
  /** Per stream, per packet: when it left, on the scale of Datagram.at. */
  readonly sentAt: readonly (readonly number[])[];
  /** How late each packet left, ms, sorted. */
  readonly lateness: Float64Array;
  readonly sendErrors: number;
  /** False: a mark was asked for and this system could not set it. */
  readonly tosSet: boolean;
  readonly load: OwnLoad;
  /** Why receive times are those of this program and not the kernel's; undefined when they are the kernel's. */
  readonly noStamps: string | undefined;
}

/** Sends all streams at an even pace and ends with the log of it; `onProgress` hears packets sent, once a second. */
export type SendRtp = (
  streams: readonly RtpOutgoing[],
  pace: RtpPace,
  signal: AbortSignal,
  onProgress?: (sent: number) => void,
) => Promise<RtpSent>;

/** `localPort`: this one and no other. */
export type OpenRtp = (localAddress: string, localPort?: number) => Promise<RtpSocket>;

/** What the worker gets; times in it are CLOCK_MONOTONIC, ms. */
export interface SenderJob extends RtpPace {
  readonly streams: readonly (Omit<RtpOutgoing, "socket"> & {
    readonly localAddress: string;
    readonly localPort: number;
  })[];
  /** [0]: not 0 calls the run off; [1]: packets sent so far. */
  readonly control: Int32Array<SharedArrayBuffer>;
}

export interface SenderResult {
  readonly sentAt: readonly Float64Array[];
  readonly lateness: Float64Array;
  readonly sendErrors: number;
  readonly tosSet: boolean;
}

// Two seconds of one stream at most; a loaded machine that reads late must not lose packets here.
const receiveBuffer = 1 << 20;

async function bound(localAddress: string, localPort: number, reuseAddr: boolean): Promise<Socket> {
  const socket = createSocket({ type: isIP(localAddress) === 6 ? "udp6" : "udp4", reuseAddr });
  socket.bind(localPort, localAddress);
  await once(socket, "listening");
  return socket;
}

/** @throws NodeJS.ErrnoException as the kernel says it. */
export const openRtp: OpenRtp = async (localAddress, localPort = 0) => {
  // Bound alone first: asked for any port, the kernel gives two sharing sockets the same one now and then.
  const scout = await bound(localAddress, localPort, false);
  const { port } = scout.address();
  scout.close();
  await once(scout, "close");
  return new SharedRtpSocket(await bound(localAddress, port, true), await controlReading());
};

class SharedRtpSocket implements RtpSocket {
  readonly localAddress: string;
  readonly localPort: number;
  readonly #socket: Socket;
  readonly #others: Socket[] = [];
  readonly #reading: ControlReading;
  #open = true;
  #onDatagram: (datagram: Datagram) => void = () => {};
  #onError: (error: NodeJS.ErrnoException) => void = () => {};

  constructor(socket: Socket, reading: ControlReading) {
    this.#socket = socket;
    this.#reading = reading;
    ({ address: this.localAddress, port: this.localPort } = socket.address());
    this.#hear(socket);
  }

  #hear(socket: Socket): void {
    socket.setRecvBufferSize(receiveBuffer);
    hearDatagrams(socket, this.#reading, {
      onDatagram: (datagram) => this.#onDatagram(datagram),
      onError: (error) => this.#onError(error),
    });
  }

  async connect(address: string, port: number): Promise<void> {
    await this.hearOthers();
    this.#socket.connect(port, address);
    await once(this.#socket, "connect");
  }

  async hearOthers(): Promise<void> {
    const socket = await bound(this.localAddress, this.localPort, true);
    this.#others.push(socket);
    this.#hear(socket);
  }

  listen(onDatagram: (datagram: Datagram) => void, onError: (error: NodeJS.ErrnoException) => void): void {
    this.#onDatagram = onDatagram;
    this.#onError = onError;
  }

  sendBeside(bytes: Uint8Array): void {
    if (this.#open) this.#socket.send(bytes, () => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await Promise.all(
      [this.#socket, ...this.#others].map(async (socket) => {
        socket.close();
        await once(socket, "close");
      }),
    );
  }
}

export const sendRtp: SendRtp = async (streams, pace, signal, onProgress) => {
  const control = new Int32Array(new SharedArrayBuffer(8));
  const workerData: SenderJob = { ...pace, control, streams: streams.map(describe) };
  const worker = new Worker(new URL(`./rtp-sender-worker${extname(import.meta.url)}`, import.meta.url), {
    workerData,
  });
  const callOff = () => {
    Atomics.store(control, 0, 1);
    Atomics.notify(control, 0);
  };
  signal.addEventListener("abort", callOff, { once: true });
  if (signal.aborted) callOff();
  const ticker = setInterval(() => onProgress?.(Atomics.load(control, 1)), 1000);
  try {
    await once(worker, "message");
    for (const { socket } of streams) await socket.hearOthers();
    const endWatch = watchOwnLoad(streams.map(({ socket }) => socket.localPort));
    worker.postMessage("go");
    const [result] = (await once(worker, "message")) as [SenderResult];
    const reading = await controlReading();
    return {
      ...toMainClock(result),
      load: await endWatch(),
      noStamps: "why" in reading ? reading.why : undefined,
    };
  } finally {
    clearInterval(ticker);
    signal.removeEventListener("abort", callOff);
    await worker.terminate();
  }
};

function describe({ socket, ...outgoing }: RtpOutgoing): SenderJob["streams"][number] {
  return { ...outgoing, localAddress: socket.localAddress, localPort: socket.localPort };
}

function toMainClock(result: SenderResult): Omit<RtpSent, "load" | "noStamps"> {
  // performance.now() counts from another start in each thread.
  const shift = performance.now() - Number(process.hrtime.bigint()) / 1e6;
  return {
    sentAt: result.sentAt.map((times) => Array.from(times, (at) => at + shift)),
    lateness: result.lateness.toSorted(),
    sendErrors: result.sendErrors,
    tosSet: result.tosSet,
  };
}
