import { Type, type Static } from "typebox";
import { Compile } from "typebox/compile";
import { decoded, mismatch, type Decoded } from "./decoded.ts";
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

const validator = Compile(HealthReport);

/** ECMA-262 section 21.4.1.1: no Date lies further from 1970 than this, ms. */
const farthest = 8.64e15;

/**
 * A report as it came off the wire. Fields this version does not know are left out, so that a newer agent is understood;
 * everything else has to fit, and every time has to be one that a calendar can show.
 */
export function decodeHealthReport(input: unknown): Decoded<HealthReport> {
  const cleaned = validator.Clean(input);
  if (!validator.Check(cleaned)) {
    const error = validator.Errors(cleaned)[0];
    return mismatch(error?.instancePath || "/", error?.message ?? "a report", typeof input);
  }
  if (!Number.isSafeInteger(cleaned.seq))
    return mismatch("/seq", "an integer below 2^53", String(cleaned.seq));
  const odd = oddTime(cleaned);
  if (odd !== undefined) return mismatch(odd.place, "ms since 1970", String(odd.at));
  const garbled = cleaned.observations.findIndex(({ last }) => !isPlain(last.subject) || !isPlain(last.key));
  if (garbled >= 0) return mismatch(`/observations/${garbled}/last`, "names without NUL", "one with it");
  return decoded(cleaned);
}

/** Names become keys of the store; PostgreSQL takes neither NUL nor half a surrogate pair in text. */
function isPlain(name: string): boolean {
  return name.isWellFormed() && !name.includes("\0");
}

function oddTime(report: HealthReport): { place: string; at: number } | undefined {
  const times: { place: string; at: number }[] = [
    { place: "/from", at: report.from },
    { place: "/to", at: report.to },
    { place: "/sealedAt", at: report.sealedAt },
    ...report.observations.map(({ last }, index) => ({
      place: `/observations/${index}/last/at`,
      at: last.at,
    })),
    ...report.findings.map((finding, index) => ({ place: `/findings/${index}/at`, at: finding.at })),
  ];
  return times.find(({ at }) => Math.abs(at) > farthest);
}
