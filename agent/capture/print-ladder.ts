import type { Dialogue, LadderStep } from "./dialogue.ts";

/** Hosts side by side that fit on a screen. */
const mostHosts = 4;
const lane = 28;

/** A dialogue as a ladder: time since its first message, packet number, and the messages between its hosts. */
export function printLadder({ steps, firstAt, unkept }: Dialogue): string[] {
  const hosts = [...new Set(steps.flatMap(({ source, destination }) => [source, destination]))];
  const lines =
    hosts.length > mostHosts
      ? steps.map(
          (step) =>
            `${lead(step, firstAt)}  ${step.source} → ${step.destination}  ${step.label}${after(step)}`,
        )
      : [heads(hosts), ...steps.map((step) => `${lead(step, firstAt)}  ${rungs(step, hosts)}${after(step)}`)];
  return unkept === 0 ? lines : [...lines, `  … and ${unkept} messages more`];
}

const heads = (hosts: readonly string[]) =>
  `${"time".padStart(9)} ${"packet".padStart(8)}  ${hosts.map((host) => host.padEnd(lane)).join("")}`.trimEnd();

const lead = ({ at, number }: LadderStep, firstAt: number) =>
  `${((at - firstAt) / 1000).toFixed(3).padStart(9)} ${String(number).padStart(8)}`;

function after({ note, repeats }: LadderStep): string {
  const again = repeats === undefined ? "" : `again (${repeats})`;
  const words = [again, note].filter((word) => word !== "").join("; ");
  return words === "" ? "" : `  ${words}`;
}

/** `│ INVITE ───────────────────▶│` between the two hosts, and a line for each of the others. */
function rungs({ source, destination, label }: LadderStep, hosts: readonly string[]): string {
  const [from, to] = [hosts.indexOf(source), hosts.indexOf(destination)];
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  const width = (right - left) * lane - 1;
  const text = label.slice(0, Math.max(0, width - 4));
  const bar = "─".repeat(Math.max(0, width - text.length - 3));
  const arrow = from === to ? ` ${text} ↺` : from < to ? ` ${text} ${bar}▶` : `◀${bar} ${text} `;
  let line = "";
  for (const [index] of hosts.entries()) {
    if (index > left && index < right) continue;
    line += "│";
    if (index === left) line += from === to ? arrow.padEnd(lane - 1) : arrow;
    else if (index < hosts.length - 1) line += " ".repeat(lane - 1);
  }
  return line;
}
