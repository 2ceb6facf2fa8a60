import type { Finding } from "../../protocol/finding.ts";
import type { Observation } from "../../protocol/observation.ts";
import { printSubject } from "./print-findings.ts";
import type { Style } from "./style.ts";
import { reached, unanswered } from "./unanswered.ts";

/** What all the looks come to; `silent` is what did not answer and no finding speaks of. */
export interface Seen {
  readonly findings: readonly Finding[];
  readonly observations: readonly Observation[];
  readonly silent: readonly Observation[];
}

/** The last words of a look: what could not be judged because it did not answer, then how much is wrong. */
export function printVerdict(
  style: Style,
  findings: readonly Finding[],
  observations: readonly Observation[],
): string[] {
  const seen = { findings, observations, silent: unanswered(findings, observations) };
  const last = findings.length === 0 ? [`${colouredVerdict(style, seen)}.`] : [];
  return [...silenceLines(style, seen.silent), ...last];
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

/** `sip pbx.example:5060/tls (sip-options) timeout: no connection within 3000 ms` */
export function printSilence({ subject, probe, outcome, evidence }: Observation): string {
  const why = evidence?.split("\n")[0];
  return `${printSubject(subject)} (${probe}) ${outcome}${why === undefined ? "" : `: ${why}`}`;
}

/** `1 problem`, `2 problems`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
