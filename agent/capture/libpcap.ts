import { createRequire } from "node:module";

/** A `pcap_t *`. */
export type PcapHandle = bigint;

/** The functions of libpcap that a live capture needs (pcap(3PCAP)); each takes and gives what the C function does. */
export interface Libpcap {
  /** 0: there is no such memory; the error buffer has the reason. */
  readonly create: (device: string, error: Uint8Array) => PcapHandle | null;
  readonly setSnaplen: (handle: PcapHandle, octets: number) => number;
  readonly setPromisc: (handle: PcapHandle, on: number) => number;
  readonly setTimeout: (handle: PcapHandle, ms: number) => number;
  readonly setBufferSize: (handle: PcapHandle, octets: number) => number;
  readonly activate: (handle: PcapHandle) => number;
  readonly setNonblock: (handle: PcapHandle, on: number, error: Uint8Array) => number;
  readonly datalink: (handle: PcapHandle) => number;
  readonly compile: (
    handle: PcapHandle,
    program: Uint8Array,
    expression: string,
    optimize: number,
    netmask: number,
  ) => number;
  readonly setFilter: (handle: PcapHandle, program: Uint8Array) => number;
  readonly freeCode: (program: Uint8Array) => void;
  readonly nextEx: (handle: PcapHandle, header: [bigint | null], data: [bigint | null]) => number;
  readonly stats: (handle: PcapHandle, stat: Uint32Array) => number;
  readonly getErr: (handle: PcapHandle) => string;
  readonly statusToStr: (status: number) => string;
  readonly close: (handle: PcapHandle) => void;
  /** Octets of memory that libpcap owns; valid until the next packet is asked for. */
  readonly view: (pointer: bigint, length: number) => ArrayBuffer;
}

interface Koffi {
  load(name: string): { func(prototype: string): unknown };
  view(pointer: bigint, length: number): ArrayBuffer;
}

/** Debian and its children number it 0.8, everybody else 1. */
const names = ["libpcap.so.1", "libpcap.so.0.8"];

/** libpcap, or undefined where this system has it not (another system, no koffi, no library). */
export function loadLibpcap(): Libpcap | undefined {
  // The header of a packet is read by the layout of 64-bit Linux.
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) return undefined;
  for (const name of names) {
    try {
      return bind(createRequire(import.meta.url)("koffi") as Koffi, name);
    } catch {
      // The next name, or none: tcpdump is the other way.
    }
  }
  return undefined;
}

function bind(koffi: Koffi, name: string): Libpcap {
  const library = koffi.load(name);
  const call = <Name extends keyof Libpcap>(prototype: string) => library.func(prototype) as Libpcap[Name];
  return {
    create: call<"create">("void *pcap_create(const char *, _Out_ uint8_t *)"),
    setSnaplen: call<"setSnaplen">("int pcap_set_snaplen(void *, int)"),
    setPromisc: call<"setPromisc">("int pcap_set_promisc(void *, int)"),
    setTimeout: call<"setTimeout">("int pcap_set_timeout(void *, int)"),
    setBufferSize: call<"setBufferSize">("int pcap_set_buffer_size(void *, int)"),
    activate: call<"activate">("int pcap_activate(void *)"),
    setNonblock: call<"setNonblock">("int pcap_setnonblock(void *, int, _Out_ uint8_t *)"),
    datalink: call<"datalink">("int pcap_datalink(void *)"),
    compile: call<"compile">("int pcap_compile(void *, _Out_ uint8_t *, const char *, int, uint32_t)"),
    setFilter: call<"setFilter">("int pcap_setfilter(void *, const uint8_t *)"),
    freeCode: call<"freeCode">("void pcap_freecode(_Inout_ uint8_t *)"),
    nextEx: call<"nextEx">("int pcap_next_ex(void *, _Out_ void **, _Out_ void **)"),
    stats: call<"stats">("int pcap_stats(void *, _Out_ uint32_t *)"),
    getErr: call<"getErr">("const char *pcap_geterr(void *)"),
    statusToStr: call<"statusToStr">("const char *pcap_statustostr(int)"),
    close: call<"close">("void pcap_close(void *)"),
    view: (pointer, length) => koffi.view(pointer, length),
  };
}
