import type { Socket } from "node:dgram";
import { createRequire } from "node:module";

// What Node's sockets do not offer, through koffi, on Linux. All of it is optional: without it a probe still runs, and says
// what it cannot see.

type SetOption = (fd: number, level: number, option: number, value: Uint8Array, size: number) => number;
type GetOption = (fd: number, level: number, option: number, value: Uint8Array, size: Uint32Array) => number;

/** The C library's calls on sockets. */
export interface NativeSockets {
  readonly setsockopt: SetOption;
  readonly getsockopt: GetOption;
  readonly socket: (family: number, type: number, protocol: number) => number;
  /** Into `bytes`, at most its length; what came, or -1. */
  readonly recv: (fd: number, bytes: Uint8Array, size: number, flags: number) => number;
  readonly close: (fd: number) => number;
  readonly bind: (fd: number, address: Uint8Array, size: number) => number;
  readonly getsockname: (fd: number, address: Uint8Array, size: Uint32Array) => number;
  readonly sendto: (
    fd: number,
    bytes: Uint8Array,
    size: number,
    flags: number,
    /** Null: the peer of a connected socket. */
    address: Uint8Array | null,
    addressSize: number,
  ) => number;
  /** The number of a network card; 0: there is none of this name. */
  readonly cardIndex: (name: string) => number;
  /** Why the last call failed. */
  readonly errno: () => number;
  /** Into the `struct mmsghdr[]` at this address; how many came, or -1. */
  readonly recvmmsg: (fd: number, headers: bigint, count: number, flags: number) => number;
  readonly epollCreate: (flags: number) => number;
  /** `event`: a `struct epoll_event`. */
  readonly epollCtl: (epoll: number, operation: number, fd: number, event: Uint8Array) => number;
  /** Waits outside this thread, in one of the few of libuv's pool: never for long. `done` hears how many came, or -1. */
  readonly epollWait: (
    epoll: number,
    events: bigint,
    most: number,
    ms: number,
    done: (count: number) => void,
  ) => void;
  /** Memory that does not move and stays as long as the process. */
  readonly memory: (length: number) => { readonly address: bigint; readonly bytes: Buffer };
  readonly clockGettime: (clock: number, time: BigInt64Array) => number;
}

interface Koffi {
  errno(): number;
  load(name: null): { func(prototype: string): unknown };
  alloc(type: string, length: number): bigint;
  address(memory: bigint): bigint;
  view(memory: bigint, length: number): ArrayBuffer;
}

interface CalledAside {
  async(...args: readonly [...unknown[], (error: unknown, result: number) => void]): void;
}

let loaded: NativeSockets | undefined | "not tried" = "not tried";

/** The calls, or undefined where this system has them not (another system, no koffi). */
export function nativeSockets(): NativeSockets | undefined {
  if (loaded === "not tried") loaded = load();
  return loaded;
}

function load(): NativeSockets | undefined {
  // Numbers and layouts are those of Linux on x86-64 and arm64.
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) return undefined;
  try {
    const koffi = createRequire(import.meta.url)("koffi") as Koffi;
    const libc = koffi.load(null);
    return {
      setsockopt: libc.func("int setsockopt(int, int, int, const uint8_t *, uint32_t)") as SetOption,
      getsockopt: libc.func(
        "int getsockopt(int, int, int, _Out_ uint8_t *, _Inout_ uint32_t *)",
      ) as GetOption,
      socket: libc.func("int socket(int, int, int)") as NativeSockets["socket"],
      recv: libc.func("int64_t recv(int, _Out_ uint8_t *, uint64_t, int)") as NativeSockets["recv"],
      close: libc.func("int close(int)") as NativeSockets["close"],
      bind: libc.func("int bind(int, const uint8_t *, uint32_t)") as NativeSockets["bind"],
      getsockname: libc.func(
        "int getsockname(int, _Out_ uint8_t *, _Inout_ uint32_t *)",
      ) as NativeSockets["getsockname"],
      sendto: libc.func(
        "int64_t sendto(int, const uint8_t *, uint64_t, int, const uint8_t *, uint32_t)",
      ) as NativeSockets["sendto"],
      cardIndex: libc.func("unsigned int if_nametoindex(const char *)") as NativeSockets["cardIndex"],
      errno: () => koffi.errno(),
      recvmmsg: receiveMany(libc),
      epollCreate: libc.func("int epoll_create1(int)") as NativeSockets["epollCreate"],
      epollCtl: libc.func("int epoll_ctl(int, int, int, const uint8_t *)") as NativeSockets["epollCtl"],
      epollWait: waitAside(libc),
      memory: (length) => allocate(koffi, length),
      clockGettime: libc.func("int clock_gettime(int, _Out_ int64_t *)") as NativeSockets["clockGettime"],
    };
  } catch {
    return undefined;
  }
}

type Library = ReturnType<Koffi["load"]>;

function receiveMany(libc: Library): NativeSockets["recvmmsg"] {
  const call = libc.func("int recvmmsg(int, void *, uint32_t, int, void *)") as (
    ...args: readonly unknown[]
  ) => number;
  return (fd, headers, count, flags) => call(fd, headers, count, flags, null);
}

function waitAside(libc: Library): NativeSockets["epollWait"] {
  const call = libc.func("int epoll_wait(int, void *, int, int)") as CalledAside;
  return (epoll, events, most, ms, done) =>
    call.async(epoll, events, most, ms, (_error, count) => done(count));
}

function allocate(koffi: Koffi, length: number): ReturnType<NativeSockets["memory"]> {
  const memory = koffi.alloc("uint8_t", length);
  return { address: koffi.address(memory), bytes: Buffer.from(koffi.view(memory, length)) };
}

/** The descriptor of an open datagram socket; undefined where Node keeps it elsewhere than the versions we know. */
export function descriptorOf(socket: Socket): number | undefined {
  const fd = handleOf(socket)?.fd;
  return typeof fd === "number" && fd >= 0 ? fd : undefined;
}

/** From now on Node sends and closes, and reads nothing; false where it cannot be told so. */
export function stopReading(socket: Socket): boolean {
  const handle = handleOf(socket);
  return typeof handle?.recvStop === "function" && handle.recvStop() === 0;
}

interface UdpHandle {
  readonly fd?: unknown;
  recvStop?(): number;
}

function handleOf(socket: Socket): UdpHandle | undefined {
  const symbol = Object.getOwnPropertySymbols(socket).find(
    ({ description }) => description === "state symbol",
  );
  if (symbol === undefined) return undefined;
  return (
    (socket as unknown as Record<symbol, { handle?: UdpHandle | null } | undefined>)[symbol]?.handle ??
    undefined
  );
}
