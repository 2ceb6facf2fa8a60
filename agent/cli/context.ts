import type { Readable, Writable } from "node:stream";
import type { ExitCode } from "./exit-codes.ts";
import { plainStyle, terminalStyle, type Style } from "./print/style.ts";

/** What every verb gets: data goes to `out`, talk and progress to `say`, and the end is an exit code. */
export interface CliContext {
  /** One line of data on stdout. */
  out(line: string): void;
  /** Exact bytes on stdout, for files. */
  outBytes(bytes: Uint8Array): void;
  /** One line of talk on stderr. */
  say(line: string): void;
  /** A line that the next one replaces, on a terminal; off a terminal it says nothing. */
  progress(line: string): void;
  /** Style of stdout: colours on a terminal, none elsewhere. */
  readonly style: Style;
  /** Columns of the terminal that stdout is, at most 120; absent where it is none. */
  readonly width?: number;
  readonly stdin: Readable & { isTTY?: boolean };
  readonly environment: NodeJS.ProcessEnv;
  /** Ends at Ctrl-C and SIGTERM; the second signal ends the process at once. */
  readonly signal: AbortSignal;
  /** Ends the verb with this code, without a message. */
  end(code: ExitCode): void;
}

function wantsColour(stream: Writable & { isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && (environment.NO_COLOR ?? "") === "" && environment.TERM !== "dumb";
}

/** The context of the real process. */
export function processContext(): CliContext {
  const stop = new AbortController();
  let progressShown = false;
  const clearProgress = () => {
    if (progressShown) process.stderr.write("\r\u001b[K");
    progressShown = false;
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(name === "SIGINT" ? 130 : 143);
      process.exitCode = name === "SIGINT" ? 130 : 143;
      stop.abort(new Error("interrupted"));
    });
  }
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  return {
    out(line) {
      clearProgress();
      process.stdout.write(`${line}\n`);
    },
    outBytes(bytes) {
      clearProgress();
      process.stdout.write(bytes);
    },
    say(line) {
      clearProgress();
      process.stderr.write(`${line}\n`);
    },
    progress(line) {
      if (process.stderr.isTTY !== true) return;
      process.stderr.write(`\r\u001b[K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
      progressShown = true;
    },
    ...(process.stdout.isTTY ? { width: Math.max(40, Math.min(process.stdout.columns, 120)) } : {}),
    style: wantsColour(process.stdout, process.env) ? terminalStyle : plainStyle,
    stdin: process.stdin,
    environment: process.env,
    signal: stop.signal,
    end(code) {
      process.exitCode = code;
    },
  };
}
