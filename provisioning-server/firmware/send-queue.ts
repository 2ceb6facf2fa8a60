/** How many images go out at a time. */
export interface SendLimits {
  /** Of all, and of one site's phones (operations reference, section 12). */
  readonly active: number;
  readonly activePerSite: number;
  readonly waiting: number;
  /** ms that one waits; phones give up by themselves after about this. */
  readonly patience: number;
}

export const usualSendLimits: SendLimits = { active: 64, activePerSite: 4, waiting: 2000, patience: 30_000 };

interface Waiting {
  readonly begin: () => void;
}

/** Whose image goes out now, and who waits: sites take turns, and phones of one site wait behind each other. */
export class SendQueue {
  readonly #limits: SendLimits;
  readonly #activeOf = new Map<string, number>();
  /** In the order of their turn. */
  readonly #queues = new Map<string, Set<Waiting>>();
  #active = 0;
  #waiting = 0;

  constructor(limits: SendLimits = usualSendLimits) {
    this.#limits = limits;
  }

  get active(): number {
    return this.#active;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves with what gives the place back (safe to call twice), or with undefined where no turn came. */
  async enter(site: string, gone: AbortSignal): Promise<(() => void) | undefined> {
    if (gone.aborted) return undefined;
    if (!this.#queues.has(site) && this.#hasRoom(site)) return this.#take(site);
    if (this.#waiting >= this.#limits.waiting) return undefined;
    return this.#wait(site, gone);
  }

  #wait(site: string, gone: AbortSignal): Promise<(() => void) | undefined> {
    const { promise, resolve } = Promise.withResolvers<(() => void) | undefined>();
    const queue = this.#queues.get(site) ?? new Set<Waiting>();
    const leave = (): void => {
      this.#drop(site, queue, entry);
      end();
      resolve(undefined);
    };
    const timer = setTimeout(leave, this.#limits.patience);
    const end = (): void => {
      clearTimeout(timer);
      gone.removeEventListener("abort", leave);
    };
    const entry = {
      begin: () => {
        end();
        resolve(this.#take(site));
      },
    };
    gone.addEventListener("abort", leave, { once: true });
    queue.add(entry);
    this.#queues.set(site, queue);
    this.#waiting += 1;
    return promise;
  }

  #drop(site: string, queue: Set<Waiting>, entry: Waiting): void {
    if (!queue.delete(entry)) return;
    this.#waiting -= 1;
    if (queue.size === 0) this.#queues.delete(site);
  }

  #hasRoom(site: string): boolean {
    const { active, activePerSite } = this.#limits;
    return this.#active < active && (this.#activeOf.get(site) ?? 0) < activePerSite;
  }

  #take(site: string): () => void {
    this.#active += 1;
    this.#activeOf.set(site, (this.#activeOf.get(site) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#give(site);
    };
  }

  #give(site: string): void {
    this.#active -= 1;
    const left = (this.#activeOf.get(site) ?? 0) - 1;
    if (left > 0) this.#activeOf.set(site, left);
    else this.#activeOf.delete(site);
    for (const [name, queue] of Array.from(this.#queues)) {
      const [first] = queue;
      if (first === undefined || !this.#hasRoom(name)) continue;
      this.#drop(name, queue, first);
      // Who had a turn goes behind all others.
      if (this.#queues.delete(name)) this.#queues.set(name, queue);
      first.begin();
      return;
    }
  }
}
