import { Type, type Static } from "typebox";
import { Compile } from "typebox/compile";
import { decoded, mismatch, type Decoded, type Mismatch } from "./decoded.ts";
import { Finding } from "./finding.ts";
import { knownFields } from "./known-fields.ts";
import { Observation } from "./observation.ts";
import { schemaMismatches } from "./schema-mismatches.ts";

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
const summaryValidator = Compile(ObservationSummary);
const findingValidator = Compile(Finding);
const known = knownFields(HealthReport);

/** ECMA-262 section 21.4.1.1: no Date lies further from 1970 than this, ms. */
const farthest = 8.64e15;

/**
 * A report as it came off the wire. Fields this version does not know are left out, so that a newer agent is understood;
 * everything else has to fit, and every time has to be one that a calendar can show.
 */
export function decodeHealthReport(input: unknown): Decoded<HealthReport> {
  const report = validator.Check(input) ? input : known(input);
  if (!validator.Check(report)) return firstMismatch(report);
  if (!Number.isSafeInteger(report.seq)) return mismatch("/seq", "an integer below 2^53", String(report.seq));
  const odd = oddTime(report);
  if (odd !== undefined) return mismatch(odd.place, "ms since 1970", String(odd.at));
  const garbled = report.observations.findIndex(({ last }) => !isPlain(last.subject) || !isPlain(last.key));
  if (garbled >= 0) return mismatch(`/observations/${garbled}/last`, "names without NUL", "one with it");
  return decoded(report);
}

/** Asking a validator for errors is slow, and a report may have 20,000 parts: only the first bad part is asked about. */
function firstMismatch(report: unknown): { ok: false; why: Mismatch } {
  const { observations, findings } = listsOf(report);
  const shell =
    typeof report === "object" && report !== null
      ? { ...report, ...(observations && { observations: [] }), ...(findings && { findings: [] }) }
      : report;
  const odd = observations?.findIndex((each) => !summaryValidator.Check(each)) ?? -1;
  const oddFinding = findings?.findIndex((each) => !findingValidator.Check(each)) ?? -1;
  const found =
    schemaMismatches(HealthReport, shell)[0] ??
    (odd < 0
      ? undefined
      : schemaMismatches(ObservationSummary, observations?.[odd], `/observations/${odd}`)[0]) ??
    (oddFinding < 0
      ? undefined
      : schemaMismatches(Finding, findings?.[oddFinding], `/findings/${oddFinding}`)[0]);
  return {
    ok: false,
    why: found ?? { place: "/", expected: "fewer observations or findings", found: "more" },
  };
}

function listsOf(report: unknown): {
  readonly observations: readonly unknown[] | undefined;
  readonly findings: readonly unknown[] | undefined;
} {
  const list = (name: string): unknown[] | undefined => {
    const value: unknown =
      typeof report === "object" && report !== null ? Reflect.get(report, name) : undefined;
    return Array.isArray(value) ? value : undefined;
  };
  return { observations: list("observations"), findings: list("findings") };
}

function oddTime(report: HealthReport): { place: string; at: number } | undefined {
  const isOdd = (at: number) => Math.abs(at) > farthest;
  for (const place of ["from", "to", "sealedAt"] as const)
    if (isOdd(report[place])) return { place: `/${place}`, at: report[place] };
  const summary = report.observations.findIndex(({ last }) => isOdd(last.at));
  if (summary >= 0)
    return { place: `/observations/${summary}/last/at`, at: report.observations[summary]?.last.at ?? 0 };
  const finding = report.findings.findIndex(({ at }) => isOdd(at));
  return finding < 0
    ? undefined
    : { place: `/findings/${finding}/at`, at: report.findings[finding]?.at ?? 0 };
}

/** Names become keys of the store; PostgreSQL takes neither NUL nor half a surrogate pair in text. */
function isPlain(name: string): boolean {
  return name.isWellFormed() && !name.includes("\0");
}
