// What a cable takes away: constant-power load, each pair has two wires in parallel, so that the loop of a pair-set has the
// ohms of one wire of the cable's length.

/** Ohms per 100 m of one wire, at 20 °C. */
export const wireOhms = { "23": 6.65, "24": 9.38, "26": 13.9, "28": 21.9 } as const;
export type WireGauge = keyof typeof wireOhms;

/** Loop ohms of a pair-set; four-pair power halves them. */
export function loopOhms(gauge: WireGauge, meters: number): number {
  return (wireOhms[gauge] * meters) / 100;
}

/** Volts at a phone that draws so many watts; undefined where the run cannot carry them at all. */
export function voltsAtPhone(sourceVolts: number, ohms: number, watts: number): number | undefined {
  const root = sourceVolts ** 2 - 4 * ohms * watts;
  return root < 0 ? undefined : (sourceVolts + Math.sqrt(root)) / 2;
}

export interface CableRun {
  readonly sourceVolts: number;
  readonly phoneVolts: number;
  readonly watts: number;
  readonly gauge: WireGauge;
  readonly meters: number;
}

export interface CableJudgement {
  readonly verdict: "cable-ok" | "cable-loss" | "cable-impossible";
  readonly reason: string;
}

/** Is the loss what this cable would take? More than 1.5 × the estimate and half a volt is not. */
export function judgeCable(run: CableRun): CableJudgement {
  const expected = voltsAtPhone(run.sourceVolts, loopOhms(run.gauge, run.meters), run.watts);
  const loss = run.sourceVolts - run.phoneVolts;
  const cable = `${run.meters} m of ${run.gauge} AWG`;
  if (expected === undefined)
    return {
      verdict: "cable-impossible",
      reason: `${cable} cannot carry ${run.watts} W from ${run.sourceVolts} V`,
    };
  const estimate = run.sourceVolts - expected;
  const reason = `${loss.toFixed(2)} V are lost, ${cable} take ${estimate.toFixed(2)} V at ${run.watts} W`;
  return loss > 1.5 * estimate + 0.5
    ? {
        verdict: "cable-loss",
        reason: `${reason}: copper-clad aluminium, thin patch cable, a bad crimp, or water`,
      }
    : { verdict: "cable-ok", reason };
}
