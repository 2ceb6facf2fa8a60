import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemIo } from "../../../agent/io/system-io.ts";
import { inventory } from "../../../agent/probes/poe-ports/columns.ts";
import { createPoePorts } from "../../../agent/probes/poe-ports.ts";
import { compare, startAgent, type Row } from "../../fakes/switch/agent.ts";
import { integer, octets, oid } from "../../fakes/switch/ber.ts";

const never = new AbortController().signal;

/** An entity of a stack: its class, and its nameplate. */
type Part = readonly [number, string, string, string, string];

const stack: Record<number, Part> = {
  1: [11, "stack", "", "", ""],
  1001: [3, "Switch 1", "WS-C2960X-48FPD-L", "FOC1001", "15.2(2)E6"],
  1002: [9, "Switch 1 - Fixed Module", "WS-C2960X-48FPD-L", "FOC1001", ""],
  1003: [9, "Switch 1 - FlexStack", "C2960X-STACK", "FOC1003", ""],
  1004: [9, "Te1/0/1 transceiver", "SFP-10G-SR", "AVD1004", ""],
  1005: [9, "Switch 1 - Slot 2", "", "N/A", ""],
  1010: [10, "Gi1/0/1", "", "", ""],
  2001: [3, "Switch 2", "WS-C2960X-24PS-L", "FOC2001", "15.2(2)E6"],
};

function rowsOf(parts: Record<number, Part>, changed: number): Row[] {
  const row = (name: string, value: Buffer): Row => ({
    arcs: name.split(".").map(Number),
    value: () => value,
  });
  const system = "1.3.6.1.2.1.1";
  const rows = [
    row(`${system}.1.0`, octets("a stack")),
    row(`${system}.2.0`, oid([1, 3, 6, 1, 4, 1, 99999])),
    row(`${system}.3.0`, integer(500_000, 0x43)),
    row(inventory.changed, integer(changed, 0x43)),
  ];
  for (const [index, [kind, name, model, serial, firmware]] of Object.entries(parts)) {
    rows.push(row(`${inventory.class}.${index}`, integer(kind)));
    const texts = { name, model, serial, software: firmware, firmware: "boot" } as const;
    for (const [column, value] of Object.entries(texts))
      rows.push(row(`${inventory[column as keyof typeof texts]}.${index}`, octets(value)));
  }
  return rows.toSorted((a, b) => compare(a.arcs, b.arcs));
}

describe("readUnits()", () => {
  it("tells members and cards of a stack by their nameplates, and reads them anew when one came or went", async () => {
    let rows = rowsOf(stack, 100);
    let requests = 0;
    const options = { address: "127.0.0.1", port: 0, community: "public", rows: () => rows };
    const agent = await startAgent({ ...options, onRequest: () => (requests += 1) });
    const probe = createPoePorts(() => []);
    const look = async () => {
      requests = 0;
      const settings = { version: "2c", id: "sw", timeout: 2, retries: 1 } as const;
      const found = await probe.run(`127.0.0.1:${agent.port}`, settings, systemIo(), never);
      return (key: string) => found.find((each) => each.key === key)?.value;
    };
    const first = await look();
    const cost = requests;
    assert.deepEqual(["switch.model", "switch.serial", "switch.firmware"].map(first), [
      "WS-C2960X-48FPD-L",
      "FOC1001",
      "15.2(2)E6",
    ]);
    const members = [
      "Switch 1: WS-C2960X-48FPD-L, serial FOC1001, 15.2(2)E6",
      "Switch 2: WS-C2960X-24PS-L, serial FOC2001, 15.2(2)E6",
      "Switch 1 - FlexStack: C2960X-STACK, serial FOC1003, boot",
    ];
    assert.deepEqual(first("switch.units"), members);
    assert.deepEqual((await look())("switch.units"), members);
    assert.ok(requests < cost, "what has not changed is not read again");
    const { 2001: _, ...alone } = stack;
    rows = rowsOf(alone, 700);
    assert.deepEqual(
      (await look())("switch.units"),
      members.filter((each) => !each.startsWith("Switch 2")),
    );
    await agent.stop();
  });
});
