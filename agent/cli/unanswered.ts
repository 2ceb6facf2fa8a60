import type { Finding, Layer } from "../../protocol/finding.ts";
import type { Observation, Outcome } from "../../protocol/observation.ts";

const failures: readonly Outcome[] = ["timeout", "refused", "unreachable", "denied", "garbled", "crashed"];

const beside: readonly Layer[] = ["agent", "host", "security"];

/**
 * What was asked and did not answer, and that no finding speaks of; one for each subject of a probe. Beside these
 * "nothing wrong" would be a guess: a silent switch has no ports that could be judged.
 */
export function unanswered(
  findings: readonly Finding[],
  observations: readonly Observation[],
): readonly Observation[] {
  const proof = new Set(findings.flatMap((each) => each.because));
  // A cause on the way from power to media is why its subject did not answer; what it hides is without its own proof.
  const explained = new Set(
    findings.filter((each) => !beside.includes(each.layer)).map((each) => each.subject),
  );
  const first = new Map<string, Observation>();
  for (const each of observations) {
    const place = `${each.probe} ${each.subject}`;
    if (!failures.includes(each.outcome) || proof.has(each) || explained.has(each.subject)) continue;
    if (!first.has(place)) first.set(place, each);
  }
  return [...first.values()];
}

/**
 * Whether anything answered at all. What a probe says itself of a subject that is silent (that it is, how it asked)
 * does not count, but a final SIP response does, whatever could not be tried after it; this host is always there, though
 * a part of it may not answer.
 */
export function reached(observations: readonly Observation[], silent: readonly Observation[]): boolean {
  const answered = ({ key, outcome }: Observation): boolean => key === "sip.code" && outcome === "ok";
  if (observations.some(answered)) return true;
  const mute = new Set(silent.map((each) => each.subject).filter((subject) => !subject.startsWith("host:")));
  return observations.some((each) => each.outcome === "ok" && !mute.has(each.subject));
}
