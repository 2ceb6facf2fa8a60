import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { type NativeUdp, socketAddress } from "./tftp-native.ts";

export type OnDatagram = (bytes: Buffer, peer: RemoteInfo) => void;

/** A boot storm arrives within milliseconds; what the buffer does not hold waits for the phone's own retry. */
const receiveBuffer = 8 * 1024 * 1024;
/** The kernel's limits for UDP_SEGMENT: segments per call, and octets of all. */
const mostSegments = 64;
const mostOctets = 65_000;

/** Where datagrams go: an address and port, written once per transfer in the kernel's form. */
export interface Destination {
  readonly address: string;
  readonly port: number;
  readonly native?: Uint8Array;
}

/** One bound UDP socket. Sending never fails: a datagram that cannot leave is lost, and the transfer's timer sees to it. */
export class TftpSocket {
  readonly #socket: Socket;
  readonly #native: NativeUdp | undefined;
  readonly #fd: number;
  readonly #v6: boolean;
  #segment = 0;
  #segments = true;
  /** The descriptor is somebody else's soon. */
  #closed = false;

  private constructor(socket: Socket, v6: boolean, native?: NativeUdp, fd = -1) {
    this.#socket = socket;
    this.#v6 = v6;
    this.#native = native;
    this.#fd = fd;
  }

  /** @throws EADDRINUSE, EACCES … as the kernel says it. */
  static async open(
    where: { readonly host: string; readonly port: number },
    native: NativeUdp | undefined,
    onDatagram: OnDatagram,
    onError: (error: unknown) => void,
  ): Promise<TftpSocket> {
    const v6 = where.host.includes(":");
    const socket = createSocket({
      type: v6 ? "udp6" : "udp4",
      // Peers are addresses already: nothing to look up, once per datagram.
      lookup: (host, _options, callback) => callback(null, host, host.includes(":") ? 6 : 4),
    });
    socket.on("message", onDatagram);
    const fd = native?.open(where.host, where.port, receiveBuffer);
    const listening = once(socket, "listening"); // before `bind`, which may say it at once
    if (fd === undefined) socket.bind(where.port, where.host);
    else socket.bind({ fd });
    await listening;
    if (fd === undefined) growBuffer(socket);
    socket.on("error", onError);
    return new TftpSocket(socket, v6, fd === undefined ? undefined : native, fd);
  }

  get local(): { readonly address: string; readonly port: number } {
    return this.#socket.address();
  }

  destination({ address, port }: { readonly address: string; readonly port: number }): Destination {
    const native = this.#native === undefined ? undefined : socketAddress(address, port, this.#v6);
    return native === undefined ? { address, port } : { address, port, native };
  }

  /** One datagram. `bytes` may be used again at once. */
  send(bytes: Uint8Array, length: number, to: Destination): void {
    if (this.#closed) return;
    if (this.#native === undefined || to.native === undefined) return this.#sendByNode(bytes, 0, length, to);
    if (this.#segment !== 0 && this.#segment < length) this.#setSegment(this.#native, 0);
    if (this.#native.send(this.#fd, bytes, length, to.native) < 0) this.#sendByNode(bytes, 0, length, to);
  }

  /** Datagrams of `segment` octets that lie one behind the other, the last one shorter or not. */
  sendAll(bytes: Uint8Array, length: number, segment: number, to: Destination): void {
    if (this.#closed) return;
    const step = segment * Math.min(mostSegments, Math.floor(mostOctets / segment));
    for (let at = 0; at < length; at += step) {
      const part = bytes.subarray(at, Math.min(at + step, length));
      if (!this.#sendSegments(part, segment, to)) this.#sendEach(part, segment, to);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }

  #sendSegments(bytes: Uint8Array, segment: number, to: Destination): boolean {
    if (bytes.length <= segment || !this.#segments || to.native === undefined || this.#native === undefined)
      return false;
    if (this.#segment !== segment) this.#setSegment(this.#native, segment);
    if (!this.#segments) return false;
    return this.#native.send(this.#fd, bytes, bytes.length, to.native) >= 0;
  }

  #setSegment(native: NativeUdp, segment: number): void {
    this.#segments &&= native.segment(this.#fd, segment);
    this.#segment = this.#segments ? segment : 0;
  }

  #sendEach(bytes: Uint8Array, segment: number, to: Destination): void {
    for (let at = 0; at < bytes.length; at += segment) {
      const part = bytes.subarray(at, at + segment);
      this.send(part, part.length, to);
    }
  }

  /** Node keeps the octets until they are out, so it gets its own. */
  #sendByNode(bytes: Uint8Array, at: number, length: number, to: Destination): void {
    this.#socket.send(bytes.slice(at, at + length), to.port, to.address, ignoreUnreachable);
  }
}

function ignoreUnreachable(): void {}

/** The kernel gives what net.core.rmem_max allows. */
function growBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(receiveBuffer);
  } catch {
    // Some systems refuse more than they allow, instead of giving that.
  }
}
