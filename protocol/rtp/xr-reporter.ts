import { densityOctet, measureBurstGap } from "./burst-gap.ts";
import { codecImpairments, rateCall, type RatedCodec } from "./e-model.ts";
import { middleOf, ntpTimeOf, roundTripOf } from "./ntp-time.ts";
import { defaultBufferMs } from "./reception.ts";
import type { StatisticsSummary, VoipMetrics, XrBlock } from "./rtcp-xr.ts";

/** What the far end's extended reports said. */
export interface HeardXr {
  /** Names of the blocks that came. */
  readonly blocks: ReadonlySet<XrBlock["kind"]>;
  /** The newest of each about our stream. */
  readonly metrics: VoipMetrics | undefined;
  readonly summary: StatisticsSummary | undefined;
  /** Shortest round trip by RRT and DLRR, ms. */
  readonly roundTrip: number | undefined;
}

/** XR says "unavailable" so, in levels, R and MOS (RFC 3611 4.7). */
const unavailable = 127;
const gmin = 16;
/** Packets that are looked back at, 20 minutes of them: a far end may go on for days, or leap from number to number. */
const mostKept = 65_536;
// RFC 3611 4.7.6: concealment not said, buffer of a fixed length.
const fixedBuffer = 0x20;

/** Extended reports of one stream in both directions (RFC 3611): statistics summary, VoIP metrics, RRT and DLRR. */
export class XrReporter {
  readonly #ssrc: number;
  readonly #clock: number;
  readonly #codec: RatedCodec | undefined;
  /** By extended number: it came, and whether in time. */
  #came = new Map<number, boolean>();
  #jitters: number[] = [];
  #duplicates = 0;
  #leastTransit = Infinity;
  #base = 0;
  #max = -1;
  #summed = 0;
  #packetMs = 20;
  #last: { readonly number: number; readonly sent: number } | undefined;
  #asked: { readonly ssrc: number; readonly middle: number; readonly at: number } | undefined;
  #heard: HeardXr = {
    blocks: new Set<XrBlock["kind"]>(),
    metrics: undefined,
    summary: undefined,
    roundTrip: undefined,
  };

  /** `clock`: ticks of the RTP timestamp per second; `codec`: of the stream that comes, for its R and MOS. */
  constructor(ssrc: number, clock: number, codec?: RatedCodec) {
    this.#ssrc = ssrc;
    this.#clock = clock;
    this.#codec = codec;
  }

  get heard(): HeardXr {
    return this.#heard;
  }

  /** Another stream comes from now on. */
  restart(): void {
    this.#came = new Map();
    this.#jitters = [];
    this.#duplicates = 0;
    this.#leastTransit = Infinity;
    this.#max = -1;
    this.#last = undefined;
  }

  /** A packet: its number on a scale without wraps, media time and arrival in ms, and RFC 3550 jitter after it. */
  take(number: number, sent: number, at: number, jitter: number): void {
    if (this.#max < 0) [this.#base, this.#summed] = [number, number];
    if (this.#came.has(number)) {
      this.#duplicates += 1;
      return;
    }
    const transit = at - sent;
    this.#leastTransit = Math.min(this.#leastTransit, transit);
    this.#came.set(number, transit - this.#leastTransit <= defaultBufferMs);
    this.#base = Math.min(this.#base, number);
    this.#max = Math.max(this.#max, number);
    for (; this.#max - this.#base >= mostKept; this.#base += 1) this.#came.delete(this.#base);
    if (this.#jitters.length >= mostKept) this.#jitters = this.#jitters.slice(mostKept / 2);
    this.#jitters.push((jitter * this.#clock) / 1000);
    if (this.#last?.number === number - 1 && sent > this.#last.sent) this.#packetMs = sent - this.#last.sent;
    this.#last = { number, sent };
  }

  /** Blocks of the far end, whose SSRC is `from`. `now`: ms since 1970, or any steady clock that write() gets too. */
  hear(blocks: readonly XrBlock[], from: number, now: number): void {
    for (const block of blocks) {
      const { heard } = this;
      const names = new Set([...heard.blocks, block.kind]);
      this.#heard = { ...heard, blocks: names };
      if (block.kind === "receiver-time") this.#asked = { ssrc: from, middle: middleOf(block), at: now };
      else if (block.kind === "since-receiver-time") {
        const entry = block.entries.find(({ ssrc }) => ssrc === this.#ssrc);
        const trip =
          entry === undefined ? undefined : roundTripOf(middleOf(ntpTimeOf(now)), entry.last, entry.since);
        if (trip !== undefined)
          this.#heard = { ...this.#heard, roundTrip: Math.min(trip, heard.roundTrip ?? Infinity) };
      } else if (block.kind === "voip-metrics" && block.metrics.ssrc === this.#ssrc)
        this.#heard = { ...this.#heard, metrics: block.metrics };
      else if (block.kind === "statistics-summary" && block.summary.ssrc === this.#ssrc)
        this.#heard = { ...this.#heard, summary: block.summary };
    }
  }

  /**
   * The next report about `source`; its statistics are of the time since the last one that went out. `roundTrip`: what SR told,
   * ms. Nobody asked for the time yet: then its DLRR is empty, and with RRT as long as one that answers.
   */
  write(source: number | undefined, now: number, roundTrip: number | undefined): XrBlock[] {
    const blocks: XrBlock[] = [{ kind: "receiver-time", ...ntpTimeOf(now) }];
    blocks.push({ kind: "since-receiver-time", entries: this.#answers(now) });
    if (source === undefined || this.#max < 0) return blocks;
    blocks.push(
      { kind: "statistics-summary", summary: this.#summary(source) },
      { kind: "voip-metrics", metrics: this.#metrics(source, roundTrip ?? this.#heard.roundTrip) },
    );
    return blocks;
  }

  /** What write() gave went out: the next statistics begin after it. */
  written(): void {
    [this.#summed, this.#jitters, this.#duplicates] = [this.#max + 1, [], 0];
  }

  #answers(now: number) {
    if (this.#asked === undefined) return [];
    const { ssrc, middle, at } = this.#asked;
    return [{ ssrc, last: middle, since: Math.round(((now - at) * 65_536) / 1000) }];
  }

  #summary(source: number): StatisticsSummary {
    const [begin, end] = [Math.max(this.#summed, this.#base), this.#max + 1];
    const lost = this.#map(begin).filter(({ came }) => !came).length;
    const jitters = this.#jitters.length === 0 ? [0] : this.#jitters;
    const mean = jitters.reduce((a, b) => a + b, 0) / jitters.length;
    const variance = jitters.reduce((sum, each) => sum + (each - mean) ** 2, 0) / jitters.length;
    return {
      ssrc: source,
      begin,
      end,
      lost,
      duplicates: this.#duplicates,
      jitterMin: Math.round(jitters.reduce((a, b) => Math.min(a, b))),
      jitterMax: Math.round(jitters.reduce((a, b) => Math.max(a, b))),
      jitterMean: Math.round(mean),
      jitterDeviation: Math.round(Math.sqrt(variance)),
    };
  }

  #map(from: number) {
    return Array.from({ length: Math.max(0, this.#max + 1 - from) }, (_, i) => {
      const inTime = this.#came.get(from + i);
      return { came: inTime !== undefined, inTime: inTime === true };
    });
  }

  #metrics(source: number, roundTrip: number | undefined): VoipMetrics {
    const map = this.#map(this.#base);
    const lost = map.filter(({ came }) => !came).length;
    const late = map.filter(({ came, inTime }) => came && !inTime).length;
    const { burst, gap, burstRatio } = measureBurstGap(map.map(({ inTime }) => inTime));
    const share = (count: number) => Math.min(255, Math.floor((256 * count) / map.length));
    const mean = ({ packets, count }: typeof burst) =>
      count === 0 ? 0 : Math.min(0xffff, Math.round((packets * this.#packetMs) / count));
    const ownDelay = Math.round(this.#packetMs + defaultBufferMs);
    return {
      ssrc: source,
      lossRate: share(lost),
      discardRate: share(late),
      burstDensity: densityOctet(burst),
      gapDensity: densityOctet(gap),
      burstDuration: mean(burst),
      gapDuration: mean(gap),
      roundTrip: Math.min(0xffff, Math.round(roundTrip ?? 0)),
      endSystemDelay: ownDelay,
      signalLevel: unavailable,
      noiseLevel: unavailable,
      echoReturnLoss: unavailable,
      gmin,
      ...this.#scores((100 * (lost + late)) / map.length, (roundTrip ?? 0) / 2 + ownDelay, burstRatio),
      externalR: unavailable,
      receiverConfig: fixedBuffer,
      bufferNominal: defaultBufferMs,
      bufferMax: defaultBufferMs,
      bufferAbsoluteMax: defaultBufferMs,
    };
  }

  /** R goes up to 100 here (RFC 3611 4.7.5): that of a wider scale has no place. */
  #scores(lossPercent: number, delayMs: number, burstRatio: number | undefined) {
    const codec = this.#codec;
    if (codec === undefined)
      return { rFactor: unavailable, mosListening: unavailable, mosConversational: unavailable };
    const rate = (delay: number) =>
      rateCall({ codec, lossPercent, delayMs: delay, ...(burstRatio === undefined ? {} : { burstRatio }) });
    const talking = rate(delayMs);
    const narrow = codecImpairments[codec].scale === "narrowband";
    return {
      rFactor: narrow ? Math.max(0, Math.round(talking.r)) : unavailable,
      mosListening: Math.round(10 * rate(0).mos),
      mosConversational: Math.round(10 * talking.mos),
    };
  }
}
