import { timestampsToMs } from "./jitter.ts";
import type { RtpArrival } from "./reception.ts";

/** How a sender cuts its audio, as its packets show it. */
export interface StreamPace {
  /** Audio in a packet, ms, by the timestamps. */
  readonly packetTime: number;
  /** Ticks of the timestamp per second of our clock; a usual rate where it is near one. */
  readonly clock: number;
}

const usualClocks = [8000, 16_000, 24_000, 32_000, 44_100, 48_000, 90_000] as const;
const enough = 25;

/** Of a stream in arrival order; undefined where it is too short or says nothing even. `clock`: what was agreed on. */
export function streamPace(arrivals: readonly RtpArrival[], clock: number): StreamPace | undefined {
  const timed = arrivals.filter((each) => each.timed !== false);
  const steps = timed.slice(1).flatMap((each, i) => {
    const before = timed[i];
    const next = before !== undefined && each.sequence === (before.sequence + 1) % 0x1_0000;
    return next ? [(each.timestamp - before.timestamp) | 0] : [];
  });
  const [first, last] = [timed[0], timed.at(-1)];
  if (steps.length < enough || first === undefined || last === undefined) return undefined;
  const step = steps.toSorted((a, b) => a - b)[steps.length >> 1] ?? 0;
  const ticks = timestampsToMs(
    timed.map(({ timestamp }) => timestamp),
    1000,
  );
  const rate = ((ticks.at(-1) ?? 0) * 1000) / (last.at - first.at);
  if (step <= 0 || !Number.isFinite(rate) || rate <= 0) return undefined;
  const near = [clock, ...usualClocks].find((usual) => Math.abs(rate / usual - 1) < 0.1);
  const seen = near ?? Math.round(rate);
  return { clock: seen, packetTime: Number(((1000 * step) / seen).toFixed(1)) };
}
