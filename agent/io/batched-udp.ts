import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { DatagramRun } from "./datagram-run.ts";
import { descriptorOf } from "./native-sockets.ts";
import { openUdpBatch, type UdpBatch } from "./udp-batch.ts";
import type { Datagram, UdpOptions, UdpSocket } from "./udp.ts";

/** For a burst that comes while this program does something else. */
const bufferSize = 4 << 20;

/**
 * A socket that sends and reads in batches; undefined where the system does not have them, and for IPv6. What it sends
 * leaves at the end of the turn; datagrams of one length to one place leave together.
 *
 * @throws NodeJS.ErrnoException as openUdp() does.
 */
export async function openBatchedUdp(options: UdpOptions): Promise<UdpSocket | undefined> {
  const { peer, localAddress, localPort = 0 } = options;
  const batch = isIPv6(peer?.address ?? localAddress ?? "") ? undefined : openUdpBatch();
  if (batch === undefined) return undefined;
  const socket = createSocket({ type: "udp4" });
  try {
    const listening = once(socket, "listening");
    socket.bind({ port: localPort, ...(localAddress === undefined ? {} : { address: localAddress }) });
    await listening;
    if (peer !== undefined) {
      socket.connect(peer.port, peer.address);
      await once(socket, "connect");
    }
    socket.setRecvBufferSize(bufferSize);
    const fd = descriptorOf(socket);
    if (fd !== undefined) return new BatchedUdpSocket(socket, fd, batch, peer !== undefined);
    socket.close();
    batch[Symbol.dispose]();
    return undefined;
  } catch (error) {
    socket.close();
    batch[Symbol.dispose]();
    throw error;
  }
}

const sent = Promise.resolve();

class BatchedUdpSocket implements UdpSocket {
  readonly localAddress: string;
  readonly localPort: number;
  readonly headerSet = {};
  readonly #socket: Socket;
  readonly #fd: number;
  readonly #batch: UdpBatch;
  readonly #run: DatagramRun;
  #open = true;
  #early: (Datagram | NodeJS.ErrnoException)[] = [];
  #onDatagram: (datagram: Datagram) => void = (datagram) => this.#early.push(datagram);
  #onError: (error: NodeJS.ErrnoException) => void = (error) => this.#early.push(error);

  constructor(socket: Socket, fd: number, batch: UdpBatch, connected: boolean) {
    this.#socket = socket;
    this.#fd = fd;
    this.#batch = batch;
    this.#run = new DatagramRun(fd, batch, connected);
    ({ address: this.localAddress, port: this.localPort } = socket.address());
    socket.on("message", (bytes, { address, port }) => {
      const at = performance.now();
      this.#onDatagram({ bytes, address, port, at });
      this.#takeWaiting(at);
    });
    socket.on("error", (error) => this.#onError(error));
  }

  /** Node read one; what queued up behind it comes in one call. */
  #takeWaiting(at: number): void {
    if (!this.#open) return;
    for (const { bytes, address, port } of this.#batch.receive(this.#fd))
      this.#onDatagram({ bytes: Buffer.from(bytes), address, port, at });
  }

  /** Never fails: a datagram that cannot leave is lost; only ICMP is heard of, by listen(). */
  send(bytes: Uint8Array, port: number, address: string): Promise<void> {
    this.#run.add(bytes, port, address);
    return sent;
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
    this.#run.close();
    this.#open = false;
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
    this.#batch[Symbol.dispose]();
  }
}
