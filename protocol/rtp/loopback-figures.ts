import { measureTiming, defaultBufferMs } from "./reception.ts";
import { firstSequence, nextSequence } from "./sequence.ts";
import { perSecond, type SecondFigures } from "./per-second.ts";
import { percentile } from "./percentile.ts";
import { timestampsToMs } from "./jitter.ts";

// Loss and jitter of each direction from packets that a mirror sent back by encaprtp (RFC 6849 7.1), without clocks that
// agree and without trusting the far end's RTCP.

/** One packet that came back. */
export interface LoopedArrival {
  readonly outerSequence: number;
  readonly outerTimestamp: number;
  readonly receiveTimestamp: number;
  /** Which of our packets it is: 0 for the first sent. */
  readonly index: number;
  /** Receive time here, monotonic ms. */
  readonly at: number;
}

/** What the mirror counted itself; with it, loss before the first and after the last packet back is known too. */
export interface MirrorTotals {
  /** Different packets of ours that it got. */
  readonly received: number;
  readonly sent: number;
}

export interface LoopedStream {
  /** When each packet really left, monotonic ms: jitter is judged against this, not against the nominal pace. */
  readonly sentAt: readonly number[];
  /** In arrival order. */
  readonly arrivals: readonly LoopedArrival[];
  readonly clock: number;
  readonly totals?: MirrorTotals;
  readonly bufferMs?: number;
}

export interface DirectionFigures {
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  /** False without the mirror's totals: then loss back may be more than this, and loss there less. */
  readonly exact: boolean;
  /** RFC 3550 jitter, ms; undefined with fewer than two packets. */
  readonly jitter: number | undefined;
  /** True where the packet came, in time for the buffer. */
  readonly inTime: readonly boolean[];
  /** Packets later than the buffer. */
  readonly late: number;
  readonly perSecond: readonly SecondFigures[];
}

export interface LoopbackFigures {
  readonly forward: DirectionFigures;
  readonly reverse: DirectionFigures;
  /** Out of order and twice, as seen here, both ways together. */
  readonly reordered: number;
  readonly duplicates: number;
  /** Round trips without the mirror's own time, ms, sorted; half of one is no one-way delay. */
  readonly roundTrips: readonly number[];
  readonly roundTripMedian: number | undefined;
}

/** Figures of each direction (DESIGN: loss is told apart, one-way audio is decided on it). */
export function measureLoopback(stream: LoopedStream): LoopbackFigures {
  const { placed, base, max, duplicates, reordered } = placeOuter(stream.arrivals);
  const seenSpan = placed.length === 0 ? 0 : max - base + 1;
  const mirrorSent = Math.max(stream.totals?.sent ?? 0, seenSpan);
  const mirrorGot = stream.totals?.received ?? seenSpan;
  const sent = stream.sentAt.length;
  const forwardReceived = Math.min(mirrorGot, sent);
  const exact = stream.totals !== undefined;
  const timing = timings(stream, placed);
  const buffer = stream.bufferMs ?? defaultBufferMs;
  const lateForward = placed.filter((_, i) => (timing.forward.delays[i] ?? 0) > buffer);
  const lateReverse = placed.filter((_, i) => (timing.reverse.delays[i] ?? 0) > buffer);
  const roundTrips = trips(stream, placed);
  const enough = placed.length > 1;
  const forwardInTime = forwardMap(sent, placed, new Set(lateForward.map((p) => p.arrival.index)));
  const reverseInTime = reverseMap(base, seenSpan, placed, new Set(lateReverse.map((p) => p.outer)));
  return {
    forward: {
      sent,
      received: forwardReceived,
      lost: sent - forwardReceived,
      exact,
      jitter: enough ? timing.forward.jitter : undefined,
      inTime: forwardInTime,
      late: lateForward.length,
      perSecond: forwardSeconds(stream, placed, timing.forward.jitters, forwardInTime),
    },
    reverse: {
      sent: mirrorSent,
      received: placed.length,
      lost: mirrorSent - placed.length,
      exact,
      jitter: enough ? timing.reverse.jitter : undefined,
      inTime: reverseInTime,
      late: lateReverse.length,
      perSecond: reverseSeconds(stream, placed, timing.reverse.jitters, reverseInTime, base),
    },
    reordered,
    duplicates,
    roundTrips,
    roundTripMedian: percentile(roundTrips, 50),
  };
}

interface PlacedLoop {
  /** The outer sequence number, on a scale that never wraps. */
  readonly outer: number;
  readonly arrival: LoopedArrival;
}

