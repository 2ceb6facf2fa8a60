import { measureBurstGap } from "../../../protocol/rtp/burst-gap.ts";
import { rateCall, type Rating } from "../../../protocol/rtp/e-model.ts";
import { measureEcho } from "../../../protocol/rtp/echo-figures.ts";
import { measureLoopback, type MirrorTotals } from "../../../protocol/rtp/loopback-figures.ts";
import { percentile } from "../../../protocol/rtp/percentile.ts";
import { defaultBufferMs } from "../../../protocol/rtp/reception.ts";

import type { StreamLog } from "./stream-log.ts";

/** One stream that ran. */
export interface FinishedStream {
  readonly mode: "encaprtp" | "echo";
  readonly log: StreamLog;
  readonly sentAt: readonly number[];
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
  readonly reordered: number;
  readonly duplicates: number;
}

const clock = 8000;

/** Adds up the streams of a run. */
export function measureMedia(streams: readonly FinishedStream[]): MediaFigures {
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
    reordered: sum(all.map((each) => each.reordered)),
    duplicates: sum(all.map((each) => each.duplicates)),
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

function loopedFigures({ log, sentAt, totals }: FinishedStream): StreamFigures {
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

function echoFigures({ log, sentAt, totals }: FinishedStream): StreamFigures {
  const echo = measureEcho({ sentAt, arrivals: log.echoed, clock });
  const { reverse } = echo;
  const sent = totals?.sent ?? reverse.expected;
  const back = echo.returned ?? (log.echoed.length === 0 ? 0 : undefined);
  return {
    forward:
      totals === undefined
        ? undefined
        : { sent: sentAt.length, received: totals.received, late: 0, exact: true, inTime: [] },
    reverse: { ...reverse, sent, exact: totals !== undefined },
    round:
      back === undefined
        ? undefined
        : { sent: sentAt.length, received: back, late: reverse.late, exact: true, inTime: echo.inTime },
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
  };
}

/** Lost share of what was sent, percent; undefined when nothing was. */
export function lossPercent(way: WayFigures): number | undefined {
  return way.sent === 0 ? undefined : (100 * Math.max(0, way.sent - way.received)) / way.sent;
}

export interface RatedMedia {
  readonly rating: Rating;
  /** What it stands on, for people. */
  readonly basis: string;
  readonly burstRatio: number | undefined;
}

/** E-model score of the worse way. Undefined without media: there is no default score. */
export function rateMedia(figures: MediaFigures, packetTime: number): RatedMedia | undefined {
  const rtt = figures.roundTripMedian;
  if (rtt === undefined) return undefined;
  const ways = [
    ["there", figures.forward],
    ["back", figures.forward === undefined && figures.round !== undefined ? undefined : figures.reverse],
    ["there and back together (plain echo)", figures.forward === undefined ? figures.round : undefined],
  ] as const;
  const rated = ways.flatMap(([name, way]) =>
    way === undefined ? [] : [rateWay(name, way, rtt, packetTime)],
  );
  return rated.toSorted((a, b) => a.rating.r - b.rating.r)[0];
}

function rateWay(name: string, way: WayFigures, rtt: number, packetTime: number): RatedMedia {
  const loss = lossPercent(way) ?? 0;
  const late = way.sent === 0 ? 0 : (100 * way.late) / way.sent;
  const { burstRatio } = measureBurstGap(way.inTime);
  const delayMs = rtt / 2 + packetTime + defaultBufferMs;
  const rating = rateCall({
    codec: "g711-plc",
    lossPercent: Math.min(100, loss + late),
    delayMs,
    ...(burstRatio === undefined ? {} : { burstRatio }),
  });
  const bursts = burstRatio === undefined ? "" : `, burst ratio ${burstRatio.toFixed(2)}`;
  const basis =
    `E-model G.107 narrowband, G.711 with loss concealment (Ie 0, Bpl 25.1); way ${name}: ` +
    `loss ${loss.toFixed(2)} %, late ${late.toFixed(2)} %${bursts}; delay ${delayMs.toFixed(0)} ms = ` +
    `half RTT ${(rtt / 2).toFixed(1)} + packet ${packetTime} + jitter buffer ${defaultBufferMs}`;
  return { rating, basis, burstRatio };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function worst(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce((a, b) => (a === undefined || (b !== undefined && b > a) ? b : a), undefined);
}
