import { measuredText } from "../../../protocol/measured-text.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";

/** The answer in few words, of the observation with that key; `printed` is its value and unit. */
export type Answer = readonly [ObservationKey, (printed: string, observation: Observation) => string];

/**
 * The subject and the answer: the first of `answers` that was observed; what failed, where none was. Then one line for
 * each key that was observed, with its label.
 */
export function showLines(
  observations: readonly Observation[],
  labels: readonly (readonly [ObservationKey, string])[],
  answers: readonly Answer[] = [],
): string[] {
  const subject = observations[0]?.subject ?? "?";
  const said = answers.length === 0 ? undefined : headline(observations, answers);
  const rows = observations.filter((each) => each !== said?.failed);
  return [
    `${subject.slice(subject.indexOf(":") + 1)}${said === undefined ? "" : `  ${said.text}`}`,
    ...labels.flatMap(([key, label]) =>
      rows.filter((each) => each.key === key).map((each) => `  ${label.padEnd(20)} ${printed(each)}`),
    ),
  ];
}

function headline(
  observations: readonly Observation[],
  answers: readonly Answer[],
): { readonly text: string; readonly failed?: Observation } | undefined {
  for (const [key, say] of answers) {
    const found = observations.find((each) => each.key === key && each.outcome === "ok");
    if (found !== undefined) return { text: say(printed(found), found) };
  }
  const failed = observations.find((each) => each.outcome !== "ok");
  return failed === undefined ? undefined : { text: printed(failed), failed };
}

function printed({ value, unit, outcome, evidence = "" }: Observation): string {
  // What is not there is told by its words alone; of a failure the kind matters.
  if (outcome === "absent" && evidence !== "") return evidence;
  if (outcome !== "ok") return `${outcome}${evidence === "" ? "" : `: ${evidence}`}`;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join("; ");
  return value === null ? "none" : measuredText(value, unit);
}
