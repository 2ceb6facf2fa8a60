import type { ObservationKey } from "../../protocol/observation-keys.ts";
import type { Subject } from "../../protocol/observation.ts";
import type { Reading } from "./sources.ts";

/** A line over time, as a page draws it. */
export interface Chart {
  readonly subject: Subject;
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  /** What its axis shows at least, so that an even line does not look like a storm. */
  readonly range: readonly [number, number];
  readonly points: readonly Point[];
}

export interface Point {
  readonly at: number;
  readonly value: number;
}

interface Charted {
  /** The kind of subject. */
  readonly of: string;
  readonly key: ObservationKey;
  readonly title: string;
  readonly unit: string;
  readonly range: readonly [number, number];
}

/** What is drawn over time, one line each, in the order in which a page shows it. */
const charted: readonly Charted[] = [
  { of: "port", key: "poe.watts", title: "Power drawn", unit: "W", range: [0, 8] },
  { of: "meter", key: "dmm.volts", title: "Volts on the pairs", unit: "V", range: [36, 57] },
  { of: "sip", key: "sip.rtt", title: "Answer time", unit: "ms", range: [0, 50] },
  { of: "rtp", key: "rtp.mos", title: "MOS", unit: "", range: [1, 4.5] },
  { of: "rtp", key: "rtp.fwd.loss", title: "Loss going there", unit: "%", range: [0, 2] },
  { of: "rtp", key: "rtp.rev.loss", title: "Loss coming back", unit: "%", range: [0, 2] },
  { of: "rtp", key: "rtp.jitter.rev", title: "Jitter coming back", unit: "ms", range: [0, 20] },
  { of: "phone", key: "rtp.mos.rev", title: "How its calls sounded here, MOS", unit: "", range: [1, 4.5] },
  { of: "phone", key: "rtp.mos.fwd", title: "How its calls sounded there, MOS", unit: "", range: [1, 4.5] },
];

export const chartedKeys: ReadonlySet<string> = new Set(charted.map(({ key }) => key));

/** A line needs two ends. */
const fewest = 2;

/** The charts of some subjects; those without enough numbers are left out. */
export function chartsOf(subjects: readonly Subject[], readings: readonly Reading[]): Chart[] {
  return subjects.flatMap((subject) =>
    charted
      .filter(({ of }) => subject.startsWith(`${of}:`))
      .map(({ key, title, unit, range }) => {
        return { subject, key, title, unit, range, points: pointsOf(subject, key, readings) };
      })
      .filter(({ points }) => points.length >= fewest),
  );
}

function pointsOf(subject: Subject, key: string, readings: readonly Reading[]): Point[] {
  const own = readings.filter((reading) => reading.subject === subject && reading.key === key);
  return own.map(({ at, value }) => ({ at, value }));
}
