import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import { sparkline } from "../../sparkline.ts";
import type { Figures } from "./figures.ts";

const width = 40;

// From zero, and up to what matters to an ear at least: a spotless run is a flat line.
const lossScale = { from: 0, atLeast: 5 };
const jitterScale = { from: 0, atLeast: 20 };

const rows: readonly (readonly [string, ObservationKey, typeof lossScale, string])[] = [
  ["loss there", "rtp.fwd.loss.series", lossScale, "%"],
  ["loss back", "rtp.rev.loss.series", lossScale, "%"],
  ["loss, both ways", "rtp.loss.series", lossScale, "%"],
  ["jitter there", "rtp.jitter.fwd.series", jitterScale, "ms"],
  ["jitter back", "rtp.jitter.rev.series", jitterScale, "ms"],
];

/** A row of bars for each figure that has a number for each second; nothing for a run of one second. */
export function chartOf(figures: Figures): string[] {
  const drawn = rows.flatMap(([label, key, scale, unit]) => {
    const values = figures.list(key).map(Number);
    if (values.length < 2) return [];
    const most = values.reduce((a, b) => Math.max(a, b), 0);
    const place = most === 0 ? "" : ` in second ${values.indexOf(most) + 1}`;
    return [
      `  ${label.padEnd(16)}${sparkline(values, width, scale)}  most ${most.toFixed(1)} ${unit}${place}`,
    ];
  });
  return drawn.length === 0
    ? []
    : ["", "  each second, lost or too late, and jitter; the bars begin at 0", ...drawn];
}
