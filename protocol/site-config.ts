import { Type, type Static } from "typebox";
import type { Mismatch } from "./decoded.ts";
import { schemaMismatches } from "./schema-mismatches.ts";

/** One look that is repeated: which probe, at what, when, with which settings. */
export const ProbePlan = Type.Object(
  {
    id: Type.String({ pattern: "^[a-z0-9-]{1,40}$" }),
    probe: Type.String({ maxLength: 60, description: "a name of agent/probes/list.ts" }),
    target: Type.String({ maxLength: 300 }),
    schedule: Type.String({
      maxLength: 100,
      description: "cron expression, five fields, or six with seconds first",
    }),
    settings: Type.Record(Type.String(), Type.Unknown(), {
      description: "checked by the probe's own schema",
    }),
  },
  { additionalProperties: false },
);
export type ProbePlan = Static<typeof ProbePlan>;

/** Numbers the diagnosis judges by; each has a default in diagnosis/thresholds.ts. */
export const ThresholdOverrides = Type.Record(Type.String({ pattern: "^[a-z][A-Za-z.]*$" }), Type.Number());

/** Seconds between two reports, where a site says nothing else. */
const usualSealEvery = 300;

/** What one agent watches. */
export const SiteConfig = Type.Object(
  {
    version: Type.Integer({ minimum: 0 }),
    site: Type.String({ pattern: "^[a-z0-9-]{1,40}$" }),
    name: Type.String({ maxLength: 100 }),
    probes: Type.Array(ProbePlan, { maxItems: 2000 }),
    thresholds: ThresholdOverrides,
    sealEvery: Type.Number({
      minimum: 1,
      maximum: 3600,
      default: usualSealEvery,
      description: "seconds between HealthReports",
    }),
  },
  { additionalProperties: false },
);
export type SiteConfig = Static<typeof SiteConfig>;

/** A site's document as a person wrote it, with what may be left out filled in; what it is not is left as it is. */
export function fillSiteConfig(input: unknown): unknown {
  if (!isTable(input)) return input;
  const { site, probes } = input;
  return {
    version: 1,
    name: site,
    thresholds: {},
    sealEvery: usualSealEvery,
    ...input,
    ...(Array.isArray(probes)
      ? { probes: probes.map((plan: unknown) => (isTable(plan) ? { settings: {}, ...plan } : plan)) }
      : {}),
  };
}

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * All that is wrong with a site's document, unknown keys and doubled plan ids too; empty when it fits. The settings of
 * each probe are the agent's to check: it has the probes.
 */
export function siteConfigMismatches(input: unknown): Mismatch[] {
  const problems = schemaMismatches(SiteConfig, input);
  return problems.length > 0 ? problems : doubledPlans(input as SiteConfig);
}

function doubledPlans(config: SiteConfig): Mismatch[] {
  const seen = new Set<string>();
  return config.probes.flatMap(({ id }, index) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [{ place: `/probes/${index}/id`, expected: "an id of its own", found: `"${id}" again` }];
  });
}
