import { createHash } from "node:crypto";

/** What `due` has to know of a plan. */
export interface DuePlan {
  readonly id: string;
  /** Whether a moment, ms since 1970, is one of the schedule's seconds. */
  matches(at: number): boolean;
}

/** How a plan stands. */
export interface RunState {
  /** When its first run is due, ms since 1970; undefined once that was started. */
  readonly firstAt: number | undefined;
  readonly running: boolean;
}

export interface Due<Plan> {
  readonly run: readonly Plan[];
  /** Due, and still busy with the run before: not started again. */
  readonly late: readonly Plan[];
}

/** A machine that slept does not make up for what it missed. */
const longestLook = 60_000;

/**
 * Which plans are due after `from` and up to `to`, ms since 1970. Every plan runs once at its own moment after the
 * start, then whenever one of its seconds passes.
 */
export function due<Plan extends DuePlan>(
  plans: readonly Plan[],
  states: ReadonlyMap<string, RunState>,
  { from, to }: { readonly from: number; readonly to: number },
): Due<Plan> {
  const seconds = secondsIn(Math.max(from, to - longestLook), to);
  const isDue = (plan: Plan) => {
    const firstAt = states.get(plan.id)?.firstAt;
    return firstAt === undefined ? seconds.some((second) => plan.matches(second)) : firstAt <= to;
  };
  const all = plans.filter(isDue);
  const isRunning = (plan: Plan) => states.get(plan.id)?.running === true;
  return { run: all.filter((plan) => !isRunning(plan)), late: all.filter(isRunning) };
}

function secondsIn(from: number, to: number): number[] {
  const seconds: number[] = [];
  for (let second = Math.floor(from / 1000) * 1000 + 1000; second <= to; second += 1000) seconds.push(second);
  return seconds;
}

/** Where in the spread after a start a plan first runs, ms: always the same for one plan of one agent. */
export function startJitter(agent: string, plan: string, spread: number): number {
  const fraction = createHash("sha256").update(`${agent}\n${plan}`).digest().readUInt32BE() / 2 ** 32;
  return Math.floor(fraction * spread);
}
