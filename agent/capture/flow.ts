import type { RtpMap } from "../../protocol/sdp/session.ts";
import { isRtcp } from "./rtcp-reports.ts";
import { RtpStream } from "./rtp-stream.ts";

/** What the packets of a flow are; decided once by their look, or by what SDP announced. */
type FlowKind = "unknown" | "sip" | "rtp" | "other";

/** Packets that an unknown flow may show before it is taken for something else. */
const patience = 40;
/** Streams of one flow that are kept: an SSRC per packet is no RTP. */
const mostStreams = 50;

/** One direction between two UDP endpoints. */
export class Flow {
  readonly source: string;
  readonly destination: string;
  kind: FlowKind = "unknown";
  looks = 0;
  /** The payload types that the destination announced, where it did. */
  maps: readonly RtpMap[] | undefined;
  readonly streams = new Map<number, RtpStream>();
  #stream: RtpStream | undefined;

  constructor(source: string, destination: string) {
    this.source = source;
    this.destination = destination;
  }

  announce(maps: readonly RtpMap[]): void {
    this.maps = maps;
    if (this.kind === "other") this.kind = "unknown";
    for (const stream of this.streams.values()) stream.announce(maps);
  }

  /** A datagram of a flow that is, or may be, RTP: `at` is where its payload stands. False: it is none. */
  takeRtp(data: Uint8Array, at: number, length: number, dscp: number, time: number, number: number): boolean {
    if (!looksLikeRtp(data, at, length)) return false;
    const ssrc =
      (((data[at + 8] ?? 0) << 24) |
        ((data[at + 9] ?? 0) << 16) |
        ((data[at + 10] ?? 0) << 8) |
        (data[at + 11] ?? 0)) >>>
      0;
    let stream = this.#stream;
    if (stream === undefined || stream.ssrc !== ssrc) {
      stream = this.streams.get(ssrc) ?? this.#open(ssrc, number);
      if (stream === undefined) return false;
      this.#stream = stream;
    }
    stream.take(data, at, length, dscp, time, number);
    return true;
  }

  #open(ssrc: number, number: number): RtpStream | undefined {
    if (this.streams.size >= mostStreams) return undefined;
    const stream = new RtpStream(ssrc, this.source, this.destination, number);
    if (this.maps !== undefined) stream.announce(this.maps);
    this.streams.set(ssrc, stream);
    return stream;
  }

  /** After a datagram that was no RTP, or that may be some: is it worth going on? */
  judge(): void {
    this.looks += 1;
    if (this.kind !== "unknown") return;
    if (this.maps !== undefined && this.streams.size > 0) this.kind = "rtp";
    for (const stream of this.streams.values()) if (isSteady(stream)) this.kind = "rtp";
    if (this.kind === "unknown" && this.looks >= patience) {
      this.kind = "other";
      this.streams.clear();
      this.#stream = undefined;
    }
  }
}

/** Version 2, a payload type that is no RTCP (RFC 5761 4), and room for a header. */
function looksLikeRtp(data: Uint8Array, at: number, length: number): boolean {
  return length >= 12 && at + 12 <= data.length && (data[at] ?? 0) >> 6 === 2 && !isRtcp(data, at);
}

/** Numbers that follow each other: what no other protocol does by chance. */
export function isSteady({ meter }: RtpStream): boolean {
  return meter.received >= 6 && meter.strays === 0 && meter.lost <= meter.received / 2;
}
