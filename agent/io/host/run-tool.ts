import { execFile } from "node:child_process";

export type ToolRun =
  | { readonly ok: true; readonly out: string }
  | { readonly ok: false; readonly code: string };

/** Runs a program of this machine without a shell. `code` is the system's (ENOENT), or the exit code. */
export function runTool(
  file: string,
  words: readonly string[],
  options: { readonly timeout: number; readonly signal: AbortSignal },
): Promise<ToolRun> {
  return new Promise((resolve) => {
    const limits = { ...options, maxBuffer: 4_000_000, encoding: "utf8" as const };
    execFile(file, words, limits, (error, out) => {
      resolve(error === null ? { ok: true, out } : { ok: false, code: String(error.code ?? error.message) });
    });
  });
}
