import { layers, type Finding, type Layer } from "../protocol/finding.ts";
import type { ObservationKey } from "../protocol/observation-keys.ts";
import type { Observation, Subject } from "../protocol/observation.ts";
import type { Verdict } from "./condition.ts";
import { FactIndex, Facts } from "./facts.ts";
import { rules } from "./rules.ts";
import type { Rule } from "./rule.ts";
import type { Thresholds } from "./thresholds.ts";

/** A rule that could not be tested here, and the observations it would have needed. */
export interface Untestable {
  readonly rule: string;
  readonly cause: string;
  readonly subject: Subject;
  readonly missing: readonly ObservationKey[];
}

export interface Diagnosis {
  /** Root causes, worst first; what they explain is inside them. */
  readonly findings: Finding[];
  readonly untestable: Untestable[];
}

/** A cause below this is not sure enough to explain others away. */
const sureEnough = 0.8;
/** What evidence has contradicted below this is ruled out, not reported. */
const ruledOut = 0.3;
/** Layers that stand beside the way from power to media: they explain nothing on it, and nothing on it explains them. */
const beside: readonly Layer[] = ["agent", "host", "security"];
const severityOrder = ["critical", "major", "minor", "info"] as const;

/** Observations in, root causes out, worst first. */
export function diagnose(
  observations: readonly Observation[],
  thresholds: Thresholds,
  now: number,
): Finding[] {
  return explain(observations, thresholds, now).findings;
}

/** Like `diagnose`, and says which rules lacked an observation. */
export function explain(
  observations: readonly Observation[],
  thresholds: Thresholds,
  now: number,
): Diagnosis {
  const index = new FactIndex(observations, thresholds, now);
  const judged = rules.flatMap((rule) =>
    [rule.on]
      .flat()
      .flatMap((kind) => index.subjects(kind).map((subject) => judge(rule, new Facts(index, subject)))),
  );
  const possible = judged.flatMap((each) => each.finding ?? []).filter((each) => each.confidence >= ruledOut);
  const found = oncePerDevice(withOwnFaults(possible), index);
  return {
    findings: rootCauses(found, index).toSorted(worstFirst),
    untestable: judged.flatMap((each) => each.untestable ?? []),
  };
}

function judge(rule: Rule, facts: Facts): { finding?: Finding; untestable?: Untestable } {
  const needs = rule.needs.map((need) => need(facts));
  if (needs.some((need) => need.state === "fails")) return {};
  const missing = [...new Set(needs.flatMap((need) => need.missing))];
  if (needs.some((need) => need.state === "unknown")) {
    return { untestable: { rule: rule.id, cause: rule.cause, subject: facts.subject, missing } };
  }
  return { finding: finding(rule, facts, needs) };
}

function finding(rule: Rule, facts: Facts, needs: readonly Verdict[]): Finding {
  const supports = (rule.supports ?? []).map((each) => ({ ...each, verdict: each.if(facts) })).filter(held);
  const contradicts = (rule.contradicts ?? [])
    .map((each) => ({ ...each, verdict: each.if(facts) }))
    .filter(held);
  const confidence = rule.base + sum(supports) - sum(contradicts);
  const because = [
    ...needs,
    ...supports.map((each) => each.verdict),
    ...contradicts.map((each) => each.verdict),
  ];
  const phones = facts.phones();
  return {
    rule: rule.id,
    cause: rule.cause,
    layer: rule.layer,
    severity: rule.severity,
    subject: facts.subject,
    sentence: capitalised(rule.sentence(facts)),
    remedy: capitalised(rule.remedy(facts)),
    confidence: Math.round(clamp(confidence, 0.05, 0.98) * 100) / 100,
    because: [...new Set(because.flatMap((verdict) => verdict.because))].slice(0, 40),
    affects: phones,
    consequences: [],
    at: facts.index.now,
  };
}

const capitalised = (sentence: string) => sentence.charAt(0).toUpperCase() + sentence.slice(1);
const held = (each: { verdict: Verdict }) => each.verdict.state === "holds";
const sum = (weights: readonly { weight: number }[]) =>
  weights.reduce((total, each) => total + each.weight, 0);
const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** Before blaming the network, subtract own faults: an overloaded agent makes every media judgement low. */
function withOwnFaults(findings: readonly Finding[]): Finding[] {
  const overloaded = findings.some((each) => each.layer === "agent");
  return findings.map((each) =>
    overloaded && each.layer === "media" ? { ...each, confidence: Math.min(each.confidence, 0.45) } : each,
  );
}

/** One cause on one device is one finding, however many of the device's subjects show it: the surest speaks. */
function oncePerDevice(findings: readonly Finding[], index: FactIndex): Finding[] {
  const surest = new Map<string, Finding>();
  for (const each of findings) {
    const key = `${each.cause} ${index.deviceOf(each.subject)}`;
    const present = surest.get(key);
    if (present === undefined || present.confidence < each.confidence) surest.set(key, each);
  }
  return [...surest.values()];
}

/** A sure cause on a lower layer hides the findings above it on the same device, and carries them as its consequences. */
function rootCauses(findings: readonly Finding[], index: FactIndex): Finding[] {
  const height = (each: Finding) => layers.indexOf(each.layer);
  const stacked = (each: Finding) => !beside.includes(each.layer);
  const hides = (cause: Finding, other: Finding) =>
    cause.confidence >= sureEnough &&
    cause.severity !== "info" &&
    stacked(cause) &&
    stacked(other) &&
    height(cause) < height(other) &&
    index.deviceOf(cause.subject) === index.deviceOf(other.subject);
  const roots = findings.filter((each) => !findings.some((cause) => hides(cause, each)));
  return roots.map((root) => {
    const hidden = findings.filter((each) => hides(root, each));
    return {
      ...root,
      affects: [...new Set([root, ...hidden].flatMap((each) => each.affects))],
      consequences: hidden.map((each) => `${each.rule} ${each.sentence}`.slice(0, 300)),
    };
  });
}

function worstFirst(a: Finding, b: Finding): number {
  return (
    severityOrder.indexOf(a.severity) - severityOrder.indexOf(b.severity) ||
    b.affects.length - a.affects.length ||
    b.confidence - a.confidence ||
    layers.indexOf(a.layer) - layers.indexOf(b.layer) ||
    a.subject.localeCompare(b.subject)
  );
}
