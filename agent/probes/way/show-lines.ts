import { measuredText } from "../../../protocol/measured-text.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";

/** The subject, then one line for each key that was observed, with its label. */
export function showLines(
  observations: readonly Observation[],
  labels: readonly (readonly [ObservationKey, string])[],
): string[] {
  const subject = observations[0]?.subject ?? "?";
  return [
    subject.slice(subject.indexOf(":") + 1),
    ...labels.flatMap(([key, label]) =>
      observations.filter((each) => each.key === key).map((each) => `  ${label.padEnd(20)} ${printed(each)}`),
    ),
  ];
}

function printed({ value, unit, outcome, evidence = "" }: Observation): string {
  if (outcome !== "ok") return `${outcome}${evidence === "" ? "" : `: ${evidence}`}`;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join("; ");
  return value === null ? "none" : measuredText(value, unit);
}
