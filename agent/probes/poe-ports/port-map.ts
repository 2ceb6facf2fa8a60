import type { PortRule } from "../../mibs/load-mibs.ts";

// The standard numbers PSE ports by group and port and gives no way to the interface (RFC 3621). Each vendor has its own.
// A wrong row would send a technician to the wrong jack, so ways that contradict each other give no interface at all.

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
  /** Interfaces with link or a neighbour: where a device that draws power should be. */
  readonly alive: ReadonlySet<number>;
}

export type MappedPort =
  | { readonly ifIndex: number; readonly by: PortRule | "agreement" | "evidence" }
  | { readonly ifIndex: undefined; readonly why: string };

type Rule = (pse: PseNumber, inputs: MapInputs) => number | undefined;

const only = <T>(values: readonly T[]): T | undefined => (values.length === 1 ? values[0] : undefined);

function byName(inputs: MapInputs, fits: (name: string) => boolean): number | undefined {
  const found = [...inputs.interfaces].filter(([, each]) => fits(each.name) || fits(each.descr ?? ""));
  return only(found)?.[0];
}

/** Numbers of a name such as `Gi1/0/7` or `ge-0/0/7`: kind and the arcs after it. */
function slotted(name: string): { kind: string; numbers: number[] } | undefined {
  const match = /^([a-z][a-z-]*?)[- ]?(\d+(?:[/:]\d+){1,2})$/i.exec(name.trim());
  if (match === null) return undefined;
  return { kind: (match[1] ?? "").toLowerCase(), numbers: (match[2] ?? "").split(/[/:]/).map(Number) };
}

