import { asksArrivals, decodeArrivals, type Arrival } from "./arrivals.ts";
import { firstJitter, nextJitter, timestampsToMs, type JitterState } from "./jitter.ts";
import { middleOf, ntpTimeOf, roundTripOf } from "./ntp-time.ts";
import type { RatedCodec } from "./e-model.ts";
import type { RtpPacket } from "./packet.ts";
import { decodeRtcp, encodeRtcp, type ReportBlock, type RtcpPacket, type SenderInfo } from "./rtcp.ts";
import { firstSequence, nextSequence, type SequenceState } from "./sequence.ts";
import type { XrBlock } from "./rtcp-xr.ts";
import { XrReporter, type HeardXr } from "./xr-reporter.ts";

/** What the far end's reports said of our stream. It is the far end's word, and nothing that we counted. */
export interface HeardReports {
  /** Compounds that came. */
  readonly count: number;
  /** The newest about our stream. */
  readonly report: ReportBlock | undefined;
  /** Shortest round trip by A − LSR − DLSR, ms. */
  readonly roundTrip: number | undefined;
  /** The newest sender report's own part. */
  readonly sender: SenderInfo | undefined;
  readonly xr: HeardXr;
  /** How our packets arrived, by its newest answer to askArrivals(). */
  readonly arrivals: readonly Arrival[] | undefined;
  /** Its newest compound asks how its packets arrived. */
  readonly asks: boolean;
}

