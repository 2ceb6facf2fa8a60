import type { LadderStep } from "./dialogue.ts";
import { addressOf } from "./seen-message.ts";

/** The lanes of a ladder, from left to right, and which of them an endpoint belongs to. */
export interface LadderLanes {
  readonly names: readonly string[];
  readonly laneOf: (endpoint: string) => number;
}

/** One lane per host, whatever its ports (TCP takes a new one per connection); per endpoint where a host talks to itself. */
export function ladderLanes(steps: readonly LadderStep[]): LadderLanes {
  const inner = new Set(
    steps
      .filter(({ source, destination }) => addressOf(source) === addressOf(destination))
      .map(({ source }) => addressOf(source)),
  );
  const keyOf = (endpoint: string) => (inner.has(addressOf(endpoint)) ? endpoint : addressOf(endpoint));
  const endpoints = Map.groupBy(
    steps.flatMap(({ source, destination }) => [source, destination]),
    keyOf,
  );
  const keys = [...endpoints.keys()];
  const names = [...endpoints].map(([key, own]) => (new Set(own).size === 1 ? (own[0] ?? key) : key));
  return { names, laneOf: (endpoint) => keys.indexOf(keyOf(endpoint)) };
}
