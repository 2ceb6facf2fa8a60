import type { Finding } from "../../../protocol/finding.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { printSubject } from "./print-findings.ts";
import type { Style } from "./style.ts";
import { reached, unanswered } from "../unanswered.ts";

/** What all the looks come to; `silent` is what did not answer and no finding speaks of. */
export interface Seen {
  readonly findings: readonly Finding[];
  readonly observations: readonly Observation[];
  readonly silent: readonly Observation[];
}

/**
 * The last words of a look: what could not be judged because it did not answer, then how much is wrong. A failure that
 * `headline` has told is not told again.
 */
export function printVerdict(
  style: Style,
  findings: readonly Finding[],
  observations: readonly Observation[],
  headline = "",
): string[] {
  const seen = { findings, observations, silent: unanswered(findings, observations) };
  const last = findings.length === 0 ? [`${colouredVerdict(style, seen)}.`] : [];
  const untold = seen.silent.filter((each) => !headline.includes(reasonOf(each) ?? each.outcome));
  return [...silenceLines(style, untold), ...last];
}

export function silenceLines(style: Style, silent: readonly Observation[]): string[] {
  return silent.map((each) => style.warn(`▲ Not judged: ${printSilence(each)}`));
}

export function colouredVerdict(style: Style, seen: Seen): string {
  const words = verdict(seen);
  return words === allWell ? style.good(words) : words;
}

const allWell = "Nothing wrong found";

/** One sentence without its full stop: what the looks come to. "Nothing wrong" is said only of what answered. */
export function verdict({ findings, observations, silent }: Seen): string {
  const problems = findings.filter((each) => each.severity !== "info").length;
  if (problems > 0) return `${counted(problems, "problem")}, worst first`;
  if (!reached(observations, silent)) return "Nothing was seen, so nothing can be judged";
  return silent.length > 0 ? "Nothing wrong found in what answered" : allWell;
}

/** `SIP server pbx.example:5060 over TLS (sip-options) timeout: no connection within 3000 ms` */
export function printSilence(silent: Observation): string {
  const why = reasonOf(silent);
  const { subject, probe, outcome } = silent;
  return `${printSubject(subject)} (${probe}) ${outcome}${why === undefined ? "" : `: ${why}`}`;
}

const reasonOf = ({ evidence }: Observation): string | undefined => evidence?.split("\n")[0];

/** `1 problem`, `2 problems`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
