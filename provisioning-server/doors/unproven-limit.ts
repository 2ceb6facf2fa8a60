import { neighbourhoodOf, sourceOf } from "./address-prefix.ts";

export interface UnprovenRates {
  /** Transfers begun per second to one address (IPv6: one /64) that has not acknowledged anything. */
  readonly perAddress: number;
  /** The same for its neighbourhood: /24, or /56. */
  readonly perNetwork: number;
}

/** operations.md section 10 rule 2: 5 and 50, times 20 for listed networks, and no others are served. */
const siteRates: UnprovenRates = { perAddress: 100, perNetwork: 1000 };

interface Bucket {
  tokens: number;
  at: number;
}

const most = 10_000;

/**
 * UDP sources can be forged, and a forged one never acknowledges. So a transfer costs a token that comes back with the
 * first ACK, or else with time; without one nothing is sent.
 */
export class UnprovenLimit {
  readonly #rates: UnprovenRates;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rates: UnprovenRates = siteRates) {
    this.#rates = rates;
  }

  take(address: string, now: number): boolean {
    const pair = this.#pair(address, now);
    if (pair.some(([bucket]) => bucket.tokens < 1)) return false;
    for (const [bucket] of pair) bucket.tokens -= 1;
    return true;
  }

  giveBack(address: string, now: number): void {
    for (const [bucket, rate] of this.#pair(address, now)) bucket.tokens = Math.min(bucket.tokens + 1, rate);
  }

  #pair(address: string, now: number): readonly (readonly [Bucket, number])[] {
    const { perAddress, perNetwork } = this.#rates;
    return [sourceOf(address), neighbourhoodOf(address)].map((prefix, at) => {
      const rate = at === 0 ? perAddress : perNetwork;
      return [this.#bucket(prefix, rate, now), rate] as const;
    });
  }

  #bucket(prefix: string, rate: number, now: number): Bucket {
    const bucket = this.#buckets.get(prefix) ?? { tokens: rate, at: now };
    bucket.tokens = Math.min(rate, bucket.tokens + ((now - bucket.at) / 1000) * rate);
    bucket.at = now;
    // Newest last: what is thrown away beyond the limit has been quiet the longest.
    this.#buckets.delete(prefix);
    this.#buckets.set(prefix, bucket);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= most) break;
      this.#buckets.delete(oldest);
    }
    return bucket;
  }
}
