// `npm run bench`: runs the benches named on the command line, or all, and prints what they measured.
//   --quick   a short run, for a look; quote the long one
//   --json    one JSON object a line on stdout
// It ends with a plain line `N figures, N skipped, N failed`. Slow is never a failure; a wrong byte or a crash is.
import { globSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { Bench, BenchContext, Effort } from "./bench.ts";
import { pinToCores } from "./cores.ts";
import { jsonPrinter, type Printer, tablePrinter } from "./print.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, json: { type: "boolean", default: false } },
});
const effort: Effort = flags.quick
  ? { rounds: 3, runMs: 250, workMs: 3500, brief: true }
  : { rounds: 5, runMs: 1000, workMs: 20_000, brief: false };
/** A bench that hangs must not hang the others. */
const longest = flags.quick ? 25_000 : 120_000;
/** One that hears the signal ends by itself within this time, and its programs with it. */
const grace = 5000;

const files = new Map(
  globSync("*.bench.ts", { cwd: import.meta.dirname })
    .toSorted()
    .map((file) => [basename(file, ".bench.ts"), file]),
);
const unknown = positionals.filter((name) => !files.has(name));
if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(", ")}; there are ${[...files.keys()].join(", ")}`);
  process.exit(2);
}

const stop = new AbortController();
process.once("SIGINT", () => stop.abort(new Error("interrupted")));
process.once("SIGTERM", () => stop.abort(new Error("terminated")));

const printer: Printer = flags.json ? jsonPrinter() : tablePrinter();
const counts = { figures: 0, skipped: 0, failed: 0 };
printer.start({ node: process.version, cores: pinToCores(), ...effort });
for (const [name, file] of files)
  if (positionals.length === 0 || positionals.includes(name)) await runBench(name, file);
printer.end(counts);
process.exit(counts.failed > 0 ? 1 : 0);

async function runBench(name: string, file: string): Promise<void> {
  if (stop.signal.aborted) return;
  const limit = new AbortController();
  const signal = AbortSignal.any([stop.signal, limit.signal]);
  let timer: NodeJS.Timeout | undefined;
  try {
    const { bench } = (await import(pathToFileURL(`${import.meta.dirname}/${file}`).href)) as {
      bench: Bench;
    };
    const most = effort.brief ? longest : (bench.longest ?? longest);
    timer = setTimeout(() => limit.abort(new Error(`not done within ${most / 1000} s`)), most);
    printer.bench(name, bench.about);
    await using folder = await temporaryFolder(name);
    await Promise.race([bench.run(contextFor(name, folder.path, signal)), rejectLate(signal)]);
  } catch (error) {
    counts.failed += 1;
    printer.failure(name, error);
  } finally {
    clearTimeout(timer);
  }
}

function contextFor(name: string, folder: string, signal: AbortSignal): BenchContext {
  return {
    effort,
    signal,
    folder,
    report(row) {
      counts.figures += 1;
      printer.row(name, row);
    },
    skip(what, why) {
      counts.skipped += 1;
      printer.skip(name, what, why);
    },
  };
}

function rejectLate(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => setTimeout(() => reject(signal.reason), grace).unref(), {
      once: true,
    });
  });
}
