import { Type, type Static } from "typebox";
import { Finding } from "./finding.ts";
import { Observation } from "./observation.ts";

/** What one key did on one subject during a report: the last observation, and the numbers of all. */
export const ObservationSummary = Type.Object(
  {
    last: Observation,
    n: Type.Integer({ minimum: 1, description: "how often it was looked at" }),
    bad: Type.Integer({ minimum: 0, description: "how many looks had an outcome other than ok" }),
    min: Type.Optional(Type.Number()),
    mean: Type.Optional(Type.Number()),
    max: Type.Optional(Type.Number()),
  },
  { additionalProperties: false },
);
export type ObservationSummary = Static<typeof ObservationSummary>;

/** Reports that never left the agent: counted, never silent. */
export const Dropped = Type.Object(
  {
    count: Type.Integer({ minimum: 1 }),
    from: Type.Number(),
    to: Type.Number(),
    reason: Type.Union([
      Type.Literal("spool-full"),
      Type.Literal("too-old"),
      Type.Literal("corrupt"),
      Type.Literal("refused"),
    ]),
  },
  { additionalProperties: false },
);
export type Dropped = Static<typeof Dropped>;

/** One delivery of observations and findings; (agent, epoch, seq) is its identity, so that twice is once. */
export const HealthReport = Type.Object(
  {
    seq: Type.Integer({ minimum: 1 }),
    from: Type.Number(),
    to: Type.Number(),
    sealedAt: Type.Number({ description: "the agent's wall clock, ms" }),
    mono: Type.Number({ description: "the agent's monotonic clock at sealing, ms since its boot" }),
    bootId: Type.String({ maxLength: 64 }),
    configVersion: Type.Integer({ minimum: 0 }),
    dropped: Type.Optional(Dropped),
    observations: Type.Array(ObservationSummary, { maxItems: 20000 }),
    findings: Type.Array(Finding, { maxItems: 1000 }),
  },
  { additionalProperties: false },
);
export type HealthReport = Static<typeof HealthReport>;
