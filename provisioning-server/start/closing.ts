/** What must end when the server does, in the order opposite to its start. */
export class Closing {
  readonly #steps: (() => Promise<unknown>)[] = [];
  readonly #crash: (error: unknown) => void;

  constructor(crash: (error: unknown) => void) {
    this.#crash = crash;
  }

  push(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /** Does `work` every `ms` until the server ends. */
  every(ms: number, work: () => Promise<unknown>): void {
    const timer = setInterval(() => {
      work().catch(this.#crash);
    }, ms);
    this.push(async () => clearInterval(timer));
  }

  /** Each step is done once, however often this is called. */
  async run(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) await step();
  }
}
