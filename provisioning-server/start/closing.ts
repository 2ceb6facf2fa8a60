/** What must end when the server does: doors first and all at once, then the rest in the order opposite to its start. */
export class Closing {
  readonly #doors: (() => Promise<unknown>)[] = [];
  readonly #steps: (() => Promise<unknown>)[] = [];
  readonly #crash: (error: unknown) => void;

  constructor(crash: (error: unknown) => void) {
    this.#crash = crash;
  }

  /** A door takes nobody new and ends what is under way; others do so meanwhile. */
  pushDoor(close: () => Promise<unknown>): void {
    this.#doors.push(close);
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
    await Promise.all(this.#doors.splice(0).map((close) => close()));
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) await step();
  }
}

/** How long answers that are under way may take once the server ends; the whole end shall take less than 30 s. */
const longestEnd = 25_000;

/** Closes a door over HTTP: no connection more, those that are quiet end, the others with their answer, at last by force. */
export async function closeHttpDoor(door: {
  readonly server: { closeAllConnections(): void };
  close(): Promise<unknown>;
}): Promise<void> {
  const patience = setTimeout(() => door.server.closeAllConnections(), longestEnd);
  await door.close();
  clearTimeout(patience);
}
