import type { TcpSegment } from "./decode-transport.ts";

/** Octets of one direction in their order. `gap`: that many octets before them are not in the capture. */
export interface TcpPiece {
  readonly octets: Buffer;
  readonly gap: number;
}

/** Octets that may wait for those before them; then the hole is told as a gap. */
const longestWait = 256 * 1024;
const half = 2 ** 31;

/** a − b of 32-bit sequence numbers (RFC 9293 3.4), from −2³¹ to 2³¹ − 1. */
function distance(a: number, b: number): number {
  const d = (a - b) >>> 0;
  return d >= half ? d - 2 ** 32 : d;
}

/**
 * One direction of a TCP connection: segments in as captured, octets out in order, once each. Retransmissions are
 * counted, reordered ones wait, bounded; a capture that begins within a connection begins with its first segment.
 */
export class TcpDirection {
  #next: number | undefined;
  #waiting: { sequence: number; octets: Buffer }[] = [];
  #waitingOctets = 0;
  retransmitted = 0;

  add(segment: TcpSegment): TcpPiece[] {
    const { flags, payload } = segment;
    if (flags.syn) {
      this.#next = (segment.sequence + 1) >>> 0;
      this.#waiting = [];
      this.#waitingOctets = 0;
    }
    const sequence = flags.syn ? (segment.sequence + 1) >>> 0 : segment.sequence;
    this.#next ??= sequence;
    if (payload.length === 0) return [];
    const ahead = distance(sequence, this.#next);
    if (ahead + payload.length <= 0) {
      this.retransmitted += 1;
      return [];
    }
    if (ahead > 0) return this.#keep(sequence, payload);
    const octets = payload.subarray(-ahead);
    this.#next = (this.#next + octets.length) >>> 0;
    return [{ octets, gap: 0 }, ...this.#drain()];
  }

  #keep(sequence: number, payload: Buffer): TcpPiece[] {
    if (this.#waiting.some((kept) => kept.sequence === sequence && kept.octets.length >= payload.length)) {
      this.retransmitted += 1;
      return [];
    }
    this.#waiting.push({ sequence, octets: Buffer.from(payload) });
    this.#waitingOctets += payload.length;
    return this.#waitingOctets > longestWait ? this.#jump() : [];
  }

  /** The hole will not be filled: go on behind it. */
  #jump(): TcpPiece[] {
    const next = this.#next ?? 0;
    const first = this.#waiting.toSorted((a, b) => distance(a.sequence, b.sequence))[0];
    if (first === undefined) return [];
    const gap = distance(first.sequence, next);
    this.#next = first.sequence;
    return this.#drain().map((piece, index) => (index === 0 ? { ...piece, gap } : piece));
  }

  #drain(): TcpPiece[] {
    const pieces: TcpPiece[] = [];
    if (this.#waiting.length === 0) return pieces;
    const sorted = this.#waiting.toSorted((a, b) => distance(a.sequence, b.sequence));
    this.#waiting = [];
    for (const kept of sorted) {
      const next = this.#next ?? 0;
      const ahead = distance(kept.sequence, next);
      if (ahead > 0) {
        this.#waiting.push(kept);
        continue;
      }
      this.#waitingOctets -= kept.octets.length;
      const octets = kept.octets.subarray(Math.min(-ahead, kept.octets.length));
      if (octets.length === 0) continue;
      this.#next = (next + octets.length) >>> 0;
      pieces.push({ octets, gap: 0 });
    }
    return pieces;
  }
}
