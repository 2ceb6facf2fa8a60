import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PortRule } from "../../../agent/mibs/load-mibs.ts";
import { mapPsePorts as mapWhole } from "../../../agent/probes/poe-ports/port-map.ts";
import type { MapInputs, PseNumber } from "../../../agent/probes/poe-ports/port-rules.ts";

const pse = (key: string, delivering = false): PseNumber => {
  const [group = 1, port = 0] = key.split(".").map(Number);
  return { key, group, port, delivering };
};

function inputs(names: Record<number, string>, more: Partial<MapInputs> = {}): MapInputs {
  const interfaces = Object.entries(names).map(
    ([ifIndex, name]) => [Number(ifIndex), { name, descr: undefined }] as const,
  );
  return {
    interfaces: new Map(interfaces),
    entityOfPse: new Map(),
    aliases: new Map(),
    entityNames: new Map(),
    stackPorts: new Map(),
    bridgePorts: new Map(),
    alive: new Set(),
    fed: new Map(),
    ...more,
  };
}

const mapPsePorts = (...asked: Parameters<typeof mapWhole>) => mapWhole(...asked).ports;

const cisco: PortRule[] = ["entity-alias", "entity-name", "stack-port", "slot-port-name"];

/** Catalyst 3560-24PS: PSE numbers start at 3, since two gigabit ports come first. */
const c3560 = inputs(
  { 10001: "Fa0/1", 10011: "Fa0/11", 10013: "Fa0/13", 10101: "Gi0/1" },
  {
    entityOfPse: new Map([["1.13", 1017]]),
    aliases: new Map([[1017, [10011]]]),
    entityNames: new Map([[1017, "Fa0/11"]]),
    stackPorts: new Map([["1.13", 10011]]),
  },
);

interface Case {
  readonly name: string;
  readonly port: string;
  readonly plan: PortRule[] | undefined;
  readonly given: MapInputs;
  readonly ifIndex: number | undefined;
  readonly by?: string;
  readonly why?: RegExp;
}

const cases: Case[] = [
  {
    name: "a Catalyst 3560 by its entity map",
    port: "1.13",
    plan: cisco,
    given: c3560,
    ifIndex: 10011,
    by: "entity-alias",
  },
  {
    name: "a Catalyst without the alias table, by the entity's name",
    port: "1.13",
    plan: cisco,
    given: { ...c3560, aliases: new Map(), stackPorts: new Map() },
    ifIndex: 10011,
    by: "entity-name",
  },
  {
    name: "a Catalyst 3550, whose entities are all 0, by CISCO-STACK-MIB",
    port: "1.23",
    plan: cisco,
    given: inputs(
      { 15: "Fa0/19", 19: "Fa0/23", 23: "Fa0/15" },
      { entityOfPse: new Map([["1.23", 0]]), stackPorts: new Map([["1.23", 19]]) },
    ),
    ifIndex: 19,
    by: "stack-port",
  },
  {
    name: "a Catalyst whose two maps contradict each other",
    port: "1.13",
    plan: cisco,
    given: { ...c3560, stackPorts: new Map([["1.13", 10013]]) },
    ifIndex: undefined,
    why: /entity-alias says interface 10011, stack-port says 10013/,
  },
  {
    name: "an entity that stands for two interfaces",
    port: "1.13",
    plan: ["entity-alias"],
    given: { ...c3560, aliases: new Map([[1017, [10011, 10013]]]) },
    ifIndex: undefined,
  },
  {
    name: "an entity map to an interface that is no Ethernet port",
    port: "1.13",
    plan: ["entity-alias"],
    given: { ...c3560, aliases: new Map([[1017, [500]]]) },
    ifIndex: undefined,
    why: /no rule/,
  },
  {
    name: "IOS-XE by the name, the uplink module left out",
    port: "1.1",
    plan: cisco,
    given: inputs({ 9: "Gi1/0/1", 37: "Te1/1/1", 57: "Gi2/0/1" }),
    ifIndex: 9,
    by: "slot-port-name",
  },
  {
    name: "two interfaces of the same slot and port",
    port: "1.1",
    plan: ["slot-port-name"],
    given: inputs({ 9: "Gi1/0/1", 37: "Te1/0/1" }),
    ifIndex: undefined,
  },
  {
    name: "TP-Link by the name with a blank",
    port: "1.7",
    plan: ["slot-port-name"],
    given: inputs({ 49153: "gigabitEthernet 1/0/1", 49159: "gigabitEthernet 1/0/7" }),
    ifIndex: 49159,
    by: "slot-port-name",
  },
  {
    name: "Juniper, whose names count from zero",
    port: "1.11",
    plan: ["junos-name"],
    given: inputs({ 116: "ge-0/0/0", 120: "ge-0/0/10", 121: "ge-0/0/10.0", 140: "ge-0/0/2" }),
    ifIndex: 120,
    by: "junos-name",
  },
  {
    name: "Extreme, whose number is the ifIndex",
    port: "1.1006",
    plan: ["number-is-ifindex"],
    given: inputs({ 1006: "1:6" }),
    ifIndex: 1006,
    by: "number-is-ifindex",
  },
  {
    name: "a number that is no interface",
    port: "1.7",
    plan: ["number-is-ifindex"],
    given: inputs({ 49: "gi1/0/49" }),
    ifIndex: undefined,
  },
  {
    name: "an unknown make whose number and name agree",
    port: "1.7",
    plan: undefined,
    given: inputs({ 7: "Port 7" }),
    ifIndex: 7,
    by: "agreement",
  },
  {
    name: "an unknown make whose number is another port's",
    port: "1.23",
    plan: undefined,
    given: inputs({ 19: "Fa0/23", 23: "Fa0/15" }),
    ifIndex: undefined,
    why: /nothing proves/,
  },
  {
    name: "an unknown make's second unit",
    port: "2.7",
    plan: undefined,
    given: inputs({ 7: "Port 7" }),
    ifIndex: undefined,
  },
];

