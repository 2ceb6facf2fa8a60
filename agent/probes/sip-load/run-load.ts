import type { WrittenRequest } from "../../../protocol/sip/request-template.ts";
import type { Clock } from "../../io/clock.ts";
import type { SipClient } from "../../io/sip/sip-client.ts";
import { LoadLog } from "./load-log.ts";

export interface LoadPlan {
  /** Requests a second, at even distances. */
  readonly rate: number;
  readonly seconds: number;
  /** Hears one line of every second. */
  readonly say: (line: string) => void;
}

/** `silent`: nothing was answered any more; `error`: ICMP. */
export type LoadEnding = "done" | "silent" | "error" | "stopped";

export interface LoadRun {
  readonly log: LoadLog;
  readonly ending: LoadEnding;
  readonly sent: number;
  /** s, of sending alone. */
  readonly took: number;
}

/** Later than so, what is due is left out: a stall of our own must not become a burst at the server (ms). */
const mostBehind = 20;
/** So long without any answer, and there is nothing more to learn (ms). */
const mostSilence = 3000;
/** Once ICMP has spoken, or for what an own tick may be late (ms). */
const pause = 20;

/**
 * Asks at an even rate that does not wait for answers, then waits for what is still open: the client's timers give up by
 * themselves. The signal ends both at once; requests that then wait are not in the log.
 */
export async function runLoad(
  client: SipClient,
  next: () => WrittenRequest,
  plan: LoadPlan,
  clock: Clock,
  signal: AbortSignal,
): Promise<LoadRun> {
  const from = clock.mono();
  const log = new LoadLog(from);
  const until = from + plan.seconds * 1000;
  const step = 1000 / plan.rate;
  const lines = new LoadLines(from, plan.say);
  let [sent, due] = [0, from];
  let ending = endingOf(log, clock.mono(), signal);
  while (ending === "done" && clock.mono() < until) {
    const now = clock.mono();
    if (now - due > mostBehind) due = now;
    for (; due <= now && due < until; due += step, sent += 1) client.ask(next(), (end) => log.add(end));
    await sleepQuietly(clock, Math.max(1, Math.min(due, until) - clock.mono()), signal);
    lines.look(clock.mono(), { sent, answered: log.answered, open: client.open });
    ending = endingOf(log, clock.mono(), signal);
  }
  const took = (clock.mono() - from) / 1000;
  while (client.open > 0 && (ending === "done" || ending === "silent")) {
    await sleepQuietly(clock, pause, signal);
    if (signal.aborted) ending = "stopped";
    else if (log.error !== undefined) ending = "error";
  }
  return { log, ending, sent, took };
}

function endingOf(log: LoadLog, now: number, signal: AbortSignal): LoadEnding {
  if (signal.aborted) return "stopped";
  if (log.error !== undefined) return "error";
  return now - log.lastAnswerAt > mostSilence ? "silent" : "done";
}

/** Who ends the run is asked of the signal afterwards. */
async function sleepQuietly(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

interface Counts {
  readonly sent: number;
  readonly answered: number;
  readonly open: number;
}

/** One line of each second, as it is over. */
class LoadLines {
  readonly #from: number;
  readonly #say: (line: string) => void;
  #told = 0;
  #before: Counts = { sent: 0, answered: 0, open: 0 };

  constructor(from: number, say: (line: string) => void) {
    this.#from = from;
    this.#say = say;
  }

  look(now: number, counts: Counts): void {
    const over = Math.floor((now - this.#from) / 1000);
    if (over <= this.#told) return;
    this.#told = over;
    const sent = counts.sent - this.#before.sent;
    const answered = counts.answered - this.#before.answered;
    this.#before = counts;
    this.#say(`second ${over}: ${sent} asked, ${answered} answered, ${counts.open} waiting`);
  }
}
