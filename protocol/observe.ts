import { observationKeys, type KeyAbout, type ObservationKey } from "./observation-keys.ts";
import type { Observation, ObservedValue, Outcome, Subject } from "./observation.ts";

/** What an observation may carry besides its value: how the look went when not well, and what the value rests on. */
export interface ObserveMore {
  readonly outcome?: Outcome;
  readonly evidence?: string | undefined;
}

/** Makes one observation of a subject; the unit comes from the dictionary. */
export type Observe = (key: ObservationKey, value: ObservedValue, more?: ObserveMore) => Observation;

const longestSubject = 200;
const longestEvidence = 4000;

/** An observer of one subject at one instant. Texts from the wire are cut to what the schema takes. */
export function observerOf(probe: string, subject: Subject, at: number): Observe {
  const about = subject.slice(0, longestSubject);
  return (key, value, more = {}) => {
    const { unit }: KeyAbout = observationKeys[key];
    const { outcome = "ok", evidence = "" } = more;
    // Written out: a look at a switch makes a thousand of them, and spreading costs more than all the rest.
    const proof = evidence.slice(0, longestEvidence);
    if (unit === undefined)
      return proof === ""
        ? { probe, subject: about, key, value, at, outcome }
        : { probe, subject: about, key, value, at, outcome, evidence: proof };
    return proof === ""
      ? { probe, subject: about, key, value, unit, at, outcome }
      : { probe, subject: about, key, value, unit, at, outcome, evidence: proof };
  };
}
