/** One packet as a chart wants it. */
export interface ChartSample {
  /** ms since the start. */
  readonly at: number;
  /** It came, and in time for the buffer. */
  readonly good: boolean;
  /** RFC 3550 jitter after it, ms; of packets that came. */
  readonly jitter?: number | undefined;
}

/** One second of one direction. */
export interface SecondFigures {
  readonly packets: number;
  /** Lost, or too late to be played. */
  readonly lost: number;
  /** Highest in this second, ms; undefined when nothing came. */
  readonly jitter: number | undefined;
}

/** Gathers packets by the second, from the first second to the last. */
export function perSecond(samples: readonly ChartSample[]): SecondFigures[] {
  const seconds: SecondFigures[] = [];
  for (const { at, good, jitter } of samples) {
    const second = Math.max(0, Math.floor(at / 1000));
    while (seconds.length <= second) seconds.push(nothing);
    const before = seconds[second] ?? nothing;
    seconds[second] = addSecond(before, { packets: 1, lost: good ? 0 : 1, jitter });
  }
  return seconds;
}

/** Several streams, second by second: packets as sums, jitter of the worst. */
export function addSeconds(streams: readonly (readonly SecondFigures[])[]): SecondFigures[] {
  const length = streams.reduce((most, each) => Math.max(most, each.length), 0);
  return Array.from({ length }, (_, second) =>
    streams.reduce((sum, each) => addSecond(sum, each[second] ?? nothing), nothing),
  );
}

const nothing: SecondFigures = { packets: 0, lost: 0, jitter: undefined };

function addSecond(a: SecondFigures, b: SecondFigures): SecondFigures {
  const jitter = a.jitter === undefined ? b.jitter : Math.max(a.jitter, b.jitter ?? 0);
  return { packets: a.packets + b.packets, lost: a.lost + b.lost, jitter };
}
