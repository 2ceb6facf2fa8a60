import { firstJitter, nextJitter, timestampsToMs } from "./jitter.ts";
import { perSecond, type SecondFigures } from "./per-second.ts";
import { percentile } from "./percentile.ts";
import { firstSequence, nextSequence, type SequenceState } from "./sequence.ts";

/** One packet as it came in. */
export interface RtpArrival {
  readonly sequence: number;
  readonly timestamp: number;
  /** Receive time, monotonic ms. */
  readonly at: number;
  /**
   * False for packets whose timestamp does not follow the media clock: telephone-event, comfort noise, marker packets
   * after silence. They count, and stay out of jitter and delay, as Wireshark does it.
   */
  readonly timed?: boolean;
}

export interface ReceptionOptions {
  /** Ticks of the RTP timestamp per second. */
  readonly clock: number;
  /** The jitter buffer that lateness is judged against, ms. */
  readonly bufferMs?: number;
}

/** The usual fixed jitter buffer of a desk phone, ms; `late` is judged by it. */
export const defaultBufferMs = 60;

export interface Spread {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** What the receiver of one stream can say about it. Times in ms. */
export interface Reception {
  /** Different packets that came. */
  readonly received: number;
  /** Highest number − lowest + 1: what is lost before the first or after the last packet is not seen. */
  readonly expected: number;
  readonly lost: number;
  readonly duplicates: number;
  /** Packets that came after one with a higher number. */
  readonly reordered: number;
  readonly restarts: number;
  readonly strays: number;
  /** RFC 3550 jitter after the last packet. */
  readonly jitter: number;
  /** |D| of successive packets. */
  readonly deviation: Spread;
  /** Delay above the quickest packet (RFC 5481 PDV). */
  readonly delayVariation: Spread;
  /** Packets later than the buffer, counted from the quickest packet. */
  readonly late: number;
  /** One entry per expected packet: true where it came in time for the buffer. */
  readonly inTime: readonly boolean[];
  readonly perSecond: readonly SecondFigures[];
}

interface Placed {
  readonly extended: number;
  readonly arrival: RtpArrival;
}

/** All arrivals of one stream (one SSRC), in arrival order, to its figures. */
export function measureReception(arrivals: readonly RtpArrival[], options: ReceptionOptions): Reception {
  const { placed, sequence, duplicates, reordered } = place(arrivals);
  const timed = placed.filter(({ arrival }) => arrival.timed !== false);
  const sent = timestampsToMs(
    timed.map(({ arrival }) => arrival.timestamp),
    options.clock,
  );
  const timing = measureTiming(
    sent,
    timed.map(({ arrival }) => arrival.at),
  );
  const buffer = options.bufferMs ?? defaultBufferMs;
  const lateNumbers = new Set(
    timed.filter((_, i) => (timing.delays[i] ?? 0) > buffer).map((p) => p.extended),
  );
  const expected = sequence === undefined ? 0 : sequence.max - sequence.base + 1;
  const inTime = Array.from({ length: expected }, () => false);
  for (const { extended } of placed) inTime[extended - (sequence?.base ?? 0)] = !lateNumbers.has(extended);
  return {
    received: placed.length,
    expected,
    lost: expected - placed.length,
    duplicates,
    reordered,
    restarts: sequence?.restarts ?? 0,
    strays: sequence?.strays ?? 0,
    jitter: timing.jitter,
    deviation: timing.deviation,
    delayVariation: spread(timing.delays),
    late: lateNumbers.size,
    inTime,
    perSecond: secondsOf(placed, timed, timing.jitters, inTime, sequence?.base ?? 0),
  };
}

/** What did not come stands in the second of what came before it. */
function secondsOf(
  placed: readonly Placed[],
  timed: readonly Placed[],
  jitters: readonly number[],
  inTime: readonly boolean[],
  base: number,
): SecondFigures[] {
  const start = placed[0]?.arrival.at ?? 0;
  const cameAt = new Map(placed.map(({ extended, arrival }) => [extended - base, arrival.at - start]));
  const jitterOf = new Map(timed.map(({ extended }, i) => [extended - base, jitters[i]]));
  let at = 0;
  return perSecond(
    inTime.map((good, i) => {
      at = cameAt.get(i) ?? at;
      return { at, good, jitter: jitterOf.get(i) };
    }),
  );
}

function place(arrivals: readonly RtpArrival[]) {
  const placed: Placed[] = [];
  const seen = new Set<number>();
  let sequence: SequenceState | undefined;
  let duplicates = 0;
  let reordered = 0;
  for (const arrival of arrivals) {
    const before = sequence?.max ?? -1;
    const step =
      sequence === undefined
        ? { state: firstSequence(arrival.sequence), extended: arrival.sequence }
        : nextSequence(sequence, arrival.sequence);
    sequence = step.state;
    if (step.extended === undefined) continue;
    if (seen.has(step.extended)) {
      duplicates += 1;
      continue;
    }
    if (step.extended < before) reordered += 1;
    seen.add(step.extended);
    placed.push({ extended: step.extended, arrival });
  }
  return { placed, sequence, duplicates, reordered };
}

/** Jitter and delay of packets sent and received at these times (ms, two clocks that need not agree). */
export function measureTiming(sent: readonly number[], received: readonly number[]) {
  let state = firstJitter(sent[0] ?? 0, received[0] ?? 0);
  const deviations: number[] = [];
  const jitters = sent.length === 0 ? [] : [0];
  for (let i = 1; i < sent.length; i += 1) {
    const step = nextJitter(state, sent[i] ?? 0, received[i] ?? 0);
    state = step.state;
    deviations.push(Math.abs(step.deviation));
    jitters.push(state.jitter);
  }
  const transits = received.map((at, i) => at - (sent[i] ?? 0));
  const least = transits.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const delays = transits.map((transit) => transit - least);
  return { jitter: state.jitter, jitters, deviation: spread(deviations), delays };
}

function spread(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).toSorted();
  const at = (p: number) => percentile(sorted, p) ?? 0;
  return { p50: at(50), p95: at(95), p99: at(99), max: at(100) };
}
