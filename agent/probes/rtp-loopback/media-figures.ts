import { measureBurstGap, type BurstGap } from "../../../protocol/rtp/burst-gap.ts";
import { clockDrift } from "../../../protocol/rtp/clock-drift.ts";
import { codecImpairments, rateCall, type Rating } from "../../../protocol/rtp/e-model.ts";
import { timestampsToMs } from "../../../protocol/rtp/jitter.ts";
import { mediaCodecs, type MediaCodecName } from "../../../protocol/rtp/media-codec.ts";
import { arrivalOf, measureEcho } from "../../../protocol/rtp/echo-figures.ts";
import { measureLoopback, type MirrorTotals } from "../../../protocol/rtp/loopback-figures.ts";
import { oneWayDelay, type OneWayDelay } from "../../../protocol/rtp/one-way-delay.ts";
import { addSeconds, type SecondFigures } from "../../../protocol/rtp/per-second.ts";
import { percentile } from "../../../protocol/rtp/percentile.ts";
import { streamPace, type StreamPace } from "../../../protocol/rtp/stream-pace.ts";
import type { KeyPlan } from "../../../protocol/rtp/telephone-event.ts";
import { defaultBufferMs } from "../../../protocol/rtp/reception.ts";

import type { StreamLog } from "./stream-log.ts";

/** One stream that ran. */
export interface FinishedStream {
  readonly mode: "encaprtp" | "echo";
  /** Ticks of the RTP timestamp per second. */
  readonly clock: number;
  /** RTP ports, here and there. */
  readonly port: number;
  readonly farPort: number;
  readonly log: StreamLog;
  readonly sentAt: readonly number[];
  /** With those that push the last ones out of an echo's buffer. */
  readonly sentInAll: number;
  /** Keys that were sent among the audio. */
  readonly keys: KeyPlan;
  /** The far end's own, from its answer to BYE. */
  readonly totals: MirrorTotals | undefined;
}

/** One direction, or both as one. Counts are sums over all streams. */
export interface WayFigures {
  readonly sent: number;
  readonly received: number;
  readonly late: number;
  /** Loss seen is exact: the far end told its totals. */
  readonly exact: boolean;
  readonly inTime: readonly boolean[];
  readonly perSecond: readonly SecondFigures[];
}

/** What all streams of a run come to. Ways that nobody could tell apart are undefined. */
export interface MediaFigures {
  readonly mode: "encaprtp" | "echo";
  readonly sent: number;
  /** Packets that came back; when none of ours did, the openers, which show that the way back is open. */
  readonly heard: number;
  /** How many of `heard` are openers. */
  readonly openers: number;
  /** Places that media came from and nobody announced. */
  readonly otherSources: readonly string[];
  readonly forward: WayFigures | undefined;
  readonly reverse: WayFigures;
  /** Both ways as one; of an echo. */
  readonly round: WayFigures | undefined;
  /** Of the worst stream, ms. */
  readonly jitterForward: number | undefined;
  readonly jitterReverse: number | undefined;
  readonly roundTripMedian: number | undefined;
  readonly roundTripP95: number | undefined;
  /** By the wall clocks of both hosts, whatever these are worth; the middle of all streams. */
  readonly oneWay: OneWayDelay | undefined;
  readonly reordered: number;
  readonly duplicates: number;
  /** The far end's clock against ours: the middle of all streams, as they share both clocks. */
  readonly driftPpm: number | undefined;
  /** Audio that did not come back before the first that did, ms; undefined when none came. */
  readonly missingAtStart: number | undefined;
  /** Audio ended so long after its start while ours went on, ms. */
  readonly stoppedAt: number | undefined;
  /** How the far end cuts its own audio; of a plain echo, the first stream. */
  readonly pace: StreamPace | undefined;
  /** Per stream: had it audio back? */
  readonly ports: readonly { readonly port: number; readonly farPort: number; readonly heard: boolean }[];
}

