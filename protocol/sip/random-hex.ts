import type { RandomBytes } from "./request.ts";

/** Random identifiers drawn many at a time: asking the system for eight octets costs more than all else of a request. */
export class RandomHex {
  readonly #random: RandomBytes;
  #pool = "";
  #at = 0;

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  /** `n` octets that nobody was given before, as hex digits. */
  next(n: number): string {
    if (this.#at + 2 * n > this.#pool.length) {
      this.#pool = Buffer.from(this.#random(Math.max(4096, n))).toString("hex");
      this.#at = 0;
    }
    this.#at += 2 * n;
    return this.#pool.slice(this.#at - 2 * n, this.#at);
  }
}
