import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Closing } from "./closing.ts";

/** operations.md section 12: work is put off while the process's own turns come late, and until they come half as late. */
const tooLate = 200;
const goodAgain = tooLate / 2;
/** Turns this late are felt by nobody yet, and tell that work that nobody waits for had better wait. */
const pressing = 50;
/** So many seconds in a row decide. */
const enough = 5;
const second = 1000;
const nanosecondsPerMs = 1e6;

/** Whether there is too much to do, told once a second how late turns were (99th percentile, ms). */
export class LoadJudge {
  #overloaded = false;
  #against = 0;
  #last = 0;

  get overloaded(): boolean {
    return this.#overloaded;
  }

  /** The last second was full: what nobody waits for is left for the next. */
  get pressed(): boolean {
    return this.#last > pressing;
  }

  /** One second's lateness. */
  hear(lateness: number): void {
    this.#last = lateness;
    const otherwise = this.#overloaded ? lateness < goodAgain : lateness > tooLate;
    this.#against = otherwise ? this.#against + 1 : 0;
    if (this.#against < enough) return;
    this.#overloaded = !this.#overloaded;
    this.#against = 0;
  }
}

/** Watches the event loop until the server ends. */
export function watchLoad(closing: Closing): LoadJudge {
  const judge = new LoadJudge();
  const resolution = 20;
  const delays = monitorEventLoopDelay({ resolution });
  delays.enable();
  closing.every(second, async () => {
    judge.hear(delays.percentile(99) / nanosecondsPerMs - resolution);
    delays.reset();
  });
  closing.push(async () => void delays.disable());
  return judge;
}
