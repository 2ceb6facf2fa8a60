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
  /** Resolves when the time is over; where the work took longer, at the next whole multiple of it. */
  over(): Promise<void>;
  cancel(): void;
}

/**
 * All refusals take the same time, whatever was found out on the way: looking up a phone that is ours takes longer than
 * finding none, and whoever measures would learn our MACs. The timer runs from the start, not after the work: Node counts
 * whole milliseconds from there, and the work leaves no trace in when it ends.
 */
export function startWait({ least, spread }: RefusalTime): Wait {
  const period = least + (spread === 0 ? 0 : randomInt(spread));
  const started = performance.now();
  let isOver = false;
  const first = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    isOver = true;
    first.resolve();
  }, period);
  return {
    async over() {
      if (!isOver) return first.promise;
      const late = (performance.now() - started) % period;
      return new Promise((resolve) => setTimeout(resolve, period - late));
    },
    cancel: () => clearTimeout(timer),
  };
}
