import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { AuthFailures, type AuthFailureSummary } from "./auth-failures.ts";
import { Retransmissions, type RetransmissionSummary } from "./retransmissions.ts";

export interface LogSummary extends AuthFailureSummary {
  readonly retransmissions: RetransmissionSummary;
}

/** A log file, line by line. @throws NodeJS.ErrnoException ENOENT, EACCES … */
export async function readLog(path: string, signal: AbortSignal): Promise<LogSummary> {
  const failures = new AuthFailures();
  const retransmissions = new Retransmissions();
  const input = createReadStream(path, { encoding: "utf8", signal });
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    failures.add(line);
    retransmissions.add(line);
  }
  return { ...failures.summary(), retransmissions: retransmissions.summary() };
}
