import type { ObservationKey } from "../protocol/observation-keys.ts";
import type { Observation, ObservedValue, Outcome } from "../protocol/observation.ts";
import type { Facts } from "./facts.ts";

/** A missing observation is unknown, never false: three answers, with the proof or with what is missing. */
export interface Verdict {
  readonly state: "holds" | "fails" | "unknown";
  readonly because: readonly Observation[];
  readonly missing: readonly ObservationKey[];
}

export type Condition = (facts: Facts) => Verdict;

const verdict = (
  state: Verdict["state"],
  because: readonly Observation[],
  missing: readonly ObservationKey[] = [],
): Verdict => ({ state, because, missing });

/** The key was observed well and its value passes. */
export function when(
  key: ObservationKey,
  passes: (value: ObservedValue, facts: Facts) => boolean,
): Condition {
  return (facts) => {
    const observation = facts.get(key);
    if (observation === undefined || observation.outcome !== "ok") return verdict("unknown", [], [key]);
    return verdict(passes(observation.value, facts) ? "holds" : "fails", [observation]);
  };
}

export function is(key: ObservationKey, ...values: readonly ObservedValue[]): Condition {
  return when(key, (value) => values.includes(value));
}

export function above(key: ObservationKey, limit: number | ((facts: Facts) => number)): Condition {
  return when(
    key,
    (value, facts) => typeof value === "number" && value > (typeof limit === "number" ? limit : limit(facts)),
  );
}

export function below(key: ObservationKey, limit: number | ((facts: Facts) => number)): Condition {
  return when(
    key,
    (value, facts) => typeof value === "number" && value < (typeof limit === "number" ? limit : limit(facts)),
  );
}

/** The look itself ended so: silence and refusal are facts. */
export function ended(key: ObservationKey, ...outcomes: readonly Outcome[]): Condition {
  return (facts) => {
    const observation = facts.get(key);
    if (observation === undefined) return verdict("unknown", [], [key]);
    return verdict(outcomes.includes(observation.outcome) ? "holds" : "fails", [observation]);
  };
}

/** Somebody looked and saw it; here unknown counts as no, for evidence that can only add. */
export function seen(condition: Condition): Condition {
  return (facts) => {
    const inner = condition(facts);
    return inner.state === "unknown" ? verdict("fails", []) : inner;
  };
}

export function all(...conditions: readonly Condition[]): Condition {
  return (facts) => {
    const verdicts = conditions.map((condition) => condition(facts));
    const because = verdicts.flatMap((each) => each.because);
    if (verdicts.some((each) => each.state === "fails")) return verdict("fails", because);
    const missing = verdicts.flatMap((each) => each.missing);
    return verdict(verdicts.some((each) => each.state === "unknown") ? "unknown" : "holds", because, missing);
  };
}

export function any(...conditions: readonly Condition[]): Condition {
  return (facts) => {
    const verdicts = conditions.map((condition) => condition(facts));
    const held = verdicts.filter((each) => each.state === "holds");
    if (held.length > 0)
      return verdict(
        "holds",
        held.flatMap((each) => each.because),
      );
    const missing = verdicts.flatMap((each) => each.missing);
    return verdict(
      missing.length > 0 ? "unknown" : "fails",
      verdicts.flatMap((each) => each.because),
      missing,
    );
  };
}

/** The condition on the same far end by another transport. */
export function over(transport: string, condition: Condition): Condition {
  return (facts) => condition(facts.sibling(transport));
}
