import type { BenchContext, PeerFigure } from "./bench.ts";
import { spreadOf } from "./spread.ts";

/** What one run of one side came to: figures by unit, more is better. */
export interface Run {
  readonly rates: Readonly<Record<string, number>>;
  /** How much of its core the load generator used, 0 to 1: near 1, the generator was the limit, not the server. */
  readonly loadBusy?: number;
  /** Work that failed in this run; shown, for a fast server that loses requests is none. */
  readonly failed?: number;
}

export interface Side {
  readonly name: string;
  run(ms: number): Promise<Run>;
}

/** Servers run for months: ours has its code compiled before anything counts. Peers only need their files in memory. */
const warmUp = { ours: 2, peers: 0.4 } as const;

/**
 * Runs all sides once per round, in one order and then in the other, and reports every figure: the spread of each side,
 * and the spread of the ratios round by round, so that what the machine does meanwhile falls on both.
 */
export async function compare(
  context: BenchContext,
  work: string,
  ours: Side,
  peers: readonly Side[] = [],
): Promise<void> {
  const { rounds, runMs, workMs } = context.effort;
  const sides = [ours, ...peers];
  const until = performance.now() + workMs;
  for (const side of sides)
    await runSide(context, side, runMs * (side === ours ? warmUp.ours : warmUp.peers));
  const done: Map<Side, Run>[] = [];
  while (done.length < rounds && (done.length === 0 || performance.now() < until)) {
    const round = new Map<Side, Run>();
    for (const side of done.length % 2 === 0 ? sides : sides.toReversed())
      round.set(side, await runSide(context, side, runMs));
    done.push(round);
  }
  const runsOf = (side: Side) => done.flatMap((round) => round.get(side) ?? []);
  const note = noteOn(sides.map((side) => ({ name: side.name, runs: runsOf(side) })));
  for (const unit of new Set(runsOf(ours).flatMap((run) => Object.keys(run.rates))))
    context.report({
      work,
      unit,
      rounds: done.length,
      ours: spreadOf(runsOf(ours).flatMap((run) => run.rates[unit] ?? [])),
      peers: peers.flatMap((peer) => figureOf(peer.name, unit, runsOf(peer), runsOf(ours)) ?? []),
      ...(note === "" ? {} : { note }),
    });
}

function figureOf(
  name: string,
  unit: string,
  runs: readonly Run[],
  ours: readonly Run[],
): PeerFigure | undefined {
  const figures = runs.flatMap((run) => run.rates[unit] ?? []);
  if (figures.length === 0) return undefined;
  const ratios = runs.flatMap((run, round) => {
    const [mine, peers] = [ours[round]?.rates[unit], run.rates[unit]];
    return mine === undefined || peers === undefined || peers === 0 ? [] : mine / peers;
  });
  return { name, figure: spreadOf(figures), ...(ratios.length === 0 ? {} : { ratio: spreadOf(ratios) }) };
}

async function runSide({ signal }: BenchContext, side: Side, ms: number): Promise<Run> {
  signal.throwIfAborted();
  return side.run(ms);
}

function noteOn(sides: readonly { readonly name: string; readonly runs: readonly Run[] }[]): string {
  const busy = sides.flatMap(({ name, runs }) => {
    const shares = runs.flatMap((run) => run.loadBusy ?? []);
    return shares.length === 0 ? [] : `${name} ${Math.round(spreadOf(shares).median * 100)} %`;
  });
  const failed = sides.flatMap(({ name, runs }) => {
    const sum = runs.reduce((total, run) => total + (run.failed ?? 0), 0);
    return sum === 0 ? [] : `${name} ${sum}`;
  });
  return [
    ...(busy.length === 0 ? [] : [`load generator busy: ${busy.join(", ")}`]),
    ...(failed.length === 0 ? [] : [`failed: ${failed.join(", ")}`]),
  ].join("; ");
}
