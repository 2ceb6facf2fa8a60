import { createRequire } from "node:module";

// Many datagrams in one system call, on Linux by koffi: recvmmsg(2) takes what has queued up, and UDP_SEGMENT (udp(7)) lets
// datagrams of one length leave as one piece. Asked for one by one, the way through Node costs more than SIP itself.

/** A datagram that was waiting; its bytes are good until the next receive(). IPv4 alone. */
export interface WaitingDatagram {
  readonly bytes: Uint8Array;
  readonly address: string;
  readonly port: number;
}

/** Neither call blocks. */
export interface UdpBatch extends Disposable {
  /** What waits at this descriptor, 64 datagrams at most. */
  receive(fd: number): readonly WaitingDatagram[];
  /**
   * The first `length` octets as datagrams of `segment` octets each (the last one shorter or not), to the socket's peer
   * unless told another. False: the kernel took none of it.
   */
  send(fd: number, bytes: Uint8Array, length: number, segment: number, to?: Uint8Array): boolean;
}

/** The kernel's limits for one send(): datagrams, and octets of all. */
export const mostSegments = 64;
export const mostOctets = 65_000;

const slots = 64;
// <bits/socket.h>, struct mmsghdr on 64 bits: name, its length, the vector, its length, control, its length, flags; length.
const header = { size: 64, name: 0, nameLength: 8, vector: 16, vectors: 24, flags: 48, length: 56 } as const;
const vectorSize = 16;
const nameSize = 16;
const bufferSize = 65_536;
const layout = {
  vectors: slots * header.size,
  names: slots * (header.size + vectorSize),
  buffers: slots * (header.size + vectorSize + nameSize),
  all: slots * (header.size + vectorSize + nameSize + bufferSize),
} as const;

const dontWait = 0x40;
const solUdp = 17;
const udpSegment = 103;
const afInet = 2;

/** A `struct sockaddr_in`. */
export function ipv4SocketAddress(address: string, port: number): Uint8Array {
  const bytes = Buffer.alloc(nameSize);
  bytes.writeUInt16LE(afInet, 0);
  bytes.writeUInt16BE(port, 2);
  bytes.set(address.split(".").map(Number), 4);
  return bytes;
}

interface Koffi {
  load(name: null): { func(prototype: string): (...args: readonly unknown[]) => number };
  alloc(type: string, length: number): unknown;
  free(memory: unknown): void;
  address(memory: unknown): bigint;
  view(memory: unknown, length: number): ArrayBuffer;
}

/** Undefined where this system has none of it (another system, no koffi). */
export function openUdpBatch(): UdpBatch | undefined {
  // Numbers and layouts are those of Linux on x86-64 and arm64.
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) return undefined;
  try {
    return new KernelBatch(createRequire(import.meta.url)("koffi") as Koffi);
  } catch {
    return undefined;
  }
}

class KernelBatch implements UdpBatch {
  readonly #koffi: Koffi;
  readonly #recvmmsg;
  readonly #sendto;
  readonly #setsockopt;
  readonly #memory: unknown;
  readonly #bytes: Buffer;
  #from: { readonly name: Buffer; readonly address: string; readonly port: number } | undefined;
  readonly #segmentOf = new Map<number, number>();

  constructor(koffi: Koffi) {
    const libc = koffi.load(null);
    this.#koffi = koffi;
    this.#recvmmsg = libc.func("int recvmmsg(int, void *, uint32_t, int, void *)");
    this.#sendto = libc.func("int64_t sendto(int, const void *, size_t, int, const void *, uint32_t)");
    this.#setsockopt = libc.func("int setsockopt(int, int, int, const void *, uint32_t)");
    this.#memory = koffi.alloc("uint8_t", layout.all);
    this.#bytes = Buffer.from(koffi.view(this.#memory, layout.all));
    this.#pointHeaders(koffi.address(this.#memory));
  }

  /** Once for all: the kernel writes lengths and flags alone. */
  #pointHeaders(base: bigint): void {
    const at = (offset: number) => base + BigInt(offset);
    for (let slot = 0; slot < slots; slot += 1) {
      const head = slot * header.size;
      const vector = layout.vectors + slot * vectorSize;
      this.#bytes.writeBigUInt64LE(at(layout.names + slot * nameSize), head + header.name);
      this.#bytes.writeBigUInt64LE(at(vector), head + header.vector);
      this.#bytes.writeBigUInt64LE(1n, head + header.vectors);
      this.#bytes.writeBigUInt64LE(at(layout.buffers + slot * bufferSize), vector);
      this.#bytes.writeBigUInt64LE(BigInt(bufferSize), vector + 8);
    }
  }

  receive(fd: number): readonly WaitingDatagram[] {
    for (let slot = 0; slot < slots; slot += 1)
      this.#bytes.writeUInt32LE(nameSize, slot * header.size + header.nameLength);
    const count = this.#recvmmsg(fd, this.#memory, slots, dontWait, null);
    const datagrams: WaitingDatagram[] = [];
    for (let slot = 0; slot < count; slot += 1) {
      const start = layout.buffers + slot * bufferSize;
      const bytes = this.#bytes.subarray(
        start,
        start + this.#bytes.readUInt32LE(slot * header.size + header.length),
      );
      const { address, port } = this.#sender(layout.names + slot * nameSize);
      datagrams.push({ bytes, address, port });
    }
    return datagrams;
  }

  /** Most of a batch comes from one place: its text is made once. */
  #sender(at: number): { readonly address: string; readonly port: number } {
    if (this.#from?.name.compare(this.#bytes, at, at + 8, 0, 8) === 0) return this.#from;
    const name = Buffer.from(this.#bytes.subarray(at, at + nameSize));
    this.#from = { name, address: name.subarray(4, 8).join("."), port: name.readUInt16BE(2) };
    return this.#from;
  }

  send(fd: number, bytes: Uint8Array, length: number, segment: number, to?: Uint8Array): boolean {
    const wanted = length > segment ? segment : 0;
    if ((this.#segmentOf.get(fd) ?? 0) !== wanted) {
      if (this.#setsockopt(fd, solUdp, udpSegment, Buffer.from(Int32Array.of(wanted).buffer), 4) !== 0)
        return false;
      this.#segmentOf.set(fd, wanted);
    }
    return this.#sendto(fd, bytes, length, dontWait, to ?? null, to?.length ?? 0) >= 0;
  }

  [Symbol.dispose](): void {
    this.#koffi.free(this.#memory);
  }
}
