import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { lookup } from "node:dns";
import { isIP, isIPv4, isIPv6 } from "node:net";
import { DatagramRun } from "./datagram-run.ts";
import { controlReading, hearDatagrams, type ControlReading } from "./hear-datagrams.ts";
import { descriptorOf } from "./native-sockets.ts";
import { openSegmentSender } from "./segment-sender.ts";
import { setUdpHeader, type UdpHeaderOptions, type UdpHeaderSet } from "./udp-options.ts";

/** One received datagram; `at` is the monotonic receive time, ms: the kernel's where it can be asked, else this program's. */
export interface Datagram {
  readonly bytes: Uint8Array;
  readonly address: string;
  readonly port: number;
  readonly at: number;
  /** The TOS octet or traffic class it came with, DSCP × 4; absent where the system was not asked or does not tell. */
  readonly tos?: number;
  /** As it came: what the routers on the way left of it. */
  readonly ttl?: number;
}

export interface UdpSocket extends AsyncDisposable {
  readonly localAddress: string;
  readonly localPort: number;
  /** Of the header options asked for, which ones this system could set. */
  readonly headerSet: UdpHeaderSet;
  /** A connected socket sends to its peer, whatever is given here. @throws NodeJS.ErrnoException as the kernel says it. */
  send(bytes: Uint8Array, port: number, address: string): Promise<void>;
  /** `onError` hears what ICMP told the kernel (ECONNREFUSED and the like); only a connected socket is told. */
  listen(onDatagram: (datagram: Datagram) => void, onError: (error: NodeJS.ErrnoException) => void): void;
}

export interface UdpOptions {
  readonly localAddress?: string;
  readonly localPort?: number;
  /** Connect to this peer: then only its datagrams arrive, and ICMP errors are heard. */
  readonly peer?: { readonly address: string; readonly port: number };
  /** DSCP, TTL, DF of all that is sent. */
  readonly header?: UdpHeaderOptions;
  /** Ask for TOS, TTL and the kernel's time of each datagram, where the system tells them. */
  readonly control?: boolean;
  /**
   * What is sent may wait for the end of the turn and leave together with others of its length (datagram-run.ts), where the
   * system can: for who asks or answers many, and does not ask whether a datagram could leave.
   */
  readonly inRuns?: boolean;
}

export type OpenUdp = (options: UdpOptions) => Promise<UdpSocket>;

/** Opens, binds and (with a peer) connects a socket. @throws NodeJS.ErrnoException EADDRINUSE, ENETUNREACH … */
export const openUdp: OpenUdp = async (options) => {
  const v6 = isIPv6(options.peer?.address ?? options.localAddress ?? "");
  const socket = createSocket({
    type: v6 ? "udp6" : "udp4",
    // Most peers are addresses already: nothing to look up, once per datagram.
    lookup: (host, family, answer) =>
      isIP(host) === 0 ? lookup(host, family, answer) : answer(null, host, isIP(host)),
  });
  try {
    // Asked for first: with such a lookup bind() may have listened before it returns.
    const listening = once(socket, "listening");
    socket.bind({ port: options.localPort ?? 0, ...addressOf(options.localAddress) });
    await listening;
    if (options.peer !== undefined) {
      const connected = once(socket, "connect");
      socket.connect(options.peer.port, options.peer.address);
      await connected;
    }
    const headerSet = setUdpHeader(socket, v6, options.header ?? {});
    const reading = options.control === true ? await controlReading() : { why: "not asked for" };
    const run = options.inRuns === true && !v6 ? openRun(socket, options.peer !== undefined) : undefined;
    return new NodeUdpSocket(socket, options.peer !== undefined, headerSet, reading, run);
  } catch (error) {
    socket.close();
    throw error;
  }
};

const roomForBursts = 4 << 20;

function openRun(socket: Socket, connected: boolean): DatagramRun | undefined {
  const fd = descriptorOf(socket);
  const sender = fd === undefined ? undefined : openSegmentSender(fd);
  // Who talks to many hears them in bursts: what comes while it is busy must find room.
  socket.setRecvBufferSize(roomForBursts);
  return sender === undefined ? undefined : new DatagramRun(sender, connected);
}

function addressOf(address: string | undefined): { address?: string } {
  return address === undefined ? {} : { address };
}

class NodeUdpSocket implements UdpSocket {
  readonly localAddress: string;
  readonly localPort: number;
  readonly headerSet: UdpHeaderSet;
  readonly #socket: Socket;
  readonly #connected: boolean;
  readonly #run: DatagramRun | undefined;
  #open = true;
  /** What came before somebody listened. */
  #early: (Datagram | NodeJS.ErrnoException)[] = [];
  #onDatagram: (datagram: Datagram) => void = (datagram) => this.#early.push(datagram);
  #onError: (error: NodeJS.ErrnoException) => void = (error) => this.#early.push(error);

  constructor(
    socket: Socket,
    connected: boolean,
    headerSet: UdpHeaderSet,
    reading: ControlReading,
    run?: DatagramRun,
  ) {
    this.#socket = socket;
    this.#run = run;
    this.#connected = connected;
    this.headerSet = headerSet;
    // After connect() the kernel has chosen the source address, which a wildcard bind leaves open.
    const local = socket.address();
    this.localAddress = local.address;
    this.localPort = local.port;
    hearDatagrams(socket, reading, {
      onDatagram: (datagram) => this.#onDatagram(datagram),
      onError: (error) => this.#onError(error),
    });
  }

  send(bytes: Uint8Array, port: number, address: string): Promise<void> {
    if (this.#run !== undefined && (this.#connected || isIPv4(address))) {
      this.#run.add(bytes, port, address);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const sent = (error: Error | null): void => {
        if (error === null || error === undefined) resolve();
        else reject(error);
      };
      if (this.#connected) this.#socket.send(bytes, sent);
      else this.#socket.send(bytes, port, address, sent);
    });
  }

  listen(onDatagram: (datagram: Datagram) => void, onError: (error: NodeJS.ErrnoException) => void): void {
    this.#onDatagram = onDatagram;
    this.#onError = onError;
    const early = this.#early;
    this.#early = [];
    for (const event of early) {
      if (event instanceof Error) onError(event);
      else onDatagram(event);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#run?.close();
    await new Promise<void>((resolve) => {
      this.#socket.close(() => resolve());
    });
  }
}
