import type { Clock } from "../io/clock.ts";
import { SerialError, type SerialLink } from "../io/serial/serial.ts";
import { sleepOr } from "./listening.ts";

export interface KeepOptions {
  /** Opens the port; by a name that stays after a replug, looked up anew each time. */
  readonly open: () => Promise<SerialLink>;
  /** Uses one connection to its end. @returns why it ended. */
  readonly use: (link: SerialLink) => Promise<SerialError>;
  readonly onLost: (problem: SerialError, again: number) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const pauses = [1000, 2000, 4000, 8000, 15_000];
/** A port that closes again so soon was not open. */
const shortest = 250;

/**
 * Opens a port again and again until the signal ends it, with one new object per connection: an object that has seen an
 * error holds the lock and gives nothing.
 * @returns how often it was opened anew.
 */
export async function keepConnected(options: KeepOptions): Promise<number> {
  const { clock, signal } = options;
  let failures = 0;
  let reconnects = 0;
  while (!signal.aborted) {
    const { problem, lasted } = await connectOnce(options);
    if (signal.aborted) break;
    failures = lasted > shortest ? 0 : Math.min(failures + 1, pauses.length);
    const again = pauses[Math.max(0, failures - 1)] ?? 0;
    options.onLost(problem, again);
    await sleepOr(clock, again, signal);
    reconnects += 1;
  }
  return reconnects;
}

async function connectOnce(
  options: KeepOptions,
): Promise<{ readonly problem: SerialError; readonly lasted: number }> {
  try {
    await using link = await options.open();
    const since = options.clock.mono();
    const problem = await options.use(link);
    return { problem, lasted: options.clock.mono() - since };
  } catch (error) {
    if (options.signal.aborted) return { problem: new SerialError("port-unplugged", "ended"), lasted: 0 };
    if (!(error instanceof SerialError)) throw error;
    return { problem: error, lasted: 0 };
  }
}