/** RTCP of one stream in both directions (RFC 3550 6.4): what was sent and heard here, and what the far end says. */
export class RtcpReporter {
  /** Of our stream. */
  readonly ssrc: number;
  readonly #clock: number;
  readonly #cname: string;
  readonly #epoch: number;
  readonly #xr: XrReporter;
  #source: number | undefined;
  #sequence: SequenceState | undefined;
  #received = 0;
  #reported = { expected: 0, received: 0 };
  #jitter: JitterState | undefined;
  #lastTimestamp = 0;
  #mediaMs = 0;
  #transit = 0;
  #packets = 0;
  #octets = 0;
  #lastReport: { readonly middle: number; readonly at: number } | undefined;
  #heard: Omit<HeardReports, "xr"> = {
    count: 0,
    report: undefined,
    roundTrip: undefined,
    sender: undefined,
    arrivals: undefined,
    asks: false,
  };

  /**
   * `clock`: ticks of the RTP timestamp per second; `codec`: of the stream that comes, for a score in XR; `epoch`: ms to add
   * to a time that hear() and write() get to have ms since 1970.
   */
  constructor(
    ssrc: number,
    clock: number,
    cname: string,
    { codec, epoch = 0 }: { readonly codec?: RatedCodec | undefined; readonly epoch?: number } = {},
  ) {
    this.ssrc = ssrc;
    this.#epoch = epoch;
    this.#xr = new XrReporter(ssrc, clock, codec);
    this.#clock = clock;
    this.#cname = cname;
  }

  get heard(): HeardReports {
    return { ...this.#heard, xr: this.#xr.heard };
  }

  /** Of the far end's stream as it comes in, ms. */
  get jitter(): number {
    return this.#jitter?.jitter ?? 0;
  }

  /** A packet of the far end's stream came at `at`, ms; `timed` as in RtpArrival. */
  take(packet: RtpPacket, at: number, timed = true): void {
    const first = this.#source !== packet.ssrc || this.#sequence === undefined;
    if (first) this.#xr.restart();
    this.#source = packet.ssrc;
    const step =
      first || this.#sequence === undefined
        ? { state: firstSequence(packet.sequence), extended: packet.sequence }
        : nextSequence(this.#sequence, packet.sequence);
    this.#sequence = step.state;
    this.#received += 1;
    if (timed) this.#time(packet, at, first);
    // A key's packets have one timestamp: for the buffer they are as late as the media before them.
    const sent = timed ? this.#mediaMs : at - this.#transit;
    this.#transit = at - sent;
    if (step.extended !== undefined) this.#xr.take(step.extended, sent, at, this.jitter);
  }

  #time(packet: RtpPacket, at: number, first: boolean): void {
    this.#mediaMs += first
      ? 0
      : (timestampsToMs([this.#lastTimestamp, packet.timestamp], this.#clock)[1] ?? 0);
    this.#lastTimestamp = packet.timestamp;
    this.#jitter =
      this.#jitter === undefined
        ? firstJitter(this.#mediaMs, at)
        : nextJitter(this.#jitter, this.#mediaMs, at).state;
  }

  /** So much of our stream went out until now. */
  setSent(packets: number, octets: number): void {
    this.#packets = packets;
    this.#octets = octets;
  }

  /** A packet of ours went out. */
  sent(octets: number): void {
    this.setSent(this.#packets + 1, this.#octets + octets);
  }

  /** A compound that came; false when it is none, or not of `source` where that is given. `now`: any steady clock, ms. */
  hear(bytes: Uint8Array, now: number, source?: number): boolean {
    const read = decodeRtcp(bytes);
    if (!read.ok) return false;
    const [first] = read.value;
    if (first?.kind !== "sender-report" && first?.kind !== "receiver-report") return false;
    if (source !== undefined && first.ssrc !== source) return false;
    if (first.kind === "sender-report") this.#lastReport = { middle: middleOf(first.info), at: now };
    this.#note(read.value, now);
    return true;
  }

  #note(packets: readonly RtcpPacket[], now: number): void {
    const ours = packets.flatMap((packet) =>
      packet.kind === "sender-report" || packet.kind === "receiver-report"
        ? packet.reports.filter(({ ssrc }) => ssrc === this.ssrc)
        : [],
    );
    for (const packet of packets)
      if (packet.kind === "extended-report") this.#xr.hear(packet.blocks, packet.ssrc, now + this.#epoch);
    const sender = packets.findLast((packet) => packet.kind === "sender-report")?.info;
    const report = ours.at(-1);
    const trip =
      report === undefined
        ? undefined
        : roundTripOf(
            middleOf(ntpTimeOf(now + this.#epoch)),
            report.lastSenderReport,
            report.sinceLastSenderReport,
          );
    const arrivals = packets
      .map(decodeArrivals)
      .flatMap((read) => (read?.ok === true ? [read.value] : []))
      .at(-1);
    const before = this.#heard;
    this.#heard = {
      count: before.count + 1,
      report: report ?? before.report,
      roundTrip: Math.min(trip ?? Infinity, before.roundTrip ?? Infinity),
      sender: sender ?? before.sender,
      arrivals: arrivals ?? before.arrivals,
      asks: packets.some(asksArrivals),
    };
    if (this.#heard.roundTrip === Infinity) this.#heard = { ...this.#heard, roundTrip: undefined };
  }

  /** A compound of at most `room` octets, with `more` in it if that fits too; undefined when none fits. `now`: the clock of hear(). */
  write(
    now: number,
    timestamp: number,
    { room = Infinity, more = [] }: { readonly room?: number; readonly more?: readonly RtcpPacket[] } = {},
  ): Uint8Array | undefined {
    const info = { ...ntpTimeOf(now + this.#epoch), timestamp, packets: this.#packets, octets: this.#octets };
    const report = this.#report(now);
    const reports = report === undefined ? [] : [report];
    const description: RtcpPacket = {
      kind: "source-description",
      chunks: [{ ssrc: this.ssrc, cname: this.#cname }],
    };
    const sender: RtcpPacket = { kind: "sender-report", ssrc: this.ssrc, info, reports };
    const receiver: RtcpPacket = { kind: "receiver-report", ssrc: this.ssrc, reports };
    const blocks = this.#xr.write(this.#source, now + this.#epoch, this.#heard.roundTrip);
    const extended = (some: readonly XrBlock[]): RtcpPacket => ({
      kind: "extended-report",
      ssrc: this.ssrc,
      blocks: some,
    });
    const whole = [
      [sender, description, ...more, extended(blocks)],
      // Who answers a stream with a stream can do without asking for the time: sender reports tell as much.
      [sender, description, ...more, extended(blocks.filter(({ kind }) => kind !== "receiver-time"))],
    ]
      .map((compound) => encodeRtcp(compound))
      .find(({ length }) => length <= room);
    if (whole !== undefined) {
      this.#xr.written();
      return whole;
    }
    const compounds = [
      [sender, description, ...more],
      [receiver, description, ...more],
      [receiver, ...more],
      [sender, description],
      [receiver, description],
      [receiver],
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
      fractionLost:
        interval.expected <= 0 ? 0 : Math.min(255, Math.floor((256 * missing) / interval.expected)),
      lost: expected - this.#received,
      highest: sequence.max,
      jitter: Math.round(((this.#jitter?.jitter ?? 0) * this.#clock) / 1000),
      lastSenderReport: this.#lastReport?.middle ?? 0,
      sinceLastSenderReport: Math.round(((now - (this.#lastReport?.at ?? now)) * 65_536) / 1000),
    };
  }
}
