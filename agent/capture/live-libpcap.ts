import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import type { LiveCapture, LiveEnd, LiveOptions, NoCapture } from "./live-capture.ts";
import { loadLibpcap, type Libpcap, type PcapHandle } from "./libpcap.ts";

// Not pcap_set_immediate_mode: it gives each packet a slot of the ring as large as the longest packet may be, which makes the
// ring 60 times smaller. Packets come in blocks instead, each handed over after `block` at the latest.

/** ms */
const block = 20;
const ring = 16 * 1024 * 1024;
const wholePacket = 262_144;
/** Packets that are read before the event loop gets its turn. */
const atOnce = 500;
/** sizeof(struct bpf_program), and of errbuf. */
const sizes = { program: 16, error: 256, header: 24 };

/** Undefined: there is no libpcap here. */
export function startLibpcap(options: LiveOptions): LiveCapture | NoCapture | undefined {
  const pcap = loadLibpcap();
  if (pcap === undefined) return undefined;
  const error = new Uint8Array(sizes.error);
  const handle = pcap.create(options.interface, error);
  if (handle === null) return { failed: textOf(error) };
  const failed = prepare(pcap, handle, options);
  if (failed === undefined) return run(pcap, handle, options);
  pcap.close(handle);
  return { failed };
}

/** @returns why it cannot begin */
function prepare(pcap: Libpcap, handle: PcapHandle, { filter }: LiveOptions): string | undefined {
  pcap.setSnaplen(handle, wholePacket);
  pcap.setPromisc(handle, 1);
  pcap.setTimeout(handle, block);
  pcap.setBufferSize(handle, ring);
  const status = pcap.activate(handle);
  // Above 0 are warnings: no promiscuous mode on `any`.
  if (status < 0) return pcap.getErr(handle) || pcap.statusToStr(status);
  if (pcap.setNonblock(handle, 1, new Uint8Array(sizes.error)) < 0) return pcap.getErr(handle);
  return filter === undefined ? undefined : setFilter(pcap, handle, filter);
}

function setFilter(pcap: Libpcap, handle: PcapHandle, filter: string): string | undefined {
  const program = new Uint8Array(sizes.program);
  if (pcap.compile(handle, program, filter, 1, 0xffffffff) < 0) return `filter: ${pcap.getErr(handle)}`;
  const set = pcap.setFilter(handle, program);
  pcap.freeCode(program);
  return set < 0 ? `filter: ${pcap.getErr(handle)}` : undefined;
}

function run(pcap: Libpcap, handle: PcapHandle, options: LiveOptions): LiveCapture {
  let stopped = false;
  const ended = readOn(pcap, handle, options, () => stopped).finally(() => pcap.close(handle));
  return { way: "libpcap", ended, stop: () => (stopped = true) };
}

async function readOn(
  pcap: Libpcap,
  handle: PcapHandle,
  { take }: LiveOptions,
  isStopped: () => boolean,
): Promise<LiveEnd> {
  const linkType = pcap.datalink(handle);
  const header: [bigint | null] = [null];
  const data: [bigint | null] = [null];
  let number = 0;
  for (let last = false; ;) {
    let read = 0;
    let status = 0;
    while (read < atOnce && (status = pcap.nextEx(handle, header, data)) === 1) {
      read += 1;
      number += 1;
      take({ number, linkType, ...packetAt(pcap, header[0], data[0]) });
    }
    if (status < 0) return { failed: pcap.getErr(handle), dropped: droppedBy(pcap, handle) };
    if (read === atOnce) await turn();
    else if (last) return { dropped: droppedBy(pcap, handle) };
    else {
      // The block that is being filled when the end comes is handed over a block later.
      last = isStopped();
      await wait(last ? block * 3 : block / 2);
    }
  }
}

/** struct pcap_pkthdr: seconds and microseconds of 64 bit each, then what was kept and what was on the wire. */
function packetAt(pcap: Libpcap, header: bigint | null, data: bigint | null) {
  if (header === null || data === null) return { at: 0, data: Buffer.alloc(0), length: 0 };
  const head = Buffer.from(pcap.view(header, sizes.header));
  const seconds = head.readUInt32LE(0) + head.readUInt32LE(4) * 2 ** 32;
  return {
    at: seconds * 1000 + head.readUInt32LE(8) / 1000,
    // A copy: the ring takes the next packet's place.
    data: Buffer.from(new Uint8Array(pcap.view(data, head.readUInt32LE(16)))),
    length: head.readUInt32LE(20),
  };
}

/** struct pcap_stat: received, dropped for want of room, dropped by the interface. */
function droppedBy(pcap: Libpcap, handle: PcapHandle): number {
  const stat = new Uint32Array(3);
  return pcap.stats(handle, stat) < 0 ? 0 : (stat[1] ?? 0) + (stat[2] ?? 0);
}

const textOf = (octets: Uint8Array) => Buffer.from(octets).toString("utf8").replace(/\0.*$/s, "");
