import type { PortRule } from "../../mibs/load-mibs.ts";

// The standard numbers PSE ports by group and port and gives no way to the interface (RFC 3621). Each make has its own.

/** A PSE port's number; `key` is its index in the table it came from. */
export interface PseNumber {
  readonly key: string;
  readonly group: number;
  readonly port: number;
  /** Drawing power, as far as known. */
  readonly delivering: boolean;
}

/** All that the rules look at; interfaces are Ethernet ones alone. */
export interface MapInputs {
  readonly interfaces: ReadonlyMap<number, { readonly name: string; readonly descr: string | undefined }>;
  /** PSE key to entPhysicalIndex. */
  readonly entityOfPse: ReadonlyMap<string, number>;
  /** entPhysicalIndex to the interfaces it stands for. */
  readonly aliases: ReadonlyMap<number, readonly number[]>;
  readonly entityNames: ReadonlyMap<number, string>;
  /** CISCO-STACK-MIB: `module.port` to ifIndex. */
  readonly stackPorts: ReadonlyMap<string, number>;
  /** dot1dBasePort to ifIndex. */
  readonly bridgePorts: ReadonlyMap<number, number>;
  /** Interfaces with link or a neighbour: where a device that draws power should be. */
  readonly alive: ReadonlySet<number>;
  /** Interfaces whose neighbour says that it is fed over the wire, with its words. */
  readonly fed: ReadonlyMap<number, string>;
}

/** `sure`: the switch itself says so. `likely`: how this make numbers its ports. `guess`: a name or number that fits. */
export type Sureness = "sure" | "likely" | "guess";

type Rule = (pse: PseNumber, inputs: MapInputs) => number | undefined;

/** The one value there is; several are none. */
export const only = <T>(values: readonly T[]): T | undefined => (values.length === 1 ? values[0] : undefined);

function byName(inputs: MapInputs, fits: (name: string) => boolean): number | undefined {
  const found = [...inputs.interfaces].filter(([, each]) => fits(each.name) || fits(each.descr ?? ""));
  return only(found)?.[0];
}

/** Numbers of a name such as `Gi1/0/7`, `ge.1.7`, `port1.0.7` or `1/7`. */
function slotted(name: string): number[] | undefined {
  const match = /^(?:[a-z][a-z. -]*?)?[-. ]?(\d+(?:[/:.]\d+){1,2})$/i.exec(name.trim());
  return match?.[1]?.split(/[/:.]/).map(Number);
}

type Interfaces = MapInputs["interfaces"];
/** Every PSE port looks through all names: they are taken apart once for one look. */
const slots = new WeakMap<Interfaces, ReadonlyMap<string, ReadonlySet<number>>>();

/** Interfaces by slot and port, by either of their names. A middle number other than 0 is an uplink module, which repeats both (Te1/1/1). */
function slotsOf(interfaces: Interfaces): ReadonlyMap<string, ReadonlySet<number>> {
  const known = slots.get(interfaces);
  if (known !== undefined) return known;
  const found = new Map<string, Set<number>>();
  for (const [ifIndex, { name, descr }] of interfaces)
    for (const numbers of [slotted(name), slotted(descr ?? "")]) {
      if (numbers === undefined || (numbers.length === 3 && numbers[1] !== 0)) continue;
      const key = `${numbers[0]} ${numbers.at(-1)}`;
      found.set(key, (found.get(key) ?? new Set()).add(ifIndex));
    }
  slots.set(interfaces, found);
  return found;
}

/** `…g/0/p` or `…g/p`. */
function atSlot(slot: number, port: number, inputs: MapInputs): number | undefined {
  return only([...(slotsOf(inputs.interfaces).get(`${slot} ${port}`) ?? [])]);
}

export const slotPortName: Rule = (pse, inputs) => atSlot(pse.group, pse.port, inputs);

/** `1/7`, or `Slot: 1 Port: 7` and `Unit 1 Port 7` as ERS says it. */
function unitPortName(pse: PseNumber, inputs: MapInputs): number | undefined {
  return byName(inputs, (name) => {
    const words = /(?:slot|unit):? ?(\d+)[ ,]+port:? ?(\d+)/i.exec(name);
    const numbers = words === null ? slotted(name) : [Number(words[1]), Number(words[2])];
    return numbers?.length === 2 && numbers[0] === pse.group && numbers[1] === pse.port;
  });
}

/** The group is the number of a power unit: three to a slot and one more, or the slot itself. */
function h3cPseName(pse: PseNumber, inputs: MapInputs): number | undefined {
  const slot = (pse.group - 1) / 3;
  const byUnit = Number.isInteger(slot) ? atSlot(slot, pse.port, inputs) : undefined;
  return only([...new Set([byUnit, slotPortName(pse, inputs)].filter((each) => each !== undefined))]);
}

function junosName(pse: PseNumber, inputs: MapInputs): number | undefined {
  const tail = `-${pse.group - 1}/0/${pse.port - 1}`;
  return byName(inputs, (name) => ["ge", "xe", "mge", "fe"].some((kind) => name === `${kind}${tail}`));
}

function entityAlias(pse: PseNumber, inputs: MapInputs): number | undefined {
  const entity = inputs.entityOfPse.get(pse.key) ?? 0;
  // Old Catalysts say entity 0 for every port: that names nothing.
  return entity > 0 ? only([...new Set(inputs.aliases.get(entity))]) : undefined;
}

function entityName(pse: PseNumber, inputs: MapInputs): number | undefined {
  const entity = inputs.entityOfPse.get(pse.key) ?? 0;
  const name = entity > 0 ? inputs.entityNames.get(entity) : undefined;
  return name === undefined ? undefined : byName(inputs, (candidate) => candidate === name);
}

/** The number counts when the interface's own name ends in it; letters make blocks in a chassis (`B1` is 25). */
export function sameNumber(pse: PseNumber, inputs: MapInputs): number | undefined {
  const name = inputs.interfaces.get(pse.port)?.name ?? "";
  const block = /^([A-Z])\d+$/.exec(name)?.[1];
  if (block !== undefined && (pse.group === 1 || block.charCodeAt(0) - 64 === pse.group)) return pse.port;
  if (pse.group !== 1) return undefined;
  const last = /(\d+)\D*$/.exec(name)?.[1];
  return last !== undefined && Number(last) === pse.port ? pse.port : undefined;
}

export const rules: Record<PortRule, { readonly rule: Rule; readonly sure: Sureness }> = {
  "table-ifindex": { rule: (pse) => pse.port, sure: "sure" },
  "entity-alias": { rule: entityAlias, sure: "sure" },
  "entity-name": { rule: entityName, sure: "sure" },
  "stack-port": { rule: (pse, { stackPorts }) => stackPorts.get(`${pse.group}.${pse.port}`), sure: "sure" },
  "number-is-ifindex": { rule: (pse) => pse.port, sure: "likely" },
  "junos-name": { rule: junosName, sure: "likely" },
  "unit-port-name": { rule: unitPortName, sure: "likely" },
  "slot-thousands": { rule: (pse) => pse.group * 1000 + pse.port, sure: "likely" },
  "slot-port-name": { rule: slotPortName, sure: "guess" },
  "h3c-pse-name": { rule: h3cPseName, sure: "guess" },
  "same-number": { rule: sameNumber, sure: "guess" },
};
