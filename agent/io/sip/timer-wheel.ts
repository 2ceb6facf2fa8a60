/** Many deadlines, each met no more than `tick` late: one look at the clock for all of them, and nothing to cancel. */
export class TimerWheel<T> {
  readonly #tick: number;
  readonly #slots = new Map<number, T[]>();
  #next: number;

  /** `now`: of the same clock as all that follows, ms. */
  constructor(tick: number, now: number) {
    this.#tick = tick;
    this.#next = Math.floor(now / tick);
  }

  add(at: number, item: T): void {
    const slot = Math.max(this.#next, Math.ceil(at / this.#tick));
    const items = this.#slots.get(slot);
    if (items === undefined) this.#slots.set(slot, [item]);
    else items.push(item);
  }

  /** What has come due by now; each is given once. */
  *due(now: number): Generator<T> {
    while (this.#next * this.#tick <= now) {
      const slot = this.#next;
      const items = this.#slots.get(slot);
      this.#slots.delete(slot);
      // What is added meanwhile for now or earlier must find a slot that is still to come.
      this.#next += 1;
      if (items !== undefined) yield* items;
    }
  }
}