/** `…g/0/p` or `…g/p`. A middle number other than 0 is an uplink module, which repeats slot and port (Te1/1/1). */
function slotPortName(pse: PseNumber, inputs: MapInputs): number | undefined {
  return byName(inputs, (name) => {
    const numbers = slotted(name)?.numbers ?? [];
    const middle = numbers.length === 3 ? numbers[1] : 0;
    return numbers[0] === pse.group && numbers.at(-1) === pse.port && middle === 0;
  });
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

const rules: Record<PortRule, { rule: Rule; guess: boolean }> = {
  "table-ifindex": { rule: (pse) => pse.port, guess: false },
  "number-is-ifindex": { rule: (pse) => pse.port, guess: false },
  "entity-alias": { rule: entityAlias, guess: false },
  "entity-name": { rule: entityName, guess: false },
  "stack-port": {
    rule: (pse, inputs) => inputs.stackPorts.get(`${pse.group}.${pse.port}`),
    guess: false,
  },
  "junos-name": { rule: junosName, guess: false },
  // A name alone is a guess: taken when nothing better speaks, and never against anything better.
  "slot-port-name": { rule: slotPortName, guess: true },
};

function mapByRules(pse: PseNumber, plan: readonly PortRule[], inputs: MapInputs): MappedPort {
  const answers = plan.flatMap((by) => {
    const ifIndex = rules[by].rule(pse, inputs);
    return ifIndex !== undefined && inputs.interfaces.has(ifIndex) ? [{ by, ifIndex }] : [];
  });
  const sure = answers.filter(({ by }) => !rules[by].guess);
  const told = sure.length > 0 ? sure : answers.slice(0, 1);
  const first = told[0];
  if (first === undefined) return { ifIndex: undefined, why: "no rule knows its interface" };
  const other = told.find(({ ifIndex }) => ifIndex !== first.ifIndex);
  if (other === undefined) return first;
  return {
    ifIndex: undefined,
    why: `${first.by} says interface ${first.ifIndex}, ${other.by} says ${other.ifIndex}`,
  };
}

/** A switch of unknown make: the number counts when it is the ifIndex and the name says the same number too. */
function byAgreement(pse: PseNumber, inputs: MapInputs): number | undefined {
  if (pse.group !== 1) return undefined;
  const name = inputs.interfaces.get(pse.port)?.name;
  const last = /(\d+)\D*$/.exec(name ?? "")?.[1];
  return last !== undefined && Number(last) === pse.port ? pse.port : undefined;
}

function nameOrder(inputs: MapInputs): number[] {
  return [...inputs.interfaces]
    .toSorted(([, a], [, b]) => a.name.localeCompare(b.name, "en", { numeric: true }))
    .map(([ifIndex]) => ifIndex);
}

/** Candidate maps for a switch of unknown make; each is one way such switches are numbered. */
function candidates(inputs: MapInputs): ((pse: PseNumber) => number | undefined)[] {
  const ordered = nameOrder(inputs);
  const byIndex = [...inputs.interfaces.keys()].toSorted((a, b) => a - b);
  return [
    (pse) => pse.port,
    (pse) => slotPortName(pse, inputs),
    (pse) => ordered[pse.port - 1],
    (pse) => byIndex[pse.port - 1],
  ];
}

/** The one map under which every port that draws power has link or a neighbour; needs three such ports. */
function byEvidence(ports: readonly PseNumber[], inputs: MapInputs): ReadonlyMap<string, number> {
  const drawing = ports.filter((pse) => pse.delivering);
  if (drawing.length < 3) return new Map();
  const fitting = candidates(inputs)
    .filter((candidate) => drawing.every((pse) => inputs.alive.has(candidate(pse) ?? -1)))
    .map((candidate) => ports.map((pse) => [pse.key, candidate(pse)] as const));
  const distinct = new Map(fitting.map((map) => [JSON.stringify(map), map]));
  const winner = only([...distinct.values()]) ?? [];
  return new Map(
    winner.flatMap(([key, ifIndex]) =>
      ifIndex !== undefined && inputs.interfaces.has(ifIndex) ? [[key, ifIndex]] : [],
    ),
  );
}

function mapUnknownMake(ports: readonly PseNumber[], inputs: MapInputs): Map<string, MappedPort> {
  const evidence = byEvidence(ports, inputs);
  return new Map(
    ports.map((pse): [string, MappedPort] => {
      const agreed = byAgreement(pse, inputs);
      const shown = evidence.get(pse.key);
      if (agreed !== undefined && shown !== undefined && agreed !== shown) {
        return [pse.key, { ifIndex: undefined, why: `number says ${agreed}, evidence says ${shown}` }];
      }
      if (agreed !== undefined) return [pse.key, { ifIndex: agreed, by: "agreement" }];
      if (shown !== undefined) return [pse.key, { ifIndex: shown, by: "evidence" }];
      return [pse.key, { ifIndex: undefined, why: "unknown make, and nothing proves an interface" }];
    }),
  );
}

/** Two PSE ports cannot be one jack: then neither is believed. */
function withoutDoubles(mapped: Map<string, MappedPort>): Map<string, MappedPort> {
  const users = new Map<number, string[]>();
  for (const [key, { ifIndex }] of mapped) {
    if (ifIndex !== undefined) users.set(ifIndex, [...(users.get(ifIndex) ?? []), key]);
  }
  for (const [ifIndex, keys] of users) {
    if (keys.length < 2) continue;
    for (const key of keys) {
      mapped.set(key, {
        ifIndex: undefined,
        why: `ports ${keys.join(", ")} all lead to interface ${ifIndex}`,
      });
    }
  }
  return mapped;
}

/** A map by numbers or names under which most drawing ports have neither link nor neighbour is a wrong map. */
function withoutRefuted(
  mapped: Map<string, MappedPort>,
  ports: readonly PseNumber[],
  alive: ReadonlySet<number>,
): Map<string, MappedPort> {
  const guessed = ports.filter((pse) => {
    const port = mapped.get(pse.key);
    return (
      port?.ifIndex !== undefined && ["number-is-ifindex", "slot-port-name", "agreement"].includes(port.by)
    );
  });
  const drawing = guessed.filter((pse) => pse.delivering);
  const shown = drawing.filter((pse) => alive.has(mapped.get(pse.key)?.ifIndex ?? -1));
  if (drawing.length < 3 || alive.size === 0 || shown.length * 2 >= drawing.length) return mapped;
  const why = `${drawing.length - shown.length} of ${drawing.length} ports that draw power would have no link`;
  for (const pse of guessed) mapped.set(pse.key, { ifIndex: undefined, why });
  return mapped;
}

/** Each PSE port's interface and the rule that found it, or why there is none. `plan` is the vendor's; none: unknown make. */
export function mapPsePorts(
  ports: readonly PseNumber[],
  plan: readonly PortRule[] | undefined,
  inputs: MapInputs,
): ReadonlyMap<string, MappedPort> {
  const mapped =
    plan === undefined
      ? mapUnknownMake(ports, inputs)
      : new Map(ports.map((pse) => [pse.key, mapByRules(pse, plan, inputs)]));
  return withoutRefuted(withoutDoubles(mapped), ports, inputs.alive);
}
