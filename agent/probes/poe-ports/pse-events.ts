import { growth } from "./counters.ts";
import type { PseCounters, PsePort } from "./pse.ts";

// The PoE counters run from the start of the switch, some of them at every search for a device. What matters is what
// happened lately, so growth from look to look is kept for an hour.

const hour = 3_600_000;
/** More events than this between two looks are another counter's, not this port's. */
const most = 1_000_000n;

type Kind = keyof PseCounters;
const kinds: readonly Kind[] = ["mpsAbsent", "invalidSignature", "denied", "overload", "short"];

interface PseMemory {
  readonly counters: PseCounters;
  /** Growth by kind, each with the monotonic time at which it was noticed. */
  readonly grown: Readonly<Partial<Record<Kind, readonly { readonly at: number; readonly by: number }[]>>>;
}
export type PseMemories = ReadonlyMap<string, PseMemory>;

/** How often each thing happened within the last hour; undefined: cannot be said. */
export type PseEvents = Readonly<Partial<Record<Kind, number>>>;

function grownOf(kind: Kind, before: PseMemory, now: PseCounters, at: number) {
  const [from, to] = [before.counters[kind], now[kind]];
  if (from === undefined || to === undefined) return undefined;
  const by = growth(BigInt(from), BigInt(to), most);
  const kept = (before.grown[kind] ?? []).filter((each) => at - each.at <= hour);
  return by === undefined || by === 0n ? kept : [...kept, { at, by: Number(by) }].slice(-1000);
}

/** Compares the counters of this look with the last one's. */
export function pseEventsOf(
  ports: readonly PsePort[],
  before: PseMemories | undefined,
  at: number,
): { memories: PseMemories; events: ReadonlyMap<string, PseEvents> } {
  const memories = new Map<string, PseMemory>();
  const events = new Map<string, PseEvents>();
  for (const { key, counters } of ports) {
    const earlier = before?.get(key);
    const grown =
      earlier === undefined
        ? []
        : kinds.flatMap((kind) => {
            const each = grownOf(kind, earlier, counters, at);
            return each === undefined ? [] : [[kind, each] as const];
          });
    memories.set(key, { counters, grown: Object.fromEntries(grown) });
    const sums = grown.map(([kind, each]) => [kind, each.reduce((sum, { by }) => sum + by, 0)]);
    if (sums.length > 0) events.set(key, Object.fromEntries(sums));
  }
  return { memories, events };
}
