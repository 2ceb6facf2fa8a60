import { mapping, spanningTree } from "./columns.ts";
import type { Tables } from "./tables.ts";

/** How spanning tree has one port. */
export interface TreePort {
  readonly state: string | undefined;
  /** It forwards at once, since no bridge is behind it. */
  readonly edge: boolean | undefined;
}

/** BRIDGE-MIB's dot1dStpPortState, from 1. */
const states = ["disabled", "blocking", "listening", "learning", "forwarding", "broken"];

/** By interface. */
export function treePortsOf(tables: Tables): ReadonlyMap<number, TreePort> {
  const found = new Map<number, TreePort>();
  for (const bridgePort of tables.rows(spanningTree.state).keys()) {
    const ifIndex = tables.number(mapping.bridgePort, bridgePort);
    const edge = tables.number(spanningTree.edge, bridgePort);
    const state = states[(tables.number(spanningTree.state, bridgePort) ?? 0) - 1];
    if (ifIndex !== undefined)
      found.set(ifIndex, { state, edge: edge === 1 ? true : edge === 2 ? false : undefined });
  }
  return found;
}
