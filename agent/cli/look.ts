import type { TSchema } from "typebox";
import { explain, type Diagnosis } from "../../diagnosis/diagnose.ts";
import { thresholdsFrom, type Thresholds } from "../../diagnosis/thresholds.ts";
import type { Finding } from "../../protocol/finding.ts";
import type { Observation } from "../../protocol/observation.ts";
import type { Probe } from "../../protocol/probe.ts";
import type { AgentIo } from "../io/io.ts";
import { systemIo } from "../io/system-io.ts";
import type { CliContext } from "./context.ts";
import { exitCodes, type ExitCode } from "./exit-codes.ts";
import type { LookWatch } from "./diag/look-watch.ts";
import { reached, unanswered } from "./unanswered.ts";

/** One look that a person asked for. */
export interface Look {
  readonly probe: Probe<TSchema, AgentIo>;
  readonly target: string;
  readonly settings: Record<string, unknown>;
}

/** The agent's io with progress going to the person's terminal. */
export function ioFor(context: CliContext): AgentIo {
  const say: AgentIo["say"] = (progress, kept) =>
    kept === undefined ? context.progress(progress) : context.say(progress);
  return { ...systemIo(), say };
}

/** Runs looks side by side; one that crashes is an observation and does not stop the others. */
export async function lookAll(
  looks: readonly Look[],
  context: CliContext,
  watch?: LookWatch,
): Promise<Observation[]> {
  const io = ioFor(context);
  let left = looks.length;
  const all = await Promise.all(
    looks.map(async (each) => {
      const observations = await lookOnce(each, (await watch?.ioOf(each, io)) ?? io, context.signal);
      watch?.done(each, observations);
      left -= 1;
      if (left > 0) context.progress(`${each.probe.name} done, ${left} still looking …`);
      return observations;
    }),
  );
  return all.flat();
}

async function lookOnce(each: Look, io: AgentIo, signal: AbortSignal): Promise<Observation[]> {
  try {
    return await each.probe.run(each.target, each.settings, io, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    const evidence = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [
      {
        probe: each.probe.name,
        subject: `host:${each.target === "" ? "here" : each.target}`,
        key: "probe.crash",
        value: null,
        at: io.clock.now(),
        outcome: "crashed",
        evidence: evidence.slice(0, 4000),
      },
    ];
  }
}

export function judge(
  observations: readonly Observation[],
  thresholds: Thresholds = thresholdsFrom({}).thresholds,
): Diagnosis {
  return explain(observations, thresholds, Date.now());
}

/**
 * 4 when something is wrong, 5 when nothing could be reached and no rule says why, 8 when a part did not answer and no
 * rule says why, 0 else. A note is no problem.
 */
export function exitCodeOf(
  findings: readonly Finding[],
  observations: readonly Observation[],
  silent: readonly Observation[] = unanswered(findings, observations),
): ExitCode {
  if (observations.some((each) => each.outcome === "crashed")) return exitCodes.failed;
  if (findings.some((each) => each.severity !== "info")) return exitCodes.problemFound;
  if (observations.length > 0 && !reached(observations, silent)) return exitCodes.unreachable;
  return silent.length > 0 ? exitCodes.partly : exitCodes.done;
}
