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
    name: "ERS by unit and port",
    port: "2.7",
    plan: ["unit-port-name", "slot-port-name"],
    given: inputs({ 7: "1/7", 71: "2/7" }),
    ifIndex: 71,
    by: "unit-port-name",
  },
  {
    name: "ERS by the words of its description",
    port: "2.7",
    plan: ["unit-port-name"],
    given: inputs({ 7: "ifc7 (Slot: 1 Port: 7)", 71: "ifc71 (Slot: 2 Port: 7)" }),
    ifIndex: 71,
    by: "unit-port-name",
  },
  {
    name: "Enterasys, whose names have dots",
    port: "1.7",
    plan: ["slot-port-name"],
    given: inputs({ 12_007: "ge.1.7", 12_107: "ge.2.7" }),
    ifIndex: 12_007,
    by: "slot-port-name",
  },
  {
    name: "Allied Telesis, port1.0.7",
    port: "1.7",
    plan: ["slot-port-name", "same-number"],
    given: inputs({ 5007: "port1.0.7", 5107: "port1.1.7", 6007: "port2.0.7" }),
    ifIndex: 5007,
    by: "slot-port-name",
  },
  {
    name: "Comware, whose group is the power unit's number",
    port: "7.5",
    plan: ["h3c-pse-name", "slot-port-name"],
    given: inputs({ 5: "GigabitEthernet1/0/5", 33: "GigabitEthernet2/0/5" }),
    ifIndex: 33,
    by: "h3c-pse-name",
  },
  {
    name: "Comware, where the group is power unit and slot at once",
    port: "4.5",
    plan: ["h3c-pse-name"],
    given: inputs({ 5: "GigabitEthernet1/0/5", 99: "GigabitEthernet4/0/5" }),
    ifIndex: undefined,
  },
  {
    name: "OmniSwitch, slot × 1000 + port",
    port: "2.12",
    plan: ["slot-thousands"],
    given: inputs({ 1012: "Alcatel 1/12", 2012: "Alcatel 2/12" }),
    ifIndex: 2012,
    by: "slot-thousands",
  },
  {
    name: "a ProCurve by its number",
    port: "1.7",
    plan: ["same-number", "slot-port-name"],
    given: inputs({ 7: "7", 27: "27" }),
    ifIndex: 7,
    by: "same-number",
  },
  {
    name: "a ProCurve chassis, whose letters make blocks",
    port: "2.26",
    plan: ["same-number", "slot-port-name"],
    given: inputs({ 2: "A2", 26: "B2" }),
    ifIndex: 26,
    by: "same-number",
  },
  {
    name: "a ProCurve chassis whose group and letter differ",
    port: "3.26",
    plan: ["same-number", "slot-port-name"],
    given: inputs({ 2: "A2", 26: "B2" }),
    ifIndex: undefined,
  },
  {
    name: "two guesses against each other",
    port: "1.7",
    plan: ["same-number", "slot-port-name"],
    given: inputs({ 7: "p7", 107: "1/7" }),
    ifIndex: undefined,
    why: /same-number says interface 7, slot-port-name says 107/,
  },
  {
    name: "a guess that does not stand against the make's own rule",
    port: "1.7",
    plan: ["number-is-ifindex", "slot-port-name"],
    given: inputs({ 7: "p7", 107: "1/7" }),
    ifIndex: 7,
    by: "number-is-ifindex",
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

  it("finds a shift of the numbers by its evidence: two uplinks come first", () => {
    const names = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map((n) => [n, `x${9 - n}`]));
    const fed = new Map([1, 3, 6].map((ifIndex) => [ifIndex, "a phone"]));
    const given = inputs(names, { alive: new Set([1, 3, 6]), fed });
    const ports = [3, 4, 5, 6, 7, 8].map((n) => pse(`1.${n}`, [3, 5, 8].includes(n)));
    const mapped = mapPsePorts(ports, undefined, given);
    assert.deepEqual(
      ports.map(({ key }) => mapped.get(key)?.ifIndex),
      [1, 2, 3, 4, 5, 6],
    );
  });
});

