import pino, { type Logger } from "pino";

/** Never in a log, wherever it stands in an object; the list is tested. */
export const redacted = [
  "secret",
  "password",
  "authorization",
  "cookie",
  "token",
  "nonce",
  "kek",
  "key",
  "pin",
] as const;

/** One JSON line per event. Values from the wire are values, never keys, and never part of `msg`. */
export function serverLog(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: redacted.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "••••" },
  });
}
