import { BoundedMap } from "./bounded-map.ts";
import type { AbuseKind } from "./strangers.ts";

/** A source that hears nothing until then. */
export interface Ban {
  readonly source: string;
  readonly kind: AbuseKind;
  /** ms since 1970. */
  readonly at: number;
  readonly until: number;
}

/** The figures of the shipped fail2ban jail (fail2ban/jail.d): bantime, findtime, maxretry; times in ms. */
export const banPolicy = { time: 3_600_000, within: 600_000, attempts: 5 } as const;

/** What fail2ban would do, where there is none: whoever is told of five times in ten minutes is shut out for an hour. */
export class Bans {
  readonly #attempts = new BoundedMap<string, readonly number[]>(10_000);
  #bans = new BoundedMap<string, Ban>(10_000);

  /** Counts a hostile attempt; the ban, when this one was the last straw. */
  count(source: string, kind: AbuseKind, now: number): Ban | undefined {
    if (this.has(source, now)) return undefined;
    const recent = (this.#attempts.get(source) ?? []).filter((at) => now - at < banPolicy.within);
    if (recent.length + 1 < banPolicy.attempts) {
      this.#attempts.set(source, [...recent, now]);
      return undefined;
    }
    this.#attempts.delete(source);
    const ban = { source, kind, at: now, until: now + banPolicy.time };
    this.#bans.set(source, ban);
    return ban;
  }

  has(source: string, now: number): boolean {
    return (this.#bans.get(source)?.until ?? 0) > now;
  }

  /** Those in force as the store has them: what somebody lifted is lifted here, what another server found holds here too. */
  replace(bans: Iterable<Ban>): void {
    const all = new BoundedMap<string, Ban>(10_000);
    for (const ban of bans) all.set(ban.source, ban);
    this.#bans = all;
  }
}
