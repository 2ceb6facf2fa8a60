import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { placed } from "./cores.ts";
import { runningProgram, type RunningProgram } from "./start-program.ts";

/** A server of ours in a process of its own, as its peers are: its first line on stdout is JSON that says where it is. */
export interface OwnProcess<T> extends RunningProgram {
  readonly says: T;
}

/** @throws when it ends before it says anything. */
export async function startOwnProcess<T>(file: string, words: readonly string[]): Promise<OwnProcess<T>> {
  const [command, all] = placed("server", process.execPath, [file, ...words]);
  const child = spawn(command, all, { stdio: ["pipe", "pipe", "inherit"] });
  const program = runningProgram(child);
  const first = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`${file} ended with code ${String(code)}`)));
    createInterface({ input: child.stdout }).once("line", resolve);
  });
  return { ...program, says: JSON.parse(first) as T };
}

/** Called by the other end: says where it is, and ends with the process that started it. */
export function sayAndServe(says: unknown): void {
  process.stdout.write(`${JSON.stringify(says)}\n`);
  process.stdin.on("end", () => process.exit(0)).resume();
}
