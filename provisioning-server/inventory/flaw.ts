import type { Mismatch } from "../../protocol/decoded.ts";

/** One thing wrong with what a person gave us: where, what was expected, what stood there, and what to do about it. */
export interface Flaw extends Mismatch {
  /** 1-based line of the file, where there is one. */
  readonly line?: number;
  /** Column of the table, as its header says. */
  readonly column?: string;
  readonly remedy?: string;
  /** unknown: there is no such thing · taken: another has it · stale: it was changed meanwhile; absent: it does not fit. */
  readonly kind?: "unknown" | "taken" | "stale";
  /** With `stale`: the revision that stands. */
  readonly current?: number;
}

/** What a verb gives back: the world saying no is a value with all that is wrong, never an exception. */
export type Verb<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly flaws: readonly Flaw[] };

export function done<T>(value: T): Verb<T> {
  return { ok: true, value };
}

export function refused(...flaws: readonly Flaw[]): {
  readonly ok: false;
  flaws: readonly Flaw[];
} {
  return { ok: false, flaws };
}

/** One line for people: "line 3, column mac: expected a MAC address, found 8.05E+11. Format the column as text." */
export function flawSentence(flaw: Flaw): string {
  const what = `${flaw.place}: expected ${flaw.expected}, found ${flaw.found}`;
  return flaw.remedy === undefined ? what : `${what}. ${flaw.remedy}`;
}
