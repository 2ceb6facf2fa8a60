import { accessSync, constants, statSync } from "node:fs";
import { CliError, exitCodes } from "./exit-codes.ts";

/**
 * Before anything is asked: is the secret where `env:NAME` or `file:PATH` says? The file is not read, for a pipe can be read
 * once alone.
 * @throws CliError (usage) naming the variable or the path.
 */
export function checkSource(source: string): void {
  const at = source.indexOf(":");
  const [kind, name] = [source.slice(0, at), source.slice(at + 1)];
  if (kind === "env" && process.env[name] === undefined)
    throw new CliError(
      exitCodes.usage,
      `environment variable ${name} is not set, where the secret should be`,
    );
  const why = kind === "file" ? unreadable(name) : undefined;
  if (why !== undefined)
    throw new CliError(exitCodes.usage, `cannot read ${name} (${why}), where the secret should be`);
}

function unreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isDirectory() ? "EISDIR" : undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unreadable";
  }
}