describe("mapPsePorts()", () => {
  for (const each of cases) {
    it(`maps ${each.name}`, () => {
      const mapped = mapPsePorts([pse(each.port)], each.plan, each.given).get(each.port);
      assert.ok(mapped !== undefined);
      assert.equal(mapped.ifIndex, each.ifIndex);
      if (mapped.ifIndex !== undefined) assert.equal(mapped.by, each.by);
      else assert.match(mapped.why, each.why ?? /./);
    });
  }

  it("finds the map of an unknown make by three ports that draw power", () => {
    const given = inputs(
      { 101: "p1", 102: "p2", 103: "p3", 104: "p4", 105: "p5" },
      { alive: new Set([101, 103, 104]) },
    );
    const ports = [pse("1.1", true), pse("1.2"), pse("1.3", true), pse("1.4", true)];
    const mapped = mapPsePorts(ports, undefined, given);
    assert.deepEqual(mapped.get("1.2"), { ifIndex: 102, by: "evidence", sure: "likely" });
  });

  it("says nothing of an unknown make when two maps fit the evidence", () => {
    // By number: 1, 2, 3. By order of names: 3, 2, 1. All have link.
    const given = inputs({ 1: "c", 2: "b", 3: "a" }, { alive: new Set([1, 2, 3]) });
    const ports = [pse("1.1", true), pse("1.2", true), pse("1.3", true)];
    const mapped = mapPsePorts(ports, undefined, given);
    assert.deepEqual(
      ports.map((port) => mapped.get(port.key)?.ifIndex),
      [undefined, undefined, undefined],
    );
  });

  it("gives no interface to two ports that lead to the same one", () => {
    const mapped = mapPsePorts([pse("1.7"), pse("2.7")], ["number-is-ifindex"], inputs({ 7: "Port 7" }));
    for (const key of ["1.7", "2.7"]) assert.equal(mapped.get(key)?.ifIndex, undefined);
  });

  it("drops a map by numbers under which most drawing ports have no link", () => {
    const names = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [i + 1, `Port ${i + 1}`]));
    const given = inputs(names, { alive: new Set([5, 6, 7]) });
    const ports = [pse("1.1", true), pse("1.2", true), pse("1.3", true), pse("1.4")];
    const mapped = mapPsePorts(ports, ["number-is-ifindex"], given);
    for (const port of ports) assert.equal(mapped.get(port.key)?.ifIndex, undefined);
  });
});
