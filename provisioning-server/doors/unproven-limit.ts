import { isIPv6 } from "node:net";

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
    return prefixes(address).map((prefix, at) => {
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

function prefixes(address: string): readonly [string, string] {
  if (!isIPv6(address)) return [address, `${address.slice(0, address.lastIndexOf("."))}.0/24`];
  const groups = firstGroups(address);
  return [`${groups.join(":")}/64`, `${groups.slice(0, 3).join(":")}:${groups[3]?.slice(0, 2)}/56`];
}

/** The first four groups of an IPv6 address, four digits each. */
function firstGroups(address: string): string[] {
  const [head = "", tail = ""] = address.split("%")[0]?.split("::") ?? [];
  const front = head === "" ? [] : head.split(":");
  const back = tail === "" ? [] : tail.split(":");
  const gap = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => "0");
  return [...front, ...gap, ...back].slice(0, 4).map((group) => group.padStart(4, "0"));
}
