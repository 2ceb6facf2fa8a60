import type { Spread } from "./spread.ts";

/** How long and how often to measure; the same for every bench of a run. */
export interface Effort {
  /** Pairs: each side runs once per round, in alternating order. */
  readonly rounds: number;
  /** One side's run, ms. */
  readonly runMs: number;
  /** After this time a piece of work begins no new round, ms: a busy machine gets fewer rounds, not a longer run. */
  readonly workMs: number;
  /** Leave out what only refines the picture. */
  readonly brief: boolean;
}

/** One figure of one piece of work. Rates: more is better; ratios are ours to the peer's, round by round. */
export interface Row {
  readonly work: string;
  /** `transfers/s`, `boots/CPU-s` … */
  readonly unit: string;
  readonly ours: Spread;
  readonly rounds: number;
  readonly peers: readonly PeerFigure[];
  /** What a reader should know before quoting it. */
  readonly note?: string;
}

export interface PeerFigure {
  readonly name: string;
  readonly figure: Spread;
  /** Absent where the peer came to nothing in every round. */
  readonly ratio?: Spread;
}

export interface BenchContext {
  readonly effort: Effort;
  /** Ends the bench; what is under way is stopped. */
  readonly signal: AbortSignal;
  /** A folder of its own that goes away after. */
  readonly folder: string;
  report(row: Row): void;
  /** A peer (or a part) that cannot be had here, and why: counted, never silent. */
  skip(what: string, why: string): void;
}

/** What `test/bench/<name>.bench.ts` exports, as `bench`. Nothing in it asserts a time. */
export interface Bench {
  readonly name: string;
  readonly about: string;
  /** More time for the whole of it than the others need, ms: where a peer takes that long. Long runs alone. */
  readonly longest?: number;
  /** @throws when something does not work at all: a wrong byte, a crash. Being slow is never an error. */
  run(context: BenchContext): Promise<void>;
}