/** Adds up the streams of a run. */
export function measureMedia(streams: readonly FinishedStream[], packetTime: number): MediaFigures {
  const all = streams.map((stream) =>
    stream.mode === "encaprtp" ? loopedFigures(stream) : echoFigures(stream),
  );
  const trips = all.flatMap(({ roundTrips }) => roundTrips).toSorted((a, b) => a - b);
  const back = sum(streams.map(({ log }) => log.received));
  const openers = back === 0 ? sum(streams.map(({ log }) => log.openers)) : 0;
  const reverse = addWays(all.map((each) => each.reverse));
  const forward = all.flatMap((each) => (each.forward === undefined ? [] : [each.forward]));
  const round = all.flatMap((each) => (each.round === undefined ? [] : [each.round]));
  return {
    mode: streams.every(({ mode }) => mode === "encaprtp") ? "encaprtp" : "echo",
    sent: sum(streams.map(({ sentAt }) => sentAt.length)),
    heard: back + openers,
    otherSources: streams.flatMap(({ log }) => (log.otherSource === undefined ? [] : [log.otherSource])),
    openers,
    forward: forward.length === all.length ? addWays(forward) : undefined,
    reverse,
    round: round.length === all.length ? addWays(round) : undefined,
    jitterForward: worst(all.map((each) => each.jitterForward)),
    jitterReverse: worst(all.map((each) => each.jitterReverse)),
    roundTripMedian: percentile(trips, 50),
    roundTripP95: percentile(trips, 95),
    oneWay: oneWayOf(streams),
    reordered: sum(all.map((each) => each.reordered)),
    duplicates: sum(all.map((each) => each.duplicates)),
    driftPpm: percentile(
      streams.flatMap((stream) => driftOf(stream) ?? []).toSorted((a, b) => a - b),
      50,
    ),
    ...spanOf(streams, packetTime),
    pace: paceOfEcho(streams[0]),
    ports: streams.map(({ port, farPort, log }) => ({ port, farPort, heard: log.received > 0 })),
  };
}

function paceOfEcho(stream: FinishedStream | undefined): StreamPace | undefined {
  if (stream === undefined || stream.log.echoed.length === 0) return undefined;
  return streamPace(stream.log.echoed.map(arrivalOf), stream.clock);
}

const furthestPpm = 50_000;

function oneWayOf(streams: readonly FinishedStream[]): OneWayDelay | undefined {
  const all = streams.flatMap(({ log, sentAt, clock }) => {
    const { sender: report } = log.reporter.heard;
    const { epoch } = log;
    return report === undefined ? [] : (oneWayDelay(log.looped, sentAt, { report, clock, epoch }) ?? []);
  });
  const middle = (values: readonly number[]) =>
    percentile(
      values.toSorted((a, b) => a - b),
      50,
    );
  const forward = middle(all.map((each) => each.forward));
  const reverse = middle(all.map((each) => each.reverse));
  return forward === undefined || reverse === undefined ? undefined : { forward, reverse };
}

function driftOf({ log, clock }: FinishedStream): number | undefined {
  const looped = log.looped.map(({ outerTimestamp, at }) => ({ timestamp: outerTimestamp, at }));
  const echoed = log.echoed
    .filter(({ event }) => !event)
    .map(({ packet, at }) => ({ timestamp: packet.timestamp, at }));
  const arrivals = looped.length > 0 ? looped : echoed;
  const sent = timestampsToMs(
    arrivals.map(({ timestamp }) => timestamp),
    clock,
  );
  const ppm = clockDrift(
    sent,
    arrivals.map(({ at }) => at),
  );
  // Further off no clock runs: these are timestamps of another rate, which the pace tells.
  return ppm === undefined || Math.abs(ppm) > furthestPpm ? undefined : ppm;
}

// A pause at the end that is longer than any loss in a row: something closed.
const stoppedMs = 2000;

/** What is common to all streams that had audio back: the least that is missing, and the last that stopped. */
function spanOf(streams: readonly FinishedStream[], packetTime: number) {
  const spans = streams.flatMap((stream) => spanOfOne(stream, packetTime) ?? []);
  if (spans.length === 0) return { missingAtStart: undefined, stoppedAt: undefined };
  const missing = spans.flatMap((span) => span.missing ?? []);
  const stopped = spans.flatMap((span) => span.stopped ?? []);
  return {
    missingAtStart: missing.length === 0 ? undefined : Math.min(...missing),
    stoppedAt: stopped.length < spans.length ? undefined : Math.max(...stopped),
  };
}

