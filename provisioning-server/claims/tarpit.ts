/** Keeps those waiting who ask for one MAC after the other. Whoever comes when all places are taken lets the oldest go. */
export class Tarpit {
  readonly #ms: number;
  readonly #places: number;
  readonly #held = new Set<() => void>();

  constructor(options: { readonly ms?: number; readonly places?: number } = {}) {
    this.#ms = options.ms ?? 2000;
    this.#places = options.places ?? 1000;
  }

  get held(): number {
    return this.#held.size;
  }

  /** Resolves when the time is over, or earlier for want of places. */
  hold(): Promise<void> {
    const [oldest] = this.#held;
    if (this.#held.size >= this.#places) oldest?.();
    return new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        this.#held.delete(go);
        resolve();
      };
      const timer = setTimeout(go, this.#ms);
      this.#held.add(go);
    });
  }

  /** Lets all go: the server ends. */
  empty(): void {
    for (const go of this.#held) go();
  }
}
