// A phone sends one report per call and end, and with interval reports one every few seconds; a proxy sends for all.
const perSecond = 20;
const burst = 100;
const mostSources = 2000;

interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

/** How many messages a source may send: a burst, then so many a second. It remembers a bounded number of sources. */
export class SourcePace {
  readonly #buckets = new Map<string, Bucket>();

  /** @param now monotonic, ms */
  admits(source: string, now: number): boolean {
    const known = this.#buckets.get(source) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, known.tokens + ((now - known.at) / 1000) * perSecond);
    const admitted = tokens >= 1;
    this.#buckets.delete(source);
    this.#buckets.set(source, { tokens: admitted ? tokens - 1 : tokens, at: now });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > mostSources && oldest !== undefined) this.#buckets.delete(oldest);
    return admitted;
  }
}
