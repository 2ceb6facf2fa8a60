/** Rungs 10 % apart from 2,000 a second on: the highest one that is kept without a fault is the clean rate. */
const lowest = 2000;
const apart = 1.1;
const highest = 60;

export const rateOf = (rung: number): number => Math.round((lowest * apart ** rung) / 100) * 100;

/**
 * Climbs to the highest clean rung, from where it was the last time. A rung that fails is tried once more: on a machine that
 * others use, a moment without the core looks like a loss.
 */
export class RateLadder {
  #rung: number;
  readonly #isClean: (rate: number) => Promise<boolean>;

  constructor(isClean: (rate: number) => Promise<boolean>, start = 30) {
    this.#isClean = isClean;
    this.#rung = start;
  }

  /** A rate, per second; 0 when not even the lowest was clean. */
  async climb(): Promise<number> {
    let rung = this.#rung;
    let step = 4;
    if (await this.#tryTwice(rung)) {
      while (rung + step <= highest && (await this.#tryTwice(rung + step))) rung += step;
    } else {
      do rung -= step;
      while (rung >= 0 && !(await this.#tryTwice(rung)));
      if (rung < 0) return 0;
    }
    for (step /= 2; step >= 1; step /= 2) if (await this.#tryTwice(rung + step)) rung += step;
    this.#rung = rung;
    return rateOf(rung);
  }

  async #tryTwice(rung: number): Promise<boolean> {
    return (await this.#isClean(rateOf(rung))) || (await this.#isClean(rateOf(rung)));
  }
}
