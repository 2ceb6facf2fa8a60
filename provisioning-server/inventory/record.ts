import type { Answer } from "../../protocol/answer.ts";
import type { Door, PhoneRequest } from "../../protocol/phone-request.ts";
import type { Sent } from "../doors/door.ts";
import type { StoreHandle } from "../store/open-store.ts";
import type { Sealing } from "../store/sealing.ts";
import { uuidV7Sequence } from "../uuid-v7.ts";
import { type Happening, RecordBatch } from "./record-batch.ts";
import { SiteFinder } from "./site-finder.ts";

/** Entries that may wait to be written; a store that stands still must not eat the memory of the doors. */
const mostWaiting = 50_000;
/** Entries in one transaction: what came while the last one was written, up to this many. Phones wait meanwhile. */
const mostAtOnce = 200;
/** How long entries gather before they are written: each commit costs as much, however many phones are in it. */
const gatherMs = 200;
/** How long entries wait at most, and how many, while phones need the process more. */
const longestYield = 30_000;
const mostYielding = mostWaiting / 2;

export interface RecorderOptions {
  readonly store: StoreHandle;
  readonly sealing: Sealing;
  /** Tenant of requests that belong to no known phone and no known network. */
  readonly tenant: string;
  /** Writing failed; the entries of that batch are lost and counted in {@link Recorder.lost}. */
  readonly crash: (error: unknown) => void;
}

/**
 * Writes down every request and what was said to it: the trace, when the phone was last seen, how far its enrolment is.
 * `record` returns at once; entries are written in the order they came, many in one transaction (group commit).
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #finder = new SiteFinder();
  readonly #nextId = uuidV7Sequence();
  #waiting: Happening[] = [];
  #writing: Promise<void> | undefined;
  #hurry: () => void = () => {};
  #lost = 0;
  #isPressed: () => boolean = () => false;
  #flushing = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Entries that could not be written. */
  get lost(): number {
    return this.#lost;
  }

  /** While `isPressed`, entries wait: what was answered can be written down when the storm is over. */
  yieldTo(isPressed: () => boolean): void {
    this.#isPressed = isPressed;
  }

  /** For DoorOptions.record. */
  readonly record = (request: PhoneRequest, answer: Answer, sent: Sent): void => {
    this.#take({ kind: "answer", request, answer, sent });
  };

  /** A handshake that never came to a request; `error` as OpenSSL says it. */
  readonly tlsError = (at: number, door: Door, address: string, error: string): void => {
    this.#take({ kind: "tls", at, door, address, error });
  };

  /** Waits until everything recorded so far is in the store (or lost). */
  async flush(): Promise<void> {
    this.#flushing = true;
    while (this.#writing !== undefined) {
      this.#hurry();
      await this.#writing;
    }
    this.#flushing = false;
  }

  #take(happening: Happening): void {
    if (this.#waiting.length >= mostWaiting) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(happening);
    this.#writing ??= this.#drain().finally(() => {
      this.#writing = undefined;
    });
  }

  async #drain(): Promise<void> {
    await this.#yield();
    // Each commit waits for the disk: what comes within a breath goes into the same transaction (group commit).
    while (this.#waiting.length > 0) {
      if (this.#waiting.length < mostAtOnce) await this.#gather();
      const batch = this.#waiting.splice(0, mostAtOnce);
      try {
        await this.#options.store.transaction((inside) => this.#batch(inside).write(batch));
      } catch (error) {
        this.#lost += batch.length;
        this.#options.crash(error);
      }
      await turn();
      await this.#yield();
    }
  }

  async #yield(): Promise<void> {
    const until = performance.now() + longestYield;
    while (!this.#flushing && this.#isPressed() && this.#waiting.length < mostYielding) {
      if (performance.now() > until) return;
      await this.#gather();
    }
  }

  #batch(inside: StoreHandle): RecordBatch {
    const { sealing, tenant } = this.#options;
    return new RecordBatch({ inside, sealing, tenant, finder: this.#finder, nextId: this.#nextId });
  }

  #gather(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, gatherMs);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Lets phones in between two transactions. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
