interface Stamp {
  readonly mono: number;
  readonly bootId: string;
}

/** Below this an agent's clock is as good as ours; correcting it would only write the network's delay into the times. */
const tolerated = 2000;

/**
 * What to add to a report's times to get true ones, ms; 0 when the agent's clock is right. Within one run of the agent
 * its monotonic clock says how old the report is, whatever the wall clock did meanwhile; over a restart its present
 * error is the best guess.
 */
export function timeShift(
  report: Stamp & { readonly sealedAt: number },
  sent: Stamp & { readonly at: number },
  receivedAt: number,
): number {
  const age = sent.mono - report.mono;
  const shift =
    report.bootId === sent.bootId && age >= 0 ? receivedAt - age - report.sealedAt : receivedAt - sent.at;
  return Math.abs(shift) <= tolerated ? 0 : Math.round(shift);
}
