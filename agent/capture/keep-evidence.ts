import type { CapturedPacket } from "../../protocol/capture/captured-packet.ts";
import { decodeIp, ipProtocols, type IpPacket } from "../../protocol/capture/decode-ip.ts";
import { decodeLink, linkTypes } from "../../protocol/capture/decode-link.ts";
import { printAddress } from "../../protocol/print-address.ts";
import type { AgentIo } from "../io/io.ts";
import { encodeFrame } from "./encode-frame.ts";
import type { LiveCapture } from "./live-capture.ts";
import { maskPacket, type OpenLines } from "./mask-packet.ts";
import { PacketFile } from "./packet-file.ts";
import { startCapture } from "./start-capture.ts";
import { watchIo } from "./watch-io.ts";

/** The packets of one look, kept in a file of its own. */
export interface KeptLook {
  readonly path: string;
  /** The look's io: what is sent by it is kept. */
  readonly io: AgentIo;
  /** An address whose packets are kept; those that the io talks to are so by themselves. */
  touch(address: string, port?: number): void;
  /** Packets by now. */
  readonly count: number;
}

/** Packets of looks that run, each look's in a file. */
export interface EvidenceKeeper {
  /** Why the packets are not those of the wire; absent: they are. */
  readonly noCapture?: string;
  /** Packets that the capture dropped, known at the end. */
  readonly dropped: number;
  /** @throws what opening the file throws */
  keep(path: string, io: AgentIo): KeptLook;
  /** All is in the files after this. */
  close(): Promise<void>;
}

/**
 * Begins to keep packets: those of the wire, by a capture of which each look gets what goes to and from the addresses that it
 * talks to. Without the right to capture, what the looks' own sockets send and get, in headers made for it. Secrets are masked.
 */
export async function openEvidence(): Promise<EvidenceKeeper> {
  const looks: Look[] = [];
  const open: OpenLines = new Map();
  const capture = await startCapture({ interface: "any", take: (packet) => share(packet, looks, open) });
  // A full disk ends the capture while nobody waits for it: close() throws it.
  if ("ended" in capture) capture.ended.catch(() => {});
  return "failed" in capture ? new Keeper(looks, undefined, capture.failed) : new Keeper(looks, capture);
}

function share(
  { at, linkType, data, length }: CapturedPacket,
  looks: readonly Look[],
  open: OpenLines,
): void {
  const link = decodeLink(linkType, data);
  const ip = link === undefined ? undefined : decodeIp(link.etherType, data, link.offset);
  if (ip === undefined) return;
  const ends = endsOf(ip);
  const mine = looks.filter((look) => ends.some((each) => look.has(each)));
  if (mine.length === 0) return;
  maskPacket(linkType, data, open);
  for (const { file } of mine) file.add({ at, linkType, data, length });
}

interface End {
  readonly address: string;
  /** Absent: of ICMP and of fragments. */
  readonly port?: number;
}

function endsOf({ source, destination, protocol, fragment, payload }: IpPacket): End[] {
  const addresses = [source, destination].map(printAddress);
  const hasPorts = fragment === undefined && protocol !== ipProtocols.icmp && payload.length >= 4;
  return addresses.map((address, index) =>
    hasPorts ? { address, port: payload.readUInt16BE(index * 2) } : { address },
  );
}

class Keeper implements EvidenceKeeper {
  readonly noCapture?: string;
  dropped = 0;
  readonly #looks: Look[];
  readonly #capture: LiveCapture | undefined;

  constructor(looks: Look[], capture: LiveCapture | undefined, noCapture?: string) {
    this.#looks = looks;
    this.#capture = capture;
    if (noCapture !== undefined) this.noCapture = noCapture;
  }

  keep(path: string, io: AgentIo): KeptLook {
    const look = new Look(path, io, this.#capture === undefined);
    this.#looks.push(look);
    return look;
  }

  async close(): Promise<void> {
    this.#capture?.stop();
    this.dropped = (await this.#capture?.ended)?.dropped ?? 0;
    for (const { file } of this.#looks) file.close();
  }
}

class Look implements KeptLook {
  readonly path: string;
  readonly io: AgentIo;
  readonly file: PacketFile;
  readonly #addresses = new Set<string>();
  /** At loopback addresses: there the whole machine talks to itself, and an address alone says nothing. */
  readonly #ports = new Set<number>();

  constructor(path: string, io: AgentIo, bySockets: boolean) {
    this.path = path;
    this.file = new PacketFile(path);
    const open: OpenLines = new Map();
    this.io = watchIo(io, {
      touched: (address, port) => this.touch(address, port),
      passed: (frame) => {
        if (!bySockets) return;
        const data = encodeFrame(frame);
        maskPacket(linkTypes.raw, data, open);
        this.file.add({ at: io.clock.now(), linkType: linkTypes.raw, data, length: data.length });
      },
    });
  }

  touch(address: string, port?: number): void {
    this.#addresses.add(address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, ""));
    if (port !== undefined && isLoopback(address)) this.#ports.add(port);
  }

  has({ address, port }: End): boolean {
    return (
      this.#addresses.has(address) && (!isLoopback(address) || port === undefined || this.#ports.has(port))
    );
  }

  get count(): number {
    return this.file.count;
  }
}

const isLoopback = (address: string) => /^(?:::ffff:)?127\.|^::1$/i.test(address);
