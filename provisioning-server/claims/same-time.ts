import { randomInt } from "node:crypto";

/** A refusal leaves no earlier than this after its request came, and up to so much later, ms. */
export interface RefusalTime {
  readonly least: number;
  readonly spread: number;
}

/** More than the work of any refusal takes, and nothing to a phone that boots for a minute. */
export const refusalTime: RefusalTime = { least: 25, spread: 10 };

/** A wait that began when the request came. */
export interface Wait {
  readonly over: Promise<void>;
  cancel(): void;
}

/**
 * All refusals take the same time, whatever was found out on the way: looking up a phone that is ours takes longer than
 * finding none, and whoever measures would learn our MACs. The timer runs from the start, not after the work: Node counts
 * whole milliseconds from there, and the work leaves no trace in when it ends.
 */
export function startWait({ least, spread }: RefusalTime): Wait {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, least + (spread === 0 ? 0 : randomInt(spread)));
  return {
    over: promise,
    cancel() {
      clearTimeout(timer);
      resolve();
    },
  };
}
