/** What receivers said of one stream (by its SSRC) in RTCP SR and RR (RFC 3550 6.4). */
export interface ReportedReception {
  reports: number;
  /** Largest fraction lost of one interval, percent. */
  worstLossPercent: number;
  /** Cumulative number of packets lost, as last told. */
  lost: number;
  /** Largest interarrival jitter, timestamp units. */
  maxJitter: number;
  lastNumber: number;
}

const limit = 10_000;
const kinds = { senderReport: 200, receiverReport: 201 } as const;

/** Reads report blocks out of RTCP packets; one that is cut or damaged is left out. */
export class RtcpReports {
  readonly #bySsrc = new Map<number, ReportedReception>();
  packets = 0;

  about(ssrc: number): ReportedReception | undefined {
    return this.#bySsrc.get(ssrc);
  }

  take(data: Buffer, number: number): void {
    this.packets += 1;
    for (let at = 0; at + 8 <= data.length;) {
      const kind = data.readUInt8(at + 1);
      const end = at + 4 * (data.readUInt16BE(at + 2) + 1);
      const blocksAt = kind === kinds.senderReport ? at + 28 : kind === kinds.receiverReport ? at + 8 : end;
      const count = data.readUInt8(at) & 0x1f;
      for (let block = 0; block < count; block += 1) {
        const from = blocksAt + block * 24;
        if (from + 24 <= Math.min(end, data.length)) this.#block(data, from, number);
      }
      at = end;
    }
  }

  #block(data: Buffer, at: number, number: number): void {
    const ssrc = data.readUInt32BE(at);
    const present = this.#bySsrc.get(ssrc);
    if (present === undefined && this.#bySsrc.size >= limit) return;
    const reported = present ?? { reports: 0, worstLossPercent: 0, lost: 0, maxJitter: 0, lastNumber: 0 };
    this.#bySsrc.set(ssrc, reported);
    reported.reports += 1;
    reported.worstLossPercent = Math.max(reported.worstLossPercent, (data.readUInt8(at + 4) * 100) / 256);
    reported.lost = data.readIntBE(at + 5, 3);
    reported.maxJitter = Math.max(reported.maxJitter, data.readUInt32BE(at + 12));
    reported.lastNumber = number;
  }
}

/** RTCP on a port of RTP (RFC 5761 4): version 2 and a packet type of 192–223. */
export function isRtcp(data: Uint8Array, at: number): boolean {
  const kind = data[at + 1] ?? 0;
  return (data[at] ?? 0) >> 6 === 2 && kind >= 192 && kind <= 223;
}
