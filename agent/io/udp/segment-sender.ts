import { nativeSockets, type NativeSockets } from "./native-sockets.ts";

// Many datagrams in one system call, on Linux: UDP_SEGMENT (udp(7)) lets datagrams of one length leave as one piece. Sent one
// by one, the way through Node costs more than SIP itself.

/** The kernel's limits for one send(): datagrams, and octets of all. */
export const mostSegments = 64;
export const mostOctets = 65_507;

const dontWait = 0x40;
const solUdp = 17;
const udpSegment = 103;
const afInet = 2;
// EIO (through IPsec), EINVAL and EMSGSIZE (larger than the way's packets), ENOPROTOOPT (before Linux 4.18): each datagram by
// itself may leave all the same, in fragments if need be.
const notInPieces = new Set([5, 22, 90, 92]);

/** A `struct sockaddr_in`. */
export function ipv4SocketAddress(address: string, port: number): Uint8Array {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16LE(afInet, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.set(address.split(".").map(Number), 4);
  return bytes;
}

/** Undefined where this system has none of it (another system, no koffi). */
export function openSegmentSender(fd: number): SegmentSender | undefined {
  const native = nativeSockets();
  return native === undefined ? undefined : new SegmentSender(fd, native);
}

/** Sends at one descriptor; never blocks. IPv4 alone. */
export class SegmentSender {
  readonly #fd: number;
  readonly #native: NativeSockets;
  /** As the kernel was told last. */
  #segment = 0;

  constructor(fd: number, native: NativeSockets) {
    this.#fd = fd;
    this.#native = native;
  }

  /**
   * The first `length` octets as datagrams of `segment` octets each (the last one shorter or not), to the socket's peer
   * unless told another. False: the kernel took none of it.
   */
  send(bytes: Uint8Array, length: number, segment: number, to?: Uint8Array): boolean {
    if (this.#sendAs(bytes, length, length > segment ? segment : 0, to)) return true;
    if (length <= segment || !notInPieces.has(this.#native.errno())) return false;
    let taken = false;
    for (let at = 0; at < length; at += segment) {
      const one = bytes.subarray(at, Math.min(at + segment, length));
      taken = this.#sendAs(one, one.length, 0, to) || taken;
    }
    return taken;
  }

  /** `segment` 0: as one datagram. */
  #sendAs(bytes: Uint8Array, length: number, segment: number, to?: Uint8Array): boolean {
    if (this.#segment !== segment) {
      const value = Buffer.from(Int32Array.of(segment).buffer);
      if (this.#native.setsockopt(this.#fd, solUdp, udpSegment, value, 4) !== 0) return false;
      this.#segment = segment;
    }
    return this.#native.sendto(this.#fd, bytes, length, dontWait, to ?? null, to?.length ?? 0) >= 0;
  }
}