function placeOuter(arrivals: readonly LoopedArrival[]) {
  const first = arrivals[0];
  const placed: PlacedLoop[] = [];
  let state = firstSequence(first?.outerSequence ?? 0);
  const seen = new Set<number>();
  const copies = new Set<number>();
  let [duplicates, reordered] = [0, 0];
  for (const arrival of arrivals) {
    const before = state.max;
    const step = nextSequence(state, arrival.outerSequence);
    state = step.state;
    const outer = step.extended;
    if (outer === undefined) continue;
    if (seen.has(outer)) {
      duplicates += 1;
      continue;
    }
    seen.add(outer);
    // A packet doubled on the way there comes back in two outer packets: both count for the way back.
    if (copies.has(arrival.index)) duplicates += 1;
    copies.add(arrival.index);
    if (outer < before) reordered += 1;
    placed.push({ outer, arrival });
  }
  return { placed, base: state.base, max: state.max, duplicates, reordered };
}

function timings(stream: LoopedStream, placed: readonly PlacedLoop[]) {
  // The mirror answers in the order of its arrivals, so that outer order is the forward direction's arrival order.
  const byOuter = placed.toSorted((a, b) => a.outer - b.outer);
  const mirrorGot = timestampsToMs(
    byOuter.map((p) => p.arrival.receiveTimestamp),
    stream.clock,
  );
  const left = byOuter.map((p) => stream.sentAt[p.arrival.index] ?? 0);
  const forwardSorted = measureTiming(left, mirrorGot);
  const place = new Map(byOuter.map((p, i) => [p.outer, i]));
  const inArrivalOrder = (values: readonly number[]) =>
    placed.map((p) => values[place.get(p.outer) ?? 0] ?? 0);
  const forward = {
    jitter: forwardSorted.jitter,
    jitters: inArrivalOrder(forwardSorted.jitters),
    delays: inArrivalOrder(forwardSorted.delays),
  };
  const mirrorSent = timestampsToMs(
    placed.map((p) => p.arrival.outerTimestamp),
    stream.clock,
  );
  const reverse = measureTiming(
    mirrorSent,
    placed.map((p) => p.arrival.at),
  );
  return { forward, reverse };
}

function trips(stream: LoopedStream, placed: readonly PlacedLoop[]): number[] {
  // Two random offsets: the quickest turn-round of the mirror is taken for none, which errs by that much.
  const turns = placed.map(({ arrival }) => (arrival.outerTimestamp - arrival.receiveTimestamp) | 0);
  const origin = turns[0] ?? 0;
  const relative = turns.map((turn) => (turn - origin) | 0);
  const least = relative.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const found = placed.flatMap(({ arrival }, i) => {
    const left = stream.sentAt[arrival.index];
    if (left === undefined) return [];
    const inMirror = (((relative[i] ?? 0) - least) * 1000) / stream.clock;
    return [Math.max(0, arrival.at - left - inMirror)];
  });
  return found.toSorted((a, b) => a - b);
}

/**
 * Our packets: did they reach the mirror in time? A packet that did not come back is lost forward unless the outer
 * numbers beside it show that the way back lost it; where both happened in one hole, the first ones are called forward.
 */
function forwardMap(sent: number, placed: readonly PlacedLoop[], late: ReadonlySet<number>): boolean[] {
  const map = Array.from({ length: sent }, () => false);
  const byIndex = placed.toSorted((a, b) => a.arrival.index - b.arrival.index);
  let previous: PlacedLoop | undefined;
  for (const current of byIndex) {
    const { index } = current.arrival;
    map[index] = !late.has(index);
    if (previous !== undefined) {
      const missing = Math.max(0, index - previous.arrival.index - 1);
      const lostBack = Math.max(0, current.outer - previous.outer - 1);
      for (let i = 0; i < Math.min(missing, lostBack); i += 1) map[index - 1 - i] = true;
    }
    previous = current;
  }
  return map;
}

function reverseMap(
  base: number,
  span: number,
  placed: readonly PlacedLoop[],
  late: ReadonlySet<number>,
): boolean[] {
  const map = Array.from({ length: span }, () => false);
  for (const { outer } of placed) map[outer - base] = !late.has(outer);
  return map;
}

function forwardSeconds(
  { sentAt }: LoopedStream,
  placed: readonly PlacedLoop[],
  jitters: readonly number[],
  inTime: readonly boolean[],
): SecondFigures[] {
  const jitterOf = new Map(placed.map((p, i) => [p.arrival.index, jitters[i]]));
  const start = sentAt[0] ?? 0;
  return perSecond(
    inTime.map((good, i) => ({ at: (sentAt[i] ?? start) - start, good, jitter: jitterOf.get(i) })),
  );
}

/** By the second in which our packet left that came back in it; what did not come stands beside what came before it. */
function reverseSeconds(
  { sentAt }: LoopedStream,
  placed: readonly PlacedLoop[],
  jitters: readonly number[],
  inTime: readonly boolean[],
  base: number,
): SecondFigures[] {
  const of = new Map(placed.map((p, i) => [p.outer - base, { index: p.arrival.index, jitter: jitters[i] }]));
  const start = sentAt[0] ?? 0;
  let at = 0;
  return perSecond(
    inTime.map((good, i) => {
      const came = of.get(i);
      at = came === undefined ? at : (sentAt[came.index] ?? start) - start;
      return { at, good, jitter: came?.jitter };
    }),
  );
}
