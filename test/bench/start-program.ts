import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { placed, type Place } from "./cores.ts";

/** A program of ours or a peer, running; disposing ends it, by its id. */
export interface RunningProgram extends AsyncDisposable {
  readonly pid: number;
}

export type Started =
  | { readonly ok: true; readonly program: RunningProgram }
  | { readonly ok: false; readonly why: string };

export interface ProgramWish {
  readonly command: string;
  readonly words: readonly string[];
  readonly place: Place;
  /** Asked again and again until it says true. */
  readonly ready: () => Promise<boolean>;
}

const patience = 5000;

/** Where a program is, as a shell would find it, and where Debian keeps servers; undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin", "/usr/local/sbin"];
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Starts a peer and waits until it answers. Where that cannot be had, the reason is a sentence for `skip`. */
export async function startProgram(wish: ProgramWish): Promise<Started> {
  const path = findProgram(wish.command);
  if (path === undefined) return { ok: false, why: `${wish.command} is not installed` };
  const [command, words] = placed(wish.place, path, wish.words);
  const child = spawn(command, words, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => (said = `${said}${bytes.toString()}`.slice(-500)));
  const program = runningProgram(child);
  const until = performance.now() + patience;
  while (performance.now() < until && child.exitCode === null) {
    if (await wish.ready()) return { ok: true, program };
    await sleep(50);
  }
  await program[Symbol.asyncDispose]();
  const last = said.trim().split("\n").at(-1) ?? "";
  return { ok: false, why: `${wish.command} does not answer here${last === "" ? "" : `: ${last}`}` };
}

const running = new Set<ChildProcess>();
// Whatever becomes of this process, no peer stays behind.
process.once("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

/** Sees to the end of a child: asked first, made to after two seconds. */
export function runningProgram(child: ChildProcess): RunningProgram {
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${child.spawnfile}`);
  running.add(child);
  child.once("exit", () => running.delete(child));
  return {
    pid,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), 2000);
      await ended;
      clearTimeout(force);
    },
  };
}
