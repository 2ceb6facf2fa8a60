import type { OpenStream } from "./open-stream.ts";
import { paceOf, type RunParts } from "./run-parts.ts";

/** One line a second for a person who waits: what this second was like, and what it comes to. */
export class LiveLine {
  readonly #parts: RunParts;
  readonly #open: readonly OpenStream[];
  #before = { sent: 0, back: 0 };

  constructor(parts: RunParts, open: readonly OpenStream[]) {
    this.#parts = parts;
    this.#open = open;
  }

  next(sent: number): string {
    const total = paceOf(this.#parts).count * this.#open.length;
    const back = this.#open.reduce((sum, { log }) => sum + log.received, 0);
    const [out, came] = [sent - this.#before.sent, back - this.#before.back];
    this.#before = { sent, back };
    const jitter = this.#open.reduce((most, { log }) => Math.max(most, log.reporter.jitter), 0);
    // Under 80 columns even with 200 streams of a minute; the host was named when it was called.
    return (
      `RTP ${String(Math.min(sent, total)).padStart(6)}/${total} sent, ${String(back).padStart(6)} back` +
      ` · now ${out} out, ${came} in · jitter ${jitter.toFixed(1)} ms`
    );
  }
}
