import type { Clock } from "../io/clock.ts";
import type { SerialLink } from "../io/serial/serial.ts";
import type { PolledChip, ReplyLine } from "./chips/chip.ts";
import { LineSplitter } from "./line-splitter.ts";
import { sleepOr, type Gathering } from "./listening.ts";

/** What a command came to. */
export type Asked =
  | { readonly kind: "answer"; readonly line: string }
  | { readonly kind: "nothing" }
  | { readonly kind: "silence" };

/** Tries of one command, each with its own time. */
const tries = 3;
/** ms until a meter that is busy (its knob moves) is asked again. */
const busyPause = 250;

/** Lines of a polled meter, each matched with the one command in flight; what comes unasked is dropped and counted. */
export class Conversation {
  readonly #link: SerialLink;
  readonly #chip: PolledChip;
  readonly #gathering: Gathering;
  readonly #clock: Clock;
  readonly #splitter = new LineSplitter();
  #waiting: { readonly command: string; readonly done: (kind: ReplyLine, line: string) => void } | undefined;

  constructor(link: SerialLink, chip: PolledChip, gathering: Gathering, clock: Clock) {
    this.#link = link;
    this.#chip = chip;
    this.#gathering = gathering;
    this.#clock = clock;
    link.listen(
      (chunk) => {
        gathering.chunk(chunk);
        for (const line of this.#splitter.take(chunk)) this.#hand(line);
      },
      (problem) => gathering.close(problem),
    );
  }

  #hand(line: string): void {
    const kind = this.#chip.classify?.(line, this.#waiting?.command) ?? "answer";
    if (kind === "skip") return;
    if (this.#waiting === undefined) this.#gathering.dropped += line.length;
    this.#waiting?.done(kind, line);
    this.#waiting = undefined;
  }

  async say(command: string): Promise<void> {
    await this.#link.write(Buffer.from(command + this.#chip.terminator, "latin1"));
  }

  /** Asks up to three times. A reply that comes after its time is dropped, and never answers the next command. */
  async ask(command: string, timeout: number): Promise<Asked> {
    for (let attempt = 0; attempt < tries && !this.#gathering.over.aborted; attempt += 1) {
      const reply = await this.#askOnce(command, timeout);
      if (reply === undefined) {
        this.#gathering.unanswered += 1;
        await this.settle(timeout / 2);
        continue;
      }
      if (reply.kind === "answer") return { kind: "answer", line: reply.line };
      if (reply.kind === "nothing") return { kind: "nothing" };
      await sleepOr(this.#clock, busyPause, this.#gathering.over);
    }
    return { kind: "silence" };
  }

  async #askOnce(
    command: string,
    timeout: number,
  ): Promise<{ readonly kind: ReplyLine; readonly line: string } | undefined> {
    this.#gathering.dropped += this.#splitter.forget();
    const came = new AbortController();
    let reply: { kind: ReplyLine; line: string } | undefined;
    this.#waiting = {
      command,
      done: (kind, line) => {
        reply ??= { kind, line };
        came.abort();
      },
    };
    try {
      await this.say(command);
      await sleepOr(this.#clock, timeout, AbortSignal.any([came.signal, this.#gathering.over]));
    } finally {
      this.#waiting = undefined;
    }
    return reply;
  }

  /** Waits for a late answer, and drops it. */
  async settle(ms: number): Promise<void> {
    const came = new AbortController();
    this.#waiting = {
      command: "",
      done: (_, line) => {
        this.#gathering.dropped += line.length;
        came.abort();
      },
    };
    await sleepOr(this.#clock, ms, AbortSignal.any([came.signal, this.#gathering.over]));
    this.#waiting = undefined;
  }
}