function spanOfOne({ log, sentAt }: FinishedStream, packetTime: number) {
  const [first, last] = [log.looped[0] ?? log.echoed[0], log.looped.at(-1) ?? log.echoed.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const [begin = 0, end = 0] = [sentAt[0], sentAt.at(-1)];
  return {
    missing: "index" in first ? first.index * packetTime : undefined,
    stopped: end - last.at > stoppedMs ? last.at - begin : undefined,
  };
}

interface StreamFigures {
  readonly forward: WayFigures | undefined;
  readonly reverse: WayFigures;
  readonly round: WayFigures | undefined;
  readonly jitterForward: number | undefined;
  readonly jitterReverse: number | undefined;
  readonly roundTrips: readonly number[];
  readonly reordered: number;
  readonly duplicates: number;
}

function loopedFigures({ log, sentAt, totals, clock }: FinishedStream): StreamFigures {
  const figures = measureLoopback({
    sentAt,
    arrivals: log.looped,
    clock,
    ...(totals === undefined ? {} : { totals }),
  });
  // Nothing came back and the far end told nothing: what it got is not known, which is not the same as none.
  const known = totals !== undefined || log.looped.length > 0;
  return {
    forward: known ? figures.forward : undefined,
    reverse: figures.reverse,
    round: undefined,
    jitterForward: figures.forward.jitter,
    jitterReverse: figures.reverse.jitter,
    roundTrips: figures.roundTrips,
    reordered: figures.reordered,
    duplicates: figures.duplicates,
  };
}

function echoFigures({ log, sentAt, sentInAll, totals, clock, keys }: FinishedStream): StreamFigures {
  const unmarked = new Set(keys.packets.map(({ number }) => number));
  const echo = measureEcho({ sentAt, arrivals: log.echoed, clock, unmarked });
  const { reverse } = echo;
  const sent = totals?.sent ?? reverse.expected;
  const back = echo.returned ?? (log.echoed.length === 0 ? 0 : undefined);
  return {
    forward:
      totals === undefined
        ? undefined
        : { sent: sentInAll, received: totals.received, late: 0, exact: true, inTime: [], perSecond: [] },
    reverse: { ...reverse, sent, exact: totals !== undefined },
    round:
      back === undefined
        ? undefined
        : {
            sent: echo.inTime.length,
            received: back,
            late: reverse.late,
            exact: true,
            inTime: echo.inTime,
            perSecond: echo.perSecond,
          },
    jitterForward: undefined,
    jitterReverse: log.echoed.length > 1 ? reverse.jitter : undefined,
    roundTrips: echo.roundTrips,
    reordered: reverse.reordered,
    duplicates: reverse.duplicates,
  };
}

function addWays(ways: readonly WayFigures[]): WayFigures {
  return {
    sent: sum(ways.map((way) => way.sent)),
    received: sum(ways.map((way) => way.received)),
    late: sum(ways.map((way) => way.late)),
    exact: ways.every((way) => way.exact),
    inTime: ways.flatMap((way) => way.inTime),
    perSecond: addSeconds(ways.map((way) => way.perSecond)),
  };
}

/** Lost share of what was sent, percent; undefined when nothing was. */
export function lossPercent(way: WayFigures): number | undefined {
  return way.sent === 0 ? undefined : (100 * Math.max(0, way.sent - way.received)) / way.sent;
}

export interface RatedMedia {
  readonly way: "fwd" | "rev" | "round";
  readonly rating: Rating;
  /** What it stands on, for people. */
  readonly basis: string;
  readonly burst: BurstGap;
  /** The codec's figures are published for this scale; else the score is an estimate. */
  readonly grounded: boolean;
}

interface Rated {
  readonly packetTime: number;
  readonly codec: MediaCodecName;
}

/** E-model score of each way that can be told. None without media: there is no default score. */
export function rateMedia(figures: MediaFigures, parts: Rated): RatedMedia[] {
  const rtt = figures.roundTripMedian;
  if (rtt === undefined) return [];
  const apart = figures.forward !== undefined || figures.round === undefined;
  const ways = [
    ["fwd", figures.forward],
    ["rev", apart ? figures.reverse : undefined],
    ["round", apart ? undefined : figures.round],
  ] as const;
  return ways.flatMap(([name, way]) => (way === undefined ? [] : [rateWay(name, way, rtt, parts)]));
}

const wayNames = { fwd: "there", rev: "back", round: "there and back together (plain echo)" } as const;

function rateWay(name: RatedMedia["way"], way: WayFigures, rtt: number, parts: Rated): RatedMedia {
  const loss = lossPercent(way) ?? 0;
  const late = way.sent === 0 ? 0 : (100 * way.late) / way.sent;
  const burst = measureBurstGap(way.inTime);
  const { burstRatio } = burst;
  const { packetTime } = parts;
  const codec = mediaCodecs[parts.codec].rated;
  const known = codecImpairments[codec];
  const delayMs = rtt / 2 + packetTime + defaultBufferMs;
  const rating = rateCall({
    codec,
    lossPercent: Math.min(100, loss + late),
    delayMs,
    ...(burstRatio === undefined ? {} : { burstRatio }),
  });
  const bursts = burstRatio === undefined ? "" : `, burst ratio ${burstRatio.toFixed(2)}`;
  const basis =
    `E-model G.107 ${known.scale}, ${known.name} (Ie ${known.ie}, Bpl ${known.bpl}${known.published ? "" : ", not published: an estimate"}); ` +
    `way ${wayNames[name]}: loss ${loss.toFixed(2)} %, late ${late.toFixed(2)} %${bursts}; delay ${delayMs.toFixed(0)} ms = ` +
    `half RTT ${(rtt / 2).toFixed(1)} + packet ${packetTime} + jitter buffer ${defaultBufferMs}`;
  return { way: name, rating, basis, burst, grounded: known.published };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function worst(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce((a, b) => (a === undefined || (b !== undefined && b > a) ? b : a), undefined);
}
