import type { CapturedPacket } from "../../protocol/capture/captured-packet.ts";

export interface LiveOptions {
  /** Name of the interface; `any` for all. */
  readonly interface: string;
  /** Only what this expression of pcap-filter(7) takes. */
  readonly filter?: string;
  /** Hears each packet. */
  readonly take: (packet: CapturedPacket) => void;
}

export type CaptureWay = "libpcap" | "tcpdump";

/** What became of a live capture. */
export interface LiveEnd {
  /** Why it ended by itself. */
  readonly failed?: string;
  /** Packets that the kernel dropped because the capture was too slow: they are missing, not lost. */
  readonly dropped: number;
}

/** A capture that runs. */
export interface LiveCapture {
  readonly way: CaptureWay;
  /** The first end: stop(), or a failure. */
  readonly ended: Promise<LiveEnd>;
  /** Takes what is still on its way, then ends. */
  stop(): void;
}

/** A capture that could not begin, in the words of who refused it. */
export interface NoCapture {
  readonly failed: string;
}
