import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";

// Load on one core, servers on another: otherwise the two disturb each other, and each run differently.

const loadCore = 0;
const serverCore = 1;

export type Place = "load" | "server";

let pinned = false;

/** Keeps this process to the load's core, where the system can; says how it is. Programs that are started later follow. */
export function pinToCores(): string {
  if (availableParallelism() < 2) return "one core for all";
  try {
    execFileSync("taskset", ["-acp", String(loadCore), String(process.pid)], { stdio: "ignore" });
  } catch {
    return "not pinned (no taskset)";
  }
  pinned = true;
  return `load on core ${loadCore}, servers on core ${serverCore}`;
}

/** The command that runs a program in its place. */
export function placed(place: Place, command: string, words: readonly string[]): [string, string[]] {
  if (!pinned) return [command, [...words]];
  return ["taskset", ["-c", String(place === "load" ? loadCore : serverCore), command, ...words]];
}
