import type { BenchContext, Row } from "./bench.ts";
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

const warmUpMs = 400;

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
  const sides = [ours, ...peers];
  const runs = new Map<Side, Run[]>(sides.map((side) => [side, []]));
  for (const side of sides) await runSide(context, side, Math.min(warmUpMs, context.effort.runMs));
  for (let round = 0; round < context.effort.rounds; round += 1)
    for (const side of round % 2 === 0 ? sides : sides.toReversed())
      runs.get(side)?.push(await runSide(context, side, context.effort.runMs));
  const runsOf = (side: Side) => runs.get(side) ?? [];
  const units = Object.keys(runsOf(ours)[0]?.rates ?? {});
  const note = noteOn(sides.map((side) => ({ name: side.name, runs: runsOf(side) })));
  for (const unit of units) context.report({ ...rowOf(unit), ...(note === "" ? {} : { note }) });

  function rowOf(unit: string): Row {
    const figures = (side: Side) => runsOf(side).flatMap((run) => run.rates[unit] ?? []);
    const mine = figures(ours);
    const measured = peers.filter((peer) => figures(peer).length === mine.length);
    return {
      work,
      unit,
      ours: spreadOf(mine),
      peers: measured.map((peer) => ({
        name: peer.name,
        figure: spreadOf(figures(peer)),
        ratio: spreadOf(figures(peer).map((figure, round) => (mine[round] ?? 0) / figure)),
      })),
    };
  }
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
