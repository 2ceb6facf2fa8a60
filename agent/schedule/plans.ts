import { createTask, validateDetailed } from "node-cron";
import type { TSchema } from "typebox";
import { Value } from "typebox/value";
import { thresholdsFrom } from "../../diagnosis/thresholds.ts";
import { decoded, mismatch, type Decoded, type Mismatch } from "../../protocol/decoded.ts";
import type { Probe } from "../../protocol/probe.ts";
import { schemaMismatches } from "../../protocol/schema-mismatches.ts";
import {
  fillSiteConfig,
  siteConfigMismatches,
  type ProbePlan,
  type SiteConfig,
} from "../../protocol/site-config.ts";
import type { AgentIo } from "../io/io.ts";
import type { DuePlan } from "./due.ts";

export type AgentProbe = Probe<TSchema, AgentIo>;

/** A plan that can be run: its probe found, its settings checked and filled up, its schedule understood. */
export interface ReadyPlan extends DuePlan {
  readonly probe: AgentProbe;
  readonly target: string;
  readonly settings: unknown;
  readonly source: ProbePlan;
}

export type ReadyPlans =
  | { readonly ok: true; readonly config: SiteConfig; readonly plans: readonly ReadyPlan[] }
  | { readonly ok: false; readonly problems: readonly Mismatch[] };

/** A site's document made ready to run, or all that is wrong with it: shape, probes, settings, schedules, thresholds. */
export function readyPlans(input: unknown, probes: readonly AgentProbe[]): ReadyPlans {
  const filled = fillSiteConfig(input);
  const shape = siteConfigMismatches(filled);
  if (shape.length > 0) return { ok: false, problems: shape };
  const config = filled as SiteConfig;
  const byName = new Map(probes.map((probe) => [probe.name, probe]));
  const problems: Mismatch[] = unknownThresholds(config);
  const plans: ReadyPlan[] = [];
  for (const [index, plan] of config.probes.entries()) {
    const ready = readyPlan(plan, byName, `/probes/${index}`);
    if (Array.isArray(ready)) problems.push(...ready);
    else plans.push(ready);
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config, plans };
}

function readyPlan(
  plan: ProbePlan,
  byName: ReadonlyMap<string, AgentProbe>,
  place: string,
): ReadyPlan | Mismatch[] {
  const schedule = decodeSchedule(plan.schedule, `${place}/schedule`);
  const problems = schedule.ok ? [] : [schedule.why];
  const probe = byName.get(plan.probe);
  if (probe === undefined) {
    const expected = `one of ${[...byName.keys()].join(", ")}`;
    return [...problems, { place: `${place}/probe`, expected, found: `"${plan.probe}"` }];
  }
  const settings: unknown = Value.Default(probe.settings, structuredClone(plan.settings));
  const where = `${place}/settings`;
  problems.push(...schemaMismatches(probe.settings, settings, where));
  problems.push(...unknownSettings(probe.settings, plan.settings, where));
  if (problems.length > 0 || !schedule.ok) return distinct(problems);
  return { id: plan.id, matches: schedule.value, probe, target: plan.target, settings, source: plan };
}

/** A misspelt setting is a setting that does nothing, whether the probe's schema minds or not. */
function unknownSettings(schema: TSchema, settings: Record<string, unknown>, place: string): Mismatch[] {
  const known = Object.keys((schema as { properties?: object }).properties ?? {});
  return Object.keys(settings)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      place: `${place}/${name}`,
      expected: known.length === 0 ? "no settings" : `one of ${known.join(", ")}`,
      found: `unknown key "${name}"`,
    }));
}

function unknownThresholds(config: SiteConfig): Mismatch[] {
  return thresholdsFrom(config.thresholds).unknown.map((name) => ({
    place: `/thresholds/${name}`,
    expected: "a threshold that some rule reads",
    found: `unknown key "${name}"`,
  }));
}

function distinct(problems: readonly Mismatch[]): Mismatch[] {
  return [...new Map(problems.map((each) => [each.place, each])).values()];
}

/** A cron expression to the question whether a moment (ms since 1970) is one of its seconds, in local time. */
export function decodeSchedule(expression: string, place: string): Decoded<(at: number) => boolean> {
  const { valid, errors } = validateDetailed(expression);
  const wrong = errors.map(({ field, message }) => `${field}: ${message}`).join("; ");
  if (!valid) return mismatch(place, "five cron fields, or six with seconds first", wrong);
  const task = createTask(expression, () => {});
  // It is asked, never started: without this, node-cron keeps it in its list for ever.
  void task.destroy();
  return decoded((at) => task.match(new Date(at)));
}
