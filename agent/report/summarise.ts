import type { ObservationSummary } from "../../protocol/health-report.ts";
import type { Observation } from "../../protocol/observation.ts";

/** A summary that grows; `numbers` is how many of its looks gave a number. */
interface Growing {
  readonly summary: ObservationSummary;
  readonly numbers: number;
  /** Wall clock less monotonic clock when the last one came, ms. */
  readonly clockOffset: number;
}

/** What happened to the observations since the last report, one summary per (subject, key). */
export class Summaries {
  #growing = new Map<string, Growing>();

  get size(): number {
    return this.#growing.size;
  }

  /** @param clockOffset wall clock less monotonic clock now, ms: shows later whether the wall clock was set meanwhile */
  add(observations: Iterable<Observation>, clockOffset: number): void {
    for (const observation of observations) {
      const name = `${observation.subject}\n${observation.key}`;
      this.#growing.set(name, grow(this.#growing.get(name), observation, clockOffset));
    }
  }

  /** All of them, with times as the wall clock says now; begins anew. */
  take(clockOffset: number): ObservationSummary[] {
    const all = [...this.#growing.values()].map((each) => retimed(each, clockOffset));
    this.#growing = new Map();
    return all;
  }
}

/** Observations to summaries, in the order their (subject, key) first came. */
export function summarise(observations: Iterable<Observation>): ObservationSummary[] {
  const summaries = new Summaries();
  summaries.add(observations, 0);
  return summaries.take(0);
}

function grow(known: Growing | undefined, observation: Observation, clockOffset: number): Growing {
  const { value, outcome } = observation;
  const n = (known?.summary.n ?? 0) + 1;
  const bad = (known?.summary.bad ?? 0) + (outcome === "ok" ? 0 : 1);
  const before = known?.numbers ?? 0;
  if (outcome !== "ok" || typeof value !== "number" || !Number.isFinite(value)) {
    const figures = before === 0 ? {} : pick(known?.summary);
    return { summary: { last: observation, n, bad, ...figures }, numbers: before, clockOffset };
  }
  const mean = known?.summary.mean ?? value;
  const figures = {
    min: Math.min(known?.summary.min ?? value, value),
    mean: mean + (value - mean) / (before + 1),
    max: Math.max(known?.summary.max ?? value, value),
  };
  return { summary: { last: observation, n, bad, ...figures }, numbers: before + 1, clockOffset };
}

function pick(summary: ObservationSummary | undefined): Pick<ObservationSummary, "min" | "mean" | "max"> {
  if (summary?.min === undefined || summary.mean === undefined || summary.max === undefined) return {};
  return { min: summary.min, mean: summary.mean, max: summary.max };
}

/** Steps below this are the clocks' own drift. */
const step = 2000;

function retimed({ summary, clockOffset }: Growing, now: number): ObservationSummary {
  const shift = now - clockOffset;
  if (Math.abs(shift) <= step) return summary;
  return { ...summary, last: { ...summary.last, at: summary.last.at + shift } };
}

/** Summaries cut into parts whose JSON stays below `bytes`, so that each report can be delivered. */
export function partsOf(summaries: readonly ObservationSummary[], bytes: number): ObservationSummary[][] {
  const parts: ObservationSummary[][] = [[]];
  let size = 0;
  for (const summary of summaries) {
    const more = Buffer.byteLength(JSON.stringify(summary)) + 1;
    const part = parts.at(-1);
    if (part !== undefined && (part.length === 0 || size + more <= bytes)) {
      part.push(summary);
      size += more;
    } else {
      parts.push([summary]);
      size = more;
    }
  }
  return parts;
}
