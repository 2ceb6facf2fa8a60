import { firstJitter, nextJitter, timestampsToMs, type JitterState } from "../../protocol/rtp/jitter.ts";
import { middleOf, ntpTimeOf } from "../../protocol/rtp/ntp-time.ts";
import type { RtpPacket } from "../../protocol/rtp/packet.ts";
import { decodeRtcp, encodeRtcp, type ReportBlock, type RtcpPacket } from "../../protocol/rtp/rtcp.ts";
import { firstSequence, nextSequence, type SequenceState } from "../../protocol/rtp/sequence.ts";
import type { Datagram } from "../io/udp.ts";

/** RTCP of one mirrored stream: what the mirror sent and heard, for who asks by a report of its own (RFC 3550 6.4). */
export class MirrorReports {
  readonly #ssrc: number;
  readonly #clock: number;
  #source: number | undefined;
  #sequence: SequenceState | undefined;
  #received = 0;
  #reported = { expected: 0, received: 0 };
  #jitter: JitterState | undefined;
  #lastTimestamp = 0;
  #mediaMs = 0;
  #packets = 0;
  #octets = 0;
  #heard: { readonly middle: number; readonly at: number } | undefined;

  constructor(ssrc: number, clock: number) {
    this.#ssrc = ssrc;
    this.#clock = clock;
  }

  /** A packet of the source. */
  take(packet: RtpPacket, { at }: Datagram): void {
    this.#source = packet.ssrc;
    const step =
      this.#sequence === undefined
        ? { state: firstSequence(packet.sequence) }
        : nextSequence(this.#sequence, packet.sequence);
    this.#sequence = step.state;
    this.#received += 1;
    this.#mediaMs += timestampsToMs([this.#lastTimestamp, packet.timestamp], this.#clock)[1] ?? 0;
    this.#lastTimestamp = packet.timestamp;
    this.#jitter =
      this.#jitter === undefined
        ? firstJitter(this.#mediaMs, at)
        : nextJitter(this.#jitter, this.#mediaMs, at).state;
  }

  /** A packet of ours went back. */
  sent(octets: number): void {
    this.#packets += 1;
    this.#octets += octets;
  }

  /** A report of the source; false when it is none. */
  hear(bytes: Uint8Array, source: number, now: number): boolean {
    const read = decodeRtcp(bytes);
    if (!read.ok) return false;
    const [first] = read.value;
    if (first?.kind !== "sender-report" && first?.kind !== "receiver-report") return false;
    if (first.ssrc !== source) return false;
    if (first.kind === "sender-report") this.#heard = { middle: middleOf(first.info), at: now };
    return true;
  }

  /** A compound of at most `room` octets, or undefined when none fits. `now` in ms of any clock that does not jump. */
  write(room: number, now: number, timestamp: number): Uint8Array | undefined {
    const info = { ...ntpTimeOf(now), timestamp, packets: this.#packets, octets: this.#octets };
    const report = this.#report(now);
    const reports = report === undefined ? [] : [report];
    const description: RtcpPacket = {
      kind: "source-description",
      chunks: [{ ssrc: this.#ssrc, cname: "offhook-mirror" }],
    };
    const compounds: readonly (readonly RtcpPacket[])[] = [
      [{ kind: "sender-report", ssrc: this.#ssrc, info, reports }, description],
      [{ kind: "receiver-report", ssrc: this.#ssrc, reports }, description],
      [{ kind: "receiver-report", ssrc: this.#ssrc, reports }],
    ];
    return compounds.map((compound) => encodeRtcp(compound)).find(({ length }) => length <= room);
  }

  #report(now: number): ReportBlock | undefined {
    const sequence = this.#sequence;
    if (sequence === undefined || this.#source === undefined) return undefined;
    const expected = sequence.max - sequence.base + 1;
    const interval = {
      expected: expected - this.#reported.expected,
      received: this.#received - this.#reported.received,
    };
    this.#reported = { expected, received: this.#received };
    const missing = Math.max(0, interval.expected - interval.received);
    return {
      ssrc: this.#source,
      fractionLost: interval.expected <= 0 ? 0 : Math.floor((256 * missing) / interval.expected),
      lost: expected - this.#received,
      highest: sequence.max,
      jitter: Math.round(((this.#jitter?.jitter ?? 0) * this.#clock) / 1000),
      lastSenderReport: this.#heard?.middle ?? 0,
      sinceLastSenderReport: Math.round(((now - (this.#heard?.at ?? now)) * 65_536) / 1000),
    };
  }
}
