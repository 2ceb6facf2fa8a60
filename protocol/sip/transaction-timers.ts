/** The base times of RFC 3261 17 (ms), and how long to try at all. */
export interface TransactionTimers {
  /** Round-trip estimate: first pause before a repeat. */
  readonly t1: number;
  /** Longest pause between repeats of a non-INVITE. */
  readonly t2: number;
  /** How long a message may live in the network. */
  readonly t4: number;
  /** Timers B and F: no final response by then is a timeout. */
  readonly giveUp: number;
}

/** The RFC's own patience: 64 × T1. */
export const rfcTimers: TransactionTimers = { t1: 500, t2: 4000, t4: 5000, giveUp: 32_000 };

/** For dashboards: sends at 0, 0.5 and 1.5 s, and gives up at 3 s. */
export const quickTimers: TransactionTimers = { t1: 500, t2: 4000, t4: 5000, giveUp: 3000 };

export type TimerMode = "quick" | "rfc";

/** The timers of a probe mode (a report says which was used). */
export function timersOf(mode: TimerMode): TransactionTimers {
  return mode === "rfc" ? rfcTimers : quickTimers;
}
