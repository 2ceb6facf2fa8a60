import { neighbourhoodOf } from "./address-prefix.ts";
import { UnprovenLimit, type UnprovenRates } from "./unproven-limit.ts";

export interface AdmissionLimits {
  /** Transfers at a time, those being answered included: of all, and of one neighbourhood (/24, /56). */
  readonly active: number;
  readonly activePerNetwork: number;
  /** Requests that wait for their turn, of all and of one neighbourhood; beyond that they are dropped. */
  readonly waiting: number;
  readonly waitingPerNetwork: number;
  readonly unproven?: UnprovenRates;
}

/** Phones ask again after a second or more, so that what waits longer would be answered twice or to nobody. */
const longestWait = 3000;

export const usualAdmission: AdmissionLimits = {
  active: 20_000,
  activePerNetwork: 2500,
  waiting: 8000,
  waitingPerNetwork: 2000,
};

interface Waiting {
  readonly address: string;
  readonly until: number;
  readonly begin: () => void;
  readonly forget: () => void;
}

/**
 * Who may begin a transfer, and when: a storm of one site queues up behind itself, while the phone of another goes first
 * (in turn by neighbourhood); and nobody who never acknowledges gets more than the rates of `UnprovenLimit`.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #unproven: UnprovenLimit;
  readonly #mono: () => number;
  /** In the order of their turn. */
  readonly #queues = new Map<string, Waiting[]>();
  #waiting = 0;
  #active = 0;
  readonly #activeOf = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: AdmissionLimits, mono: () => number) {
    this.#limits = limits;
    this.#mono = mono;
    this.#unproven = new UnprovenLimit(limits.unproven);
  }

  get active(): number {
    return this.#active;
  }

  /** Calls `begin` now or when its turn comes, or else `forget`. Who began calls `end` once. */
  ask(address: string, begin: () => void, forget: () => void): void {
    const now = this.#mono();
    const network = neighbourhoodOf(address);
    const queue = this.#queues.get(network);
    if (queue === undefined && this.#take(network, address, now)) return begin();
    if (this.#waiting >= this.#limits.waiting || (queue?.length ?? 0) >= this.#limits.waitingPerNetwork)
      return forget();
    const entry = { address, until: now + longestWait, begin, forget };
    if (queue === undefined) this.#queues.set(network, [entry]);
    else queue.push(entry);
    this.#waiting += 1;
    this.#timer ??= setTimeout(() => this.#onTimer(), 50);
  }

  /** Whether one small datagram may go to somebody who asked for no file: it costs a token like any other. */
  spares(address: string): boolean {
    return this.#unproven.take(address, this.#mono());
  }

  /** It has acknowledged something, or was sent nothing that is larger than its request. */
  proven(address: string): void {
    this.#unproven.giveBack(address, this.#mono());
    this.#next();
  }

  end(address: string): void {
    const network = neighbourhoodOf(address);
    const left = (this.#activeOf.get(network) ?? 0) - 1;
    if (left > 0) this.#activeOf.set(network, left);
    else this.#activeOf.delete(network);
    this.#active -= 1;
    this.#next();
  }

  /** Nobody who waits will begin any more. */
  close(): void {
    clearTimeout(this.#timer);
    const waiting = [...this.#queues.values()].flat();
    this.#queues.clear();
    this.#waiting = 0;
    for (const { forget } of waiting) forget();
  }

  #take(network: string, address: string, now: number): boolean {
    const { active, activePerNetwork } = this.#limits;
    const before = this.#activeOf.get(network) ?? 0;
    if (this.#active >= active || before >= activePerNetwork) return false;
    if (!this.#unproven.take(address, now)) return false;
    this.#activeOf.set(network, before + 1);
    this.#active += 1;
    return true;
  }

  /** One of each neighbourhood that has its token, as long as there is room. */
  #next(): void {
    if (this.#waiting === 0) return;
    const now = this.#mono();
    const turns = Array.from(this.#queues); // who had its turn goes behind all others
    for (const [network, queue] of turns) {
      if (this.#active >= this.#limits.active) return;
      this.#dropLate(queue, now);
      const head = queue[0];
      const taken = head !== undefined && this.#take(network, head.address, now);
      if (taken) {
        queue.shift();
        this.#waiting -= 1;
      }
      this.#queues.delete(network);
      if (queue.length > 0) this.#queues.set(network, queue);
      if (taken) head.begin();
    }
  }

  #dropLate(queue: Waiting[], now: number): void {
    while (queue[0] !== undefined && queue[0].until <= now) {
      queue.shift()?.forget();
      this.#waiting -= 1;
    }
  }

  /** Tokens come back with time, too. */
  #onTimer(): void {
    this.#timer = undefined;
    for (let before = -1; before !== this.#waiting && this.#waiting > 0;) {
      before = this.#waiting;
      this.#next();
    }
    if (this.#waiting > 0) this.#timer = setTimeout(() => this.#onTimer(), 50);
  }
}
