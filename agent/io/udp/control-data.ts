import { networkInterfaces } from "node:os";
import { getSystemErrorName } from "node:util";
import { printAddress } from "../../../protocol/print-address.ts";
import type { NativeSockets } from "./native-sockets.ts";
import type { Datagram } from "./udp.ts";

// recvmmsg(2) with control messages (cmsg(3)): what the kernel knows of a datagram besides its bytes. Layouts are those of
// 64-bit Linux:
//
//   struct mmsghdr   name, its length; vector, its length; control, its length; flags; length of the datagram
//   struct cmsghdr   length (8), level (4), type (4), data; the next begins at a multiple of 8

const header = {
  size: 64,
  nameLength: 8,
  vector: 16,
  vectors: 24,
  control: 32,
  controlLength: 40,
  length: 56,
} as const;
const slots = 32;
const size = { name: 32, vector: 16, control: 128, buffer: 65_536 } as const;
const place = {
  vectors: slots * header.size,
  names: slots * (header.size + size.vector),
  controls: slots * (header.size + size.vector + size.name),
  buffers: slots * (header.size + size.vector + size.name + size.control),
  all: slots * (header.size + size.vector + size.name + size.control + size.buffer),
} as const;

const socketLevel = { level: 1, timestampNs: 35 };
const ip = { level: 0, receiveTos: 13, tos: 1, receiveTtl: 12, ttl: 2 };
const ipv6 = { level: 41, receiveClass: 66, class: 67, receiveHops: 51, hops: 52 };
const dontWait = 0x40;
const [tryAgain, interrupted] = [11, 4];
const clockRealtime = 0;
/** A stamp older than this is of no use: the clock was set meanwhile. */
const oldestMs = 2000;

/** Asks the kernel for all of it; false when it refuses. */
export function askForControl(fd: number, v6: boolean, { setsockopt }: NativeSockets): boolean {
  const on = Uint8Array.of(1, 0, 0, 0);
  const options = [
    [socketLevel.level, socketLevel.timestampNs],
    // A socket of both families hears IPv4 as well, and has this option too.
    [ip.level, ip.receiveTos],
    [ip.level, ip.receiveTtl],
    ...(v6 ? [[ipv6.level, ipv6.receiveClass] as const, [ipv6.level, ipv6.receiveHops] as const] : []),
  ] as const;
  return options.every(([level, option]) => setsockopt(fd, level, option, on, 4) === 0);
}

/** Reads what waits at a descriptor, and never waits itself. */
export class ControlReader {
  readonly #native: NativeSockets;
  readonly #address: bigint;
  readonly #bytes: Buffer;
  readonly #now = new BigInt64Array(2);

