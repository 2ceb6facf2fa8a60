import { endianness } from "node:os";
import { isIPv4 } from "node:net";

// What Node's sockets do not offer, on Linux: a window of blocks in one system call (UDP_SEGMENT, udp(7)), a datagram sent
// without a request object, a promise and a callback, a receive buffer beyond net.core.rmem_max (for who may), and the
// path MTU. Everything here has a way around it in tftp-sockets.ts for systems that lack it.

const AF = { inet: 2, inet6: 10 } as const;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const SOL = { socket: 1, ip: 0, ipv6: 41, udp: 17 } as const;
const SO_RCVBUF = 8;
const SO_RCVBUFFORCE = 33;
const UDP_SEGMENT = 103;
const IP_MTU = 14;
const IPV6_MTU = 24;
const IPV6_V6ONLY = 26;

/** The calls of the C library; each returns -1 where the kernel refuses. */
export interface NativeUdp {
  /** A bound socket's descriptor, to be handed to Node's `bind({ fd })`; undefined where it cannot be had. */
  open(host: string, port: number, receiveBuffer: number): number | undefined;
  send(fd: number, bytes: Uint8Array, length: number, to: Uint8Array): number;
  /** From now on what is longer goes out in datagrams of `length`; 0: whole. */
  segment(fd: number, length: number): boolean;
  /** The path MTU to an address as far as the kernel knows it, headers included. */
  pathMtu(to: Uint8Array): number | undefined;
}

/** A `struct sockaddr_in` or `_in6`; undefined for what is no plain address, such as one with a zone. */
export function socketAddress(address: string, port: number, v6: boolean): Uint8Array | undefined {
  const bytes = Buffer.alloc(v6 ? 28 : 16);
  bytes.writeUInt16LE(v6 ? AF.inet6 : AF.inet, 0);
  bytes.writeUInt16BE(port, 2);
  if (!v6) {
    if (!isIPv4(address)) return undefined;
    bytes.set(address.split(".").map(Number), 4);
    return bytes;
  }
  const groups = groupsOf(address);
  if (groups === undefined) return undefined;
  for (const [at, group] of groups.entries()) bytes.writeUInt16BE(group, 8 + 2 * at);
  return bytes;
}

/** The eight groups of an IPv6 address as Node prints it. */
function groupsOf(address: string): readonly number[] | undefined {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (dotted !== null) {
    const [a = 0, b = 0, c = 0, d = 0] = dotted.slice(2).map(Number);
    return groupsOf(`${dotted[1] ?? ""}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`);
  }
  if (!/^[0-9a-f:]+$/i.test(address)) return undefined;
  const [head = "", tail] = address.split("::");
  const read = (text: string) => (text === "" ? [] : text.split(":").map((group) => parseInt(group, 16)));
  const [front, back] = [read(head), read(tail ?? "")];
  const gap = 8 - front.length - back.length;
  if (tail === undefined ? gap !== 0 : gap < 1) return undefined;
  return [...front, ...Array.from({ length: gap }, () => 0), ...back];
}

/** Undefined where this system has none of it. */
export async function loadNativeUdp(): Promise<NativeUdp | undefined> {
  if (process.platform !== "linux" || endianness() !== "LE") return undefined;
  try {
    const { default: koffi } = await import("koffi");
    return wrap(koffi.load(null));
  } catch {
    return undefined; // no koffi for this machine
  }
}

interface Library {
  func(definition: string): (...args: unknown[]) => unknown;
}

function wrap(library: Library): NativeUdp {
  const call = (definition: string) => library.func(definition) as (...args: unknown[]) => number;
  const socket = call("int socket(int, int, int)");
  const bind = call("int bind(int, const void *, uint32_t)");
  const connect = call("int connect(int, const void *, uint32_t)");
  const close = call("int close(int)");
  const sendto = call("long sendto(int, const void *, size_t, int, const void *, uint32_t)");
  const setsockopt = call("int setsockopt(int, int, int, const void *, uint32_t)");
  const getsockopt = call("int getsockopt(int, int, int, _Out_ void *, _Inout_ void *)");
  const word = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return bytes;
  };
  const set = (fd: number, level: number, option: number, value: number) =>
    setsockopt(fd, level, option, word(value), 4) === 0;
  return {
    open(host, port, receiveBuffer) {
      const v6 = host.includes(":");
      const address = socketAddress(host, port, v6);
      if (address === undefined) return undefined;
      const fd = socket(v6 ? AF.inet6 : AF.inet, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      if (fd < 0) return undefined;
      if (v6) set(fd, SOL.ipv6, IPV6_V6ONLY, 0);
      if (!set(fd, SOL.socket, SO_RCVBUFFORCE, receiveBuffer)) set(fd, SOL.socket, SO_RCVBUF, receiveBuffer);
      if (bind(fd, address, address.length) === 0) return fd;
      close(fd);
      return undefined;
    },
    send: (fd, bytes, length, to) => sendto(fd, bytes, length, MSG_DONTWAIT, to, to.length),
    segment: (fd, length) => set(fd, SOL.udp, UDP_SEGMENT, length),
    pathMtu(to) {
      const v6 = to.length === 28;
      const fd = socket(v6 ? AF.inet6 : AF.inet, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      if (fd < 0) return undefined;
      const value = word(0);
      const known =
        connect(fd, to, to.length) === 0 &&
        getsockopt(fd, v6 ? SOL.ipv6 : SOL.ip, v6 ? IPV6_MTU : IP_MTU, value, word(4)) === 0;
      close(fd);
      return known ? value.readInt32LE() : undefined;
    },
  };
}
