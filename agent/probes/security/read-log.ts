import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { AuthFailures, type AuthFailureSummary } from "./auth-failures.ts";

/** A log file, line by line. @throws NodeJS.ErrnoException ENOENT, EACCES … */
export async function readAuthFailures(path: string, signal: AbortSignal): Promise<AuthFailureSummary> {
  const failures = new AuthFailures();
  const input = createReadStream(path, { encoding: "utf8", signal });
  for await (const line of createInterface({ input, crlfDelay: Infinity })) failures.add(line);
  return failures.summary();
}