  constructor(native: NativeSockets) {
    this.#native = native;
    ({ address: this.#address, bytes: this.#bytes } = native.memory(place.all));
    this.#pointHeaders();
  }

  #pointHeaders(): void {
    const at = (offset: number) => this.#address + BigInt(offset);
    for (let slot = 0; slot < slots; slot += 1) {
      const head = slot * header.size;
      const vector = place.vectors + slot * size.vector;
      this.#bytes.writeBigUInt64LE(at(place.names + slot * size.name), head);
      this.#bytes.writeBigUInt64LE(at(vector), head + header.vector);
      this.#bytes.writeBigUInt64LE(1n, head + header.vectors);
      this.#bytes.writeBigUInt64LE(at(place.controls + slot * size.control), head + header.control);
      this.#bytes.writeBigUInt64LE(at(place.buffers + slot * size.buffer), vector);
      this.#bytes.writeBigUInt64LE(BigInt(size.buffer), vector + 8);
    }
  }

  /** Up to 32 datagrams; or the error that ICMP left at a connected socket; or nothing, when nothing waits. */
  read(fd: number): readonly Datagram[] | NodeJS.ErrnoException {
    // The kernel writes both lengths anew each time.
    for (let slot = 0; slot < slots; slot += 1) {
      this.#bytes.writeUInt32LE(size.name, slot * header.size + header.nameLength);
      this.#bytes.writeUInt32LE(size.control, slot * header.size + header.controlLength);
    }
    const count = this.#native.recvmmsg(fd, this.#address, slots, dontWait);
    if (count < 0) return failure(this.#native.errno());
    const here = this.#readClocks();
    return Array.from({ length: count }, (_, slot) => this.#datagram(slot, here));
  }

  /** Both clocks at one moment: the other one's into `#now`. Tried again when something came between. */
  #readClocks(): number {
    for (let tries = 3; ; tries -= 1) {
      const before = performance.now();
      this.#native.clockGettime(clockRealtime, this.#now);
      const here = performance.now();
      if (here - before < 0.05 || tries === 0) return here;
    }
  }

  #datagram(slot: number, here: number): Datagram {
    const head = slot * header.size;
    const start = place.buffers + slot * size.buffer;
    const bytes = new Uint8Array(
      this.#bytes.subarray(start, start + this.#bytes.readUInt32LE(head + header.length)),
    );
    const name = place.names + slot * size.name;
    return {
      bytes,
      ...addressAt(this.#bytes.subarray(name, name + size.name)),
      ...this.#control(slot, here),
    };
  }

  #control(slot: number, here: number): Pick<Datagram, "at" | "tos" | "ttl"> {
    let [at, tos, ttl]: [number, number | undefined, number | undefined] = [here, undefined, undefined];
    const start = place.controls + slot * size.control;
    const end = start + this.#bytes.readUInt32LE(slot * header.size + header.controlLength);
    for (let next = start; next + 16 <= end;) {
      const length = this.#bytes.readUInt32LE(next);
      if (length < 16) break;
      const [level, type] = [this.#bytes.readUInt32LE(next + 8), this.#bytes.readUInt32LE(next + 12)];
      const data = next + 16;
      if (level === socketLevel.level && type === socketLevel.timestampNs) at = here - this.#age(data);
      else if (level === ip.level && type === ip.tos) tos = this.#bytes[data];
      else if (level === ipv6.level && type === ipv6.class) tos = this.#bytes.readUInt32LE(data);
      else if ((level === ip.level && type === ip.ttl) || (level === ipv6.level && type === ipv6.hops))
        ttl = this.#bytes.readUInt32LE(data);
      next += (length + 7) & ~7;
    }
    return { at, ...(tos === undefined ? {} : { tos }), ...(ttl === undefined ? {} : { ttl }) };
  }

  /** How long ago this `struct timespec` was, ms. */
  #age(at: number): number {
    const [seconds = 0n, nanoseconds = 0n] = this.#now;
    const age =
      Number(seconds - this.#bytes.readBigInt64LE(at)) * 1000 +
      Number(nanoseconds - this.#bytes.readBigInt64LE(at + 8)) / 1e6;
    return age >= 0 && age < oldestMs ? age : 0;
  }
}

function failure(errno: number): readonly Datagram[] | NodeJS.ErrnoException {
  if (errno === tryAgain || errno === interrupted) return [];
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`recvmmsg ${code}`), { code, errno: -errno, syscall: "recvmmsg" });
}

const inet6 = 10;
const mapped = Buffer.from("00000000000000000000ffff", "hex");

/** Reads a `struct sockaddr_in` or `sockaddr_in6`, and writes it as Node does. */
function addressAt(name: Buffer): { readonly address: string; readonly port: number } {
  const port = name.readUInt16BE(2);
  if (name.readUInt16LE(0) !== inet6) return { address: printAddress(name.subarray(4, 8)), port };
  const octets = name.subarray(8, 24);
  if (octets.subarray(0, 12).equals(mapped))
    return { address: `::ffff:${octets.subarray(12).join(".")}`, port };
  return { address: printAddress(octets) + scopeOf(name.readUInt32LE(24)), port };
}

function scopeOf(index: number): string {
  if (index === 0) return "";
  const name = Object.entries(networkInterfaces()).find(([, addresses]) =>
    addresses?.some((each) => each.scopeid === index),
  )?.[0];
  return `%${name ?? index}`;
}
