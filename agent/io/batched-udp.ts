import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { descriptorOf } from "./native-sockets.ts";
import { ipv4SocketAddress, mostOctets, mostSegments, openUdpBatch, type UdpBatch } from "./udp-batch.ts";
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
  readonly #connected: boolean;
  readonly #run = Buffer.alloc(mostOctets);
  /** Octets in the run, the length of its datagrams, and how many; where they go. */
  #used = 0;
  #segment = 0;
  #count = 0;
  #to: { readonly address: string; readonly port: number; readonly name: Uint8Array } | undefined;
  #flushing = false;
  #open = true;
  #early: (Datagram | NodeJS.ErrnoException)[] = [];
  #onDatagram: (datagram: Datagram) => void = (datagram) => this.#early.push(datagram);
  #onError: (error: NodeJS.ErrnoException) => void = (error) => this.#early.push(error);

  constructor(socket: Socket, fd: number, batch: UdpBatch, connected: boolean) {
    this.#socket = socket;
    this.#fd = fd;
    this.#batch = batch;
    this.#connected = connected;
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
    const other = !this.#connected && (this.#to?.port !== port || this.#to.address !== address);
    const full = this.#count === mostSegments || this.#used + bytes.length > mostOctets;
    if (this.#count > 0 && (other || full || bytes.length !== this.#segment)) this.#flush();
    if (other) this.#to = { address, port, name: ipv4SocketAddress(address, port) };
    this.#run.set(bytes, this.#used);
    this.#segment = bytes.length;
    this.#used += bytes.length;
    this.#count += 1;
    if (!this.#flushing) {
      this.#flushing = true;
      queueMicrotask(() => {
        this.#flushing = false;
        this.#flush();
      });
    }
    return sent;
  }

  #flush(): void {
    if (this.#count > 0 && this.#open)
      this.#batch.send(this.#fd, this.#run, this.#used, this.#segment, this.#to?.name);
    this.#used = 0;
    this.#count = 0;
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
    this.#flush();
    this.#open = false;
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
    this.#batch[Symbol.dispose]();
  }
}
