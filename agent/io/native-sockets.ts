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
  /** Requests that write a struct timespec. */
  readonly ioctl: (fd: number, request: number, time: BigInt64Array) => number;
  readonly clockGettime: (clock: number, time: BigInt64Array) => number;
}

interface Koffi {
  load(name: null): { func(prototype: string): unknown };
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
      ioctl: libc.func("int ioctl(int, unsigned long, _Out_ int64_t *)") as NativeSockets["ioctl"],
      clockGettime: libc.func("int clock_gettime(int, _Out_ int64_t *)") as NativeSockets["clockGettime"],
    };
  } catch {
    return undefined;
  }
}

/** The descriptor of an open datagram socket; undefined where Node keeps it elsewhere than the versions we know. */
export function descriptorOf(socket: Socket): number | undefined {
  const symbol = Object.getOwnPropertySymbols(socket).find(
    ({ description }) => description === "state symbol",
  );
  if (symbol === undefined) return undefined;
  const state = (socket as unknown as Record<symbol, { handle?: { fd?: unknown } } | undefined>)[symbol];
  const fd = state?.handle?.fd;
  return typeof fd === "number" && fd >= 0 ? fd : undefined;
}
