import type { Flaw } from "./flaw.ts";

/** What a change was made from: it is refused when something else stands there by now. */
export interface Expected {
  readonly revision?: number;
}

/** The refusal of a change that was made from another revision. */
export function stale(current: number, { revision }: Expected): Flaw | undefined {
  if (revision === undefined || revision === current) return undefined;
  return {
    kind: "stale",
    place: "revision",
    expected: `${current}, the current one`,
    found: String(revision),
    current,
    remedy: "Load it again and make the change anew.",
  };
}
