import assert from "node:assert/strict";
import { it } from "node:test";
import { mapping, spanningTree } from "../../../agent/probes/poe-ports/columns.ts";
import { treePortsOf } from "../../../agent/probes/poe-ports/spanning-tree.ts";
import { voiceVlansOf } from "../../../agent/probes/poe-ports/voice-vlan.ts";
import { tablesOf } from "../../fakes/switch/tables-of.ts";

it("treePortsOf() goes from bridge port to interface, and leaves unknown what the switch does not say", () => {
  const tables = tablesOf({
    [mapping.bridgePort]: { "1": 101, "2": 102, "3": 103 },
    [spanningTree.state]: { "1": 5, "2": 4, "3": 9, "4": 5 },
    [spanningTree.edge]: { "1": 1, "2": 2 },
  });
  assert.deepEqual(
    [...treePortsOf(tables)],
    [
      [101, { state: "forwarding", edge: true }],
      [102, { state: "learning", edge: false }],
      [103, { state: undefined, edge: undefined }],
    ],
  );
});

it("voiceVlansOf() names each voice VLAN of the switch once, announced or set", () => {
  const told = new Map([
    [1, { vlan: 96, dscp: 46 }],
    [2, { vlan: null, configured: 97 }],
    [3, { vlan: 96 }],
  ]);
  assert.deepEqual(voiceVlansOf(told), [96, 97]);
});
