import type { Flaw, Verb } from "../inventory/flaw.ts";
import { Problem } from "../problem.ts";
import { etagOf } from "./etag.ts";

/** The value of a verb. @throws {Problem} that says what the verb had against it. */
export function answerVerb<T>(verb: Verb<T>): T {
  if (verb.ok) return verb.value;
  throw problemOf(verb.flaws);
}

/** What is unknown is told without a word of what else there is: the caller may be another tenant's. */
function problemOf(flaws: readonly Flaw[]): Problem {
  const [first] = flaws;
  if (first?.kind === "unknown") return new Problem("not-found", "There is no such thing.");
  if (first?.kind === "taken")
    return new Problem("conflict", `${first.found} cannot be added: it is in use.`, { current: first.found });
  if (first?.kind === "stale")
    return new Problem("precondition-failed", "It was changed since it was read: read it again.", {
      etag: etagOf(first.current ?? 0),
    });
  const errors = flaws.map((flaw) => ({
    pointer: flaw.place,
    expected: flaw.expected,
    found: flaw.found,
    ...(flaw.remedy === undefined ? {} : { remedy: flaw.remedy }),
  }));
  return new Problem(
    "rule-violated",
    `${flaws.length} ${flaws.length === 1 ? "thing is" : "things are"} not allowed`,
    {
      rule: first?.place ?? "",
      errors,
    },
  );
}
