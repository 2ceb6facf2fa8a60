import type { Dialogue, LadderStep } from "./dialogue.ts";
import { ladderLanes, type LadderLanes } from "./ladder-lanes.ts";

/** Hosts side by side that fit on a screen. */
const mostHosts = 4;
/** Columns of a lane, and of what stands before the first. */
const lane = { most: 28, least: 16 } as const;
const leadWidth = 20;

/**
 * A dialogue as a ladder: time since its first message, packet number, and the messages between its hosts.
 * @param width columns of the terminal: lanes get narrower to fit into it, and notes that do not go below their message
 */
export function printLadder(
  { steps, firstAt, unkept }: Dialogue,
  width = Number.POSITIVE_INFINITY,
): string[] {
  const lanes = ladderLanes(steps);
  const { names } = lanes;
  const fits = Math.floor((width - leadWidth) / names.length);
  const wide = Math.max(lane.least, Math.min(lane.most, fits));
  const lines =
    names.length > mostHosts
      ? steps.map(
          (step) =>
            `${lead(step, firstAt)}  ${step.source} → ${step.destination}  ${step.label}${after(step)}`,
        )
      : [
          heads(names, wide),
          ...steps.flatMap((step) =>
            fitted(`${lead(step, firstAt)}  ${rungs(step, lanes, wide)}`, after(step), width),
          ),
        ];
  return unkept === 0 ? lines : [...lines, `  … and ${unkept} messages more`];
}

function fitted(line: string, note: string, width: number): string[] {
  return line.length + note.length <= width ? [line + note] : [line, " ".repeat(leadWidth) + note];
}

const heads = (names: readonly string[], wide: number) =>
  `${"time".padStart(9)} ${"packet".padStart(8)}  ${names.map((name) => headOf(name, wide)).join("")}`.trimEnd();

/** A name that is too long for its lane loses its port, then its end. */
function headOf(name: string, wide: number): string {
  const short = name.length < wide ? name : name.replace(/:\d+$/, "");
  return (short.length < wide ? short : `${short.slice(0, wide - 2)}…`).padEnd(wide);
}

const lead = ({ at, number }: LadderStep, firstAt: number) =>
  `${((at - firstAt) / 1000).toFixed(3).padStart(9)} ${String(number).padStart(8)}`;

function after({ note, repeats }: LadderStep): string {
  const again = repeats === undefined ? "" : `again (${repeats})`;
  const words = [again, note].filter((word) => word !== "").join("; ");
  return words === "" ? "" : `  ${words}`;
}

/** `│ INVITE ───────────────────▶│` between the two hosts, and a line for each of the others. */
function rungs(
  { source, destination, label }: LadderStep,
  { names, laneOf }: LadderLanes,
  wide: number,
): string {
  const [from, to] = [laneOf(source), laneOf(destination)];
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  const width = (right - left) * wide - 1;
  const most = Math.max(0, width - 4);
  const text = label.length <= most || from === to ? label : `${label.slice(0, most - 1)}…`;
  const bar = "─".repeat(Math.max(0, width - text.length - 3));
  const arrow = from === to ? ` ${text} ↺` : from < to ? ` ${text} ${bar}▶` : `◀${bar} ${text} `;
  let line = "";
  for (const [index] of names.entries()) {
    if (index > left && index < right) continue;
    line += "│";
    if (index === left) line += from === to ? arrow.padEnd(wide - 1) : arrow;
    else if (index < names.length - 1) line += " ".repeat(wide - 1);
  }
  return line;
}