describe("mapPsePorts() with what is seen on the ports", () => {
  const names = Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map((n) => [n, `gi${n}`]));
  const yealink = "SIP-T46U (lldp-med)";

  it("is surer where a second way says the same, and where the neighbour says that it is fed", () => {
    const both = mapWhole([pse("1.7")], ["same-number", "slot-port-name"], inputs({ 7: "1/7" }));
    const { sure, also } = both.ports.get("1.7") as { sure?: string; also?: string };
    assert.deepEqual([sure, also], ["likely", "so does slot-port-name"]);
    const given = inputs(names, { alive: new Set([7]), fed: new Map([[7, yealink]]) });
    const proved = mapWhole([pse("1.7", true)], ["number-is-ifindex"], given);
    assert.deepEqual(proved.ports.get("1.7"), {
      ifIndex: 7,
      by: "number-is-ifindex",
      sure: "sure",
      also: `${yealink} there is fed`,
    });
    assert.deepEqual(proved.contradictions, []);
  });

  it("gives neither row of a pair that contradicts the map, and says so", () => {
    // 1.2 draws power and gi2 is dead; 1.5 draws none and the phone on gi5 is fed.
    const given = inputs(names, { alive: new Set([1, 5, 6, 7]), fed: new Map([[5, yealink]]) });
    const ports = [pse("1.1", true), pse("1.2", true), pse("1.5"), pse("1.6", true), pse("1.7", true)];
    const { ports: mapped, contradictions } = mapWhole(ports, ["number-is-ifindex"], given);
    assert.deepEqual(
      ports.map(({ key }) => mapped.get(key)?.ifIndex),
      [1, undefined, undefined, 6, 7],
    );
    assert.deepEqual(contradictions, [
      "PoE 1.2: number-is-ifindex says gi2, which has no link while power is drawn",
      `PoE 1.5: number-is-ifindex says gi5, where ${yealink} is fed while this port gives no power`,
    ]);
  });

  it("a phone that boots, or one behind an injector, is no contradiction by itself", () => {
    const booting = inputs(names, { alive: new Set([1]) });
    const one = mapWhole([pse("1.1", true), pse("1.2", true)], ["number-is-ifindex"], booting);
    assert.deepEqual([one.ports.get("1.2")?.ifIndex, one.contradictions], [2, []]);
    const injected = inputs(names, { alive: new Set([1, 5]), fed: new Map([[5, yealink]]) });
    const two = mapWhole([pse("1.1", true), pse("1.5")], ["number-is-ifindex"], injected);
    assert.deepEqual([two.ports.get("1.5")?.ifIndex, two.contradictions], [5, []]);
  });

  it("doubts the switch's own word only at the second pair", () => {
    const at = (dead: number[], hungry: number[]) => {
      const alive = new Set([1, 6, 7, ...hungry]);
      const given = inputs(names, { alive, fed: new Map(hungry.map((n) => [n, yealink])) });
      const ports = [1, 6, 7, ...dead].map((n) => pse(`${n}`, true));
      const single = [...ports, ...hungry.map((n) => pse(`${n}`))].map((each) => ({
        ...each,
        group: 1,
        port: Number(each.key),
      }));
      return mapWhole(single, ["table-ifindex"], given).contradictions.length;
    };
    assert.equal(at([2], [5]), 0);
    assert.equal(at([2, 3], [4, 5]), 4);
  });

  it("tells two rules of the switch that contradict each other, and ports that lead to one jack", () => {
    const cisco3560 = { ...c3560, stackPorts: new Map([["1.13", 10013]]) };
    const told = mapWhole([pse("1.13")], cisco, cisco3560).contradictions;
    assert.deepEqual(told, ["PoE 1.13: entity-alias says interface 10011, stack-port says 10013"]);
    const doubles = mapWhole([pse("1.7"), pse("2.7")], ["number-is-ifindex"], inputs(names)).contradictions;
    assert.deepEqual(doubles, ["PoE 1.7, 2.7: ports 1.7, 2.7 all lead to gi7"]);
    const nothing = mapWhole([pse("1.40")], ["number-is-ifindex"], inputs(names)).contradictions;
    assert.deepEqual(nothing, [], "an unknown interface contradicts nothing");
  });
});
