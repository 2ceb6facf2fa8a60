import { findMarks, markLength } from "./counted-payload.ts";
import type { RtpPacket } from "./packet.ts";
import { perSecond, type SecondFigures } from "./per-second.ts";
import { percentile } from "./percentile.ts";
import { measureReception, type Reception, type RtpArrival } from "./reception.ts";

/** One packet of the echo. */
export interface EchoArrival {
  readonly packet: RtpPacket;
  /** Receive time, monotonic ms. */
  readonly at: number;
  /** A telephone-event: its timestamp stands still while the key is down. */
  readonly event: boolean;
}

export interface EchoedStream {
  readonly sentAt: readonly number[];
  /** In arrival order. */
  readonly arrivals: readonly EchoArrival[];
  readonly clock: number;
  readonly bufferMs?: number;
  /** Numbers of ours that carried no mark, as something else stood in the audio's place: nobody can find them. */
  readonly unmarked?: ReadonlySet<number>;
}

/** What a plain echo tells: both ways as one, and the stream that comes back by its own numbers. */
export interface EchoFigures {
  /** Our marked packets found in what came back; undefined when none was (a far end that transcodes, or another tone). */
  readonly returned: number | undefined;
  /** Per marked packet of ours: came back. */
  readonly inTime: readonly boolean[];
  readonly perSecond: readonly SecondFigures[];
  /** With the far end's own buffer in it, ms, sorted. */
  readonly roundTrips: readonly number[];
  readonly roundTripMedian: number | undefined;
  readonly reverse: Reception;
}

export function measureEcho(stream: EchoedStream): EchoFigures {
  const backAt = matchMarks(stream.arrivals);
  const roundTrips = [...backAt]
    .flatMap(([number, at]) => {
      const left = stream.sentAt[number];
      return left === undefined ? [] : [at - left];
    })
    .toSorted((a, b) => a - b);
  const reverse = measureReception(
    stream.arrivals.map(arrivalOf),
    stream.bufferMs === undefined
      ? { clock: stream.clock }
      : { clock: stream.clock, bufferMs: stream.bufferMs },
  );
  const start = stream.sentAt[0] ?? 0;
  const marked = stream.sentAt.flatMap((at, number) =>
    stream.unmarked?.has(number) === true ? [] : [{ at: at - start, good: backAt.has(number) }],
  );
  return {
    returned: roundTrips.length === 0 ? undefined : roundTrips.length,
    inTime: marked.map(({ good }) => good),
    perSecond: perSecond(marked),
    roundTrips,
    roundTripMedian: percentile(roundTrips, 50),
    reverse,
  };
}

/** As reception and pace want it. */
export function arrivalOf({ packet, at, event }: EchoArrival): RtpArrival {
  const { sequence, timestamp, marker } = packet;
  return { sequence, timestamp, at, timed: !marker && !event };
}

/** When each of our numbers came back first; a mark may lie across two packets. */
function matchMarks(arrivals: readonly EchoArrival[]): Map<number, number> {
  const backAt = new Map<number, number>();
  let tail: Uint8Array = new Uint8Array();
  let next = -1;
  for (const { packet, at } of arrivals) {
    if (packet.sequence !== next) tail = new Uint8Array();
    const octets = Uint8Array.from([...tail, ...packet.payload]);
    for (const { number } of findMarks(octets)) if (!backAt.has(number)) backAt.set(number, at);
    // One octet less than a mark: a mark that ended here is not found twice.
    tail = octets.slice(Math.max(0, octets.length - markLength + 1));
    next = (packet.sequence + 1) % 0x10000;
  }
  return backAt;
}
