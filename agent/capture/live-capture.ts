import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Mismatch } from "../../protocol/decoded.ts";
import type { CaptureAnalysis } from "./capture-analysis.ts";
import { readCapture, type ReadingProgress } from "./read-capture.ts";

export interface LiveOptions {
  /** Name of the interface; `any` for all. */
  readonly interface: string;
  /** Keeps all packets in this file. */
  readonly keep?: string;
  /** Ends the capture; what was seen is explained then. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ReadingProgress) => void;
}

/** What became of a live capture: how it ended, in tcpdump's words where it failed. */
export interface LiveEnd {
  readonly failed?: string;
  /** Packets that the kernel dropped because tcpdump was too slow: they are missing, not lost. */
  readonly dropped: number;
  readonly damage: Mismatch | undefined;
}

/** Captures on the wire with tcpdump: calls on any port, and their media. */
export async function captureLive(analysis: CaptureAnalysis, options: LiveOptions): Promise<LiveEnd> {
  // -U, --immediate-mode: packets as they come, or the last second is lost at the end. -s 0: whole. No filter: fragments
  // and VLAN tags escape one by port.
  const child = spawn(
    "tcpdump",
    ["-i", options.interface, "-U", "--immediate-mode", "-s", "0", "-n", "-w", "-"],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4000)));
  const failure = new Promise<string>((resolve) => child.once("error", (error) => resolve(error.message)));
  const ended = Promise.race([failure, once(child, "exit").then(() => undefined)]);
  const stop = () => child.kill("SIGINT");
  options.signal.addEventListener("abort", stop, { once: true });
  if (options.signal.aborted) stop();
  const through = new Transform({ transform: (chunk, _, done) => done(null, chunk) });
  const reading = readCapture(through, analysis, options.onProgress);
  const tee = options.keep === undefined ? undefined : createWriteStream(options.keep, { mode: 0o640 });
  if (tee !== undefined) child.stdout.pipe(tee);
  await pipeline(child.stdout, through).catch(() => through.end());
  const damage = await reading;
  const spawnFailed = await ended;
  options.signal.removeEventListener("abort", stop);
  if (tee !== undefined) await new Promise((resolve) => tee.end(resolve));
  return liveEnd(
    spawnFailed ?? (child.exitCode === 0 || options.signal.aborted ? undefined : lastLine(said)),
    said,
    damage,
  );
}

function liveEnd(failed: string | undefined, said: string, damage: Mismatch | undefined): LiveEnd {
  const dropped = Number(/(\d+) packets dropped by kernel/.exec(said)?.[1] ?? 0);
  return { ...(failed === undefined ? {} : { failed }), dropped, damage };
}

const lastLine = (text: string) => text.trim().split("\n").at(-1) ?? "tcpdump ended";
