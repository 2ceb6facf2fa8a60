import { Type, type Static } from "typebox";
import { Observation, Subject } from "./observation.ts";

/** critical: people cannot call · major: some can't, or redundancy is gone · minor · info. */
export const Severity = Type.Union([
  Type.Literal("critical"),
  Type.Literal("major"),
  Type.Literal("minor"),
  Type.Literal("info"),
]);
export type Severity = Static<typeof Severity>;

/** From the bottom up: a confirmed cause on a lower layer makes findings above it, on the same device, consequences. */
export const layers = [
  "agent",
  "power",
  "link",
  "network",
  "provisioning",
  "name",
  "reach",
  "tls",
  "auth",
  "signalling",
  "nat",
  "media",
  "host",
  "security",
] as const;
export const Layer = Type.Enum(layers);
export type Layer = (typeof layers)[number];

/** One judgement: which rule, about what, how sure, and the observations it rests on. */
export const Finding = Type.Object(
  {
    rule: Type.String({ maxLength: 20, description: "row of the diagnosis matrix, such as `P3`" }),
    cause: Type.String({ maxLength: 60, description: "the rule's name in words, such as `weak-power`" }),
    layer: Layer,
    severity: Severity,
    subject: Subject,
    sentence: Type.String({
      maxLength: 1000,
      description: "the root cause, in one sentence with its numbers",
    }),
    remedy: Type.String({ maxLength: 1000 }),
    confidence: Type.Number({ minimum: 0, maximum: 1 }),
    because: Type.Array(Observation, { maxItems: 40, description: "the proof" }),
    affects: Type.Array(Subject, { maxItems: 500, description: "phones that suffer from it" }),
    consequences: Type.Array(Type.String({ maxLength: 300 }), {
      maxItems: 60,
      description: "rules on the same device that this cause explains, as `rule sentence`",
    }),
    at: Type.Number(),
  },
  { additionalProperties: false },
);
export type Finding = Static<typeof Finding>;

export type ConfidenceWord = "high" | "medium" | "low";

/** high from 0.8, medium from 0.5, low below. */
export function confidenceWord(confidence: number): ConfidenceWord {
  if (confidence >= 0.8) return "high";
  return confidence >= 0.5 ? "medium" : "low";
}
