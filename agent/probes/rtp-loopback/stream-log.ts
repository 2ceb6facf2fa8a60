import { findMarks } from "../../../protocol/rtp/counted-payload.ts";
import { decodeEncapRtp } from "../../../protocol/rtp/encaprtp.ts";
import type { EchoArrival } from "../../../protocol/rtp/echo-figures.ts";
import type { LoopedArrival } from "../../../protocol/rtp/loopback-figures.ts";
import { decodeRtp, type RtpPacket } from "../../../protocol/rtp/packet.ts";
import { printHostPort } from "../../../protocol/sip/uri.ts";
import type { Datagram } from "../../io/udp.ts";
import type { FarEnd } from "./offer.ts";

/** What one stream of ours is known by. */
export interface OwnStream {
  readonly ssrc: number;
  /** Of the first packet. */
  readonly sequence: number;
  readonly count: number;
}

/** Sorts what came in on one stream's port while it came; the figures are made at the end. */
export class StreamLog {
  readonly looped: LoopedArrival[] = [];
  readonly echoed: EchoArrival[] = [];
  /** Packets by which the mirror opened the way back. */
  openers = 0;
  /** Where the stream comes from, when that is not where the far end said that it listens. */
  otherSource: string | undefined;
  /** Neither ours nor theirs. */
  strays = 0;
  readonly #own: OwnStream;
  readonly #farEnd: FarEnd;
  #ssrc: number | undefined;
  #lastMarkSeen = false;

  constructor(own: OwnStream, farEnd: FarEnd) {
    this.#own = own;
    this.#farEnd = farEnd;
  }

  /** Nothing more of ours is on its way. An echo goes on for ever, so that its last mark counts, not how much came. */
  get complete(): boolean {
    return this.#farEnd.mode === "encaprtp" ? this.looped.length >= this.#own.count : this.#lastMarkSeen;
  }

  /** Packets of the stream that came back. */
  get received(): number {
    return this.looped.length + this.echoed.length;
  }

  take({ bytes, at, address, port }: Datagram): void {
    // RFC 5761 4: RTCP shows types 200–207 where RTP has marker and type.
    if ((bytes[1] ?? 0) >= 192 && (bytes[1] ?? 0) <= 223) return;
    const packet = decodeRtp(bytes);
    const before = this.received;
    if (!packet.ok || packet.value.payloadType !== this.#farEnd.payloadType) this.strays += 1;
    else if (this.#farEnd.mode === "encaprtp") this.#takeLooped(packet.value, at);
    else this.#takeEcho(packet.value, at);
    const announced = address === this.#farEnd.address && port === this.#farEnd.port;
    if (this.received > before && !announced) this.otherSource = printHostPort(address, port);
  }

  #takeLooped(outer: RtpPacket, at: number): void {
    if (outer.payload.length === 0) {
      this.openers += 1;
      return;
    }
    const encap = decodeEncapRtp(outer.payload);
    const inner = encap.ok && encap.value.fragment === "whole" ? decodeRtp(encap.value.inner) : undefined;
    const index = inner?.ok === true ? this.#indexOf(inner.value) : undefined;
    if (!encap.ok || index === undefined || !this.#latch(outer.ssrc)) {
      this.strays += 1;
      return;
    }
    this.looped.push({
      outerSequence: outer.sequence,
      outerTimestamp: outer.timestamp,
      receiveTimestamp: encap.value.receiveTimestamp,
      index,
      at,
    });
  }

  #takeEcho(packet: RtpPacket, at: number): void {
    if (!this.#latch(packet.ssrc)) {
      this.strays += 1;
      return;
    }
    this.echoed.push({ packet, at });
    this.#lastMarkSeen ||= findMarks(packet.payload).some(({ number }) => number === this.#own.count - 1);
  }

  #indexOf(inner: RtpPacket): number | undefined {
    const index = (inner.sequence - this.#own.sequence + 0x1_0000) % 0x1_0000;
    return inner.ssrc === this.#own.ssrc && index < this.#own.count ? index : undefined;
  }

  #latch(ssrc: number): boolean {
    this.#ssrc ??= ssrc;
    return this.#ssrc === ssrc;
  }
}
