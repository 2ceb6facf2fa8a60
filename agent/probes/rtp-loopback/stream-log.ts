import { ArrivalCount } from "../../../protocol/rtp/arrivals.ts";
import type { RatedCodec } from "../../../protocol/rtp/e-model.ts";
import { findMarks } from "../../../protocol/rtp/counted-payload.ts";
import { decodeEncapRtp } from "../../../protocol/rtp/encaprtp.ts";
import type { EchoArrival } from "../../../protocol/rtp/echo-figures.ts";
import type { LoopedArrival } from "../../../protocol/rtp/loopback-figures.ts";
import { decodeRtp, type RtpPacket } from "../../../protocol/rtp/packet.ts";
import { RtcpReporter } from "../../../protocol/rtp/rtcp-reporter.ts";
import { looksLikeRtcp } from "../../../protocol/rtp/rtcp.ts";
import { printHostPort } from "../../../protocol/sip/uri.ts";
import { SrtpReceiver } from "../../../protocol/srtp/srtp-receiver.ts";
import type { Datagram } from "../../io/udp/udp.ts";
import type { FarEnd } from "./offer.ts";
import { sourceName } from "./source-name.ts";

/** What one stream of ours is known by. */
export interface OwnStream {
  readonly ssrc: number;
  /** Of the first packet. */
  readonly sequence: number;
  readonly count: number;
  /** Ticks of its timestamp per second. */
  readonly clock: number;
  readonly codec: RatedCodec;
  /** ms to add to the monotonic clock to have ms since 1970. */
  readonly epoch: number;
}

/** Sorts what came in on one stream's port while it came; the figures are made at the end. */
export class StreamLog {
  readonly looped: LoopedArrival[] = [];
  readonly echoed: EchoArrival[] = [];
  /** Keys that came back (RFC 4733). */
  readonly events: { readonly timestamp: number; readonly payload: Uint8Array }[] = [];
  /** With which marking and TTL they came. */
  readonly arrivals = new ArrivalCount();
  /** Packets by which the mirror opened the way back. */
  openers = 0;
  /** Where the stream comes from, when that is not where the far end said that it listens. */
  otherSource: string | undefined;
  /** Neither ours nor theirs. */
  strays = 0;
  /** Packets whose protection was not the one agreed on. */
  unreadable = 0;
  readonly reporter: RtcpReporter;
  readonly #receiver: SrtpReceiver | undefined;
  readonly #own: OwnStream;
  readonly #farEnd: FarEnd;
  #ssrc: number | undefined;
  #lastMarkSeen = false;

  constructor(own: OwnStream, farEnd: FarEnd) {
    this.#own = own;
    this.#farEnd = farEnd;
    const { protection } = farEnd;
    this.#receiver = protection === undefined ? undefined : new SrtpReceiver(protection.theirs);
    this.reporter = new RtcpReporter(own.ssrc, own.clock, sourceName, own);
  }

  /** ms to add to arrival times to have ms since 1970. */
  get epoch(): number {
    return this.#own.epoch;
  }

  /** Nothing more of ours is on its way. An echo goes on for ever, so that its last mark counts, not how much came. */
  get complete(): boolean {
    return this.#farEnd.mode === "encaprtp" ? this.looped.length >= this.#own.count : this.#lastMarkSeen;
  }

  /** Packets of the stream that came back. */
  get received(): number {
    return this.looped.length + this.echoed.length;
  }

  take({ bytes: received, at, address, port, ...marks }: Datagram): void {
    if (looksLikeRtcp(received)) return this.takeRtcp(received, at);
    const clear = this.#receiver?.decode(received);
    if (clear?.ok === false && clear.why.place !== "replay") this.unreadable += 1;
    if (clear?.ok === false) return;
    const packet = decodeRtp(clear?.value ?? received);
    const before = this.received;
    const { payloadType, eventType } = this.#farEnd;
    const echoedEvent = packet.ok && this.#farEnd.mode === "echo" && packet.value.payloadType === eventType;
    if (!packet.ok || (packet.value.payloadType !== payloadType && !echoedEvent)) this.strays += 1;
    else if (this.#farEnd.mode === "encaprtp") this.#takeLooped(packet.value, at);
    else this.#takeEcho(packet.value, at);
    if (this.received > before) this.arrivals.take(marks);
    const announced = address === this.#farEnd.address && port === this.#farEnd.port;
    if (this.received > before && !announced) this.otherSource = printHostPort(address, port);
  }

  takeRtcp(received: Uint8Array, at: number): void {
    const clear = this.#receiver?.decodeRtcp(received);
    if (clear?.ok === false) this.unreadable += 1;
    else this.reporter.hear(clear?.value ?? received, at);
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
    if (inner?.ok === true && inner.value.payloadType === this.#farEnd.eventType)
      this.events.push(inner.value);
    this.reporter.take(outer, at);
    this.looped.push({
      outerSequence: outer.sequence,
      outerTimestamp: outer.timestamp,
      receiveTimestamp: encap.value.receiveTimestamp,
      index,
      at,
    });
  }

  #takeEcho(packet: RtpPacket, at: number): void {
    if (packet.payload.length === 0) {
      this.openers += 1;
      return;
    }
    if (!this.#latch(packet.ssrc)) {
      this.strays += 1;
      return;
    }
    const event = packet.payloadType === this.#farEnd.eventType;
    if (event) this.events.push(packet);
    this.reporter.take(packet, at, !event);
    this.echoed.push({ packet, at, event });
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
