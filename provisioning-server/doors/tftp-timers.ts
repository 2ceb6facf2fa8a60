/** What the wheel wakes. `wakeAt` may move later at any time and at no cost: it is looked at anew when its slot comes. */
export interface Sleeper {
  /** On the clock of the wheel, ms; Infinity: never again. */
  readonly wakeAt: number;
  wake(now: number): void;
}

const tick = 20;
const slots = 512;

/**
 * One timer for all transfers. A transfer's time moves with every ACK, so that a timer of its own per packet costs more than
 * the packet: here it lies in a slot, and is put into a later one when it turns out to have moved.
 */
export class TimerWheel {
  readonly #mono: () => number;
  readonly #slots: Set<Sleeper>[] = Array.from({ length: slots }, () => new Set());
  /** Ticks since the start that have been looked at. */
  #turned: number;
  #asleep = 0;
  #turning = false;

  constructor(mono: () => number) {
    this.#mono = mono;
    this.#turned = Math.floor(mono() / tick);
  }

  /** Has it woken at its `wakeAt`, at most a tick later. Returns the tick, to be handed to `remove`. */
  add(sleeper: Sleeper): number {
    if (this.#asleep === 0) this.#turned = Math.floor(this.#mono() / tick);
    const due = Math.max(Math.ceil(sleeper.wakeAt / tick), this.#turned + 1);
    const at = Math.min(due, this.#turned + slots - 1);
    this.#slot(at).add(sleeper);
    this.#asleep += 1;
    this.#turnLater();
    return at;
  }

  remove(sleeper: Sleeper, at: number): void {
    if (this.#slot(at).delete(sleeper)) this.#asleep -= 1;
  }

  /** Whether that slot comes too late for this time. */
  isLater(at: number, wakeAt: number): boolean {
    return at * tick - wakeAt > tick;
  }

  #slot(at: number): Set<Sleeper> {
    const slot = this.#slots[at % slots];
    if (slot === undefined) throw new Error(`the wheel has no slot for ${at}`);
    return slot;
  }

  #turn(): void {
    this.#turning = false;
    const now = this.#mono();
    const until = Math.floor(now / tick);
    while (this.#turned < until && this.#asleep > 0) {
      this.#turned += 1;
      const slot = this.#slot(this.#turned);
      const due = [...slot];
      slot.clear();
      this.#asleep -= due.length;
      for (const sleeper of due) sleeper.wake(now);
    }
    this.#turned = Math.max(this.#turned, until);
    if (this.#asleep > 0) this.#turnLater();
  }

  #turnLater(): void {
    if (this.#turning) return;
    this.#turning = true;
    setTimeout(() => this.#turn(), tick);
  }
}
