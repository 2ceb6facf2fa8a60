import type { PortRule } from "../../mibs/load-mibs.ts";
import { mapByEvidence } from "./port-evidence.ts";
import { rules, sameNumber, type MapInputs, type PseNumber, type Sureness } from "./port-rules.ts";

// A wrong row would send a technician to the wrong jack, so ways that contradict each other, or what is seen on the
// ports, give no interface at all, and the contradiction is told.

export type MappedPort =
  | {
      readonly ifIndex: number;
      readonly by: PortRule | "agreement" | "evidence";
      readonly sure: Sureness;
      /** What else speaks for it. */
      readonly also?: string;
    }
  | {
      readonly ifIndex: undefined;
      readonly why: string;
      /** Two things that are known cannot both be true. */
      readonly contradiction?: true;
    };

type Placed = Extract<MappedPort, { ifIndex: number }>;

/** Each PSE port's place, and what of it cannot be true. */
export interface PortMap {
  readonly ports: ReadonlyMap<string, MappedPort>;
  /** Sentences, one per contradiction; empty when nothing speaks against the map. */
  readonly contradictions: readonly string[];
}

const nameOf = ({ interfaces }: MapInputs, ifIndex: number) =>
  interfaces.get(ifIndex)?.name ?? `interface ${ifIndex}`;
const contradicted = (why: string): MappedPort => ({ ifIndex: undefined, why, contradiction: true });

interface Told {
  readonly by: PortRule;
  readonly ifIndex: number;
  readonly sure: Sureness;
}

/** A second, independent way to the same interface makes it surer. */
function agreed(first: Told, others: readonly Told[]): Placed {
  const same = others.filter(({ ifIndex }) => ifIndex === first.ifIndex).map(({ by }) => by);
  const { by, ifIndex, sure } = first;
  if (same.length === 0) return { by, ifIndex, sure };
  return { by, ifIndex, sure: sure === "guess" ? "likely" : "sure", also: `so does ${same.join(", ")}` };
}

function mapByRules(pse: PseNumber, plan: readonly PortRule[], inputs: MapInputs): MappedPort {
  const told = plan.flatMap((by): Told[] => {
    const ifIndex = rules[by].rule(pse, inputs);
    return ifIndex !== undefined && inputs.interfaces.has(ifIndex)
      ? [{ by, ifIndex, sure: rules[by].sure }]
      : [];
  });
  // A guess never speaks against what the switch or the make says; guesses speak against each other.
  const firm = told.filter(({ sure }) => sure !== "guess");
  const heard = firm.length > 0 ? firm : told;
  const first = heard[0];
  if (first === undefined) return { ifIndex: undefined, why: "no rule knows its interface" };
  const other = heard.find(({ ifIndex }) => ifIndex !== first.ifIndex);
  if (other === undefined) return agreed(first, told.slice(1));
  return contradicted(`${first.by} says interface ${first.ifIndex}, ${other.by} says ${other.ifIndex}`);
}

function mapUnknownMake(ports: readonly PseNumber[], inputs: MapInputs): Map<string, MappedPort> {
  const evidence = mapByEvidence(ports, inputs);
  return new Map(
    ports.map((pse): [string, MappedPort] => {
      const number = sameNumber(pse, inputs);
      const shown = evidence.get(pse.key);
      if (number !== undefined && shown !== undefined && number !== shown) {
        return [pse.key, contradicted(`number says ${number}, evidence says ${shown}`)];
      }
      if (number !== undefined) return [pse.key, { ifIndex: number, by: "agreement", sure: "likely" }];
      if (shown !== undefined) return [pse.key, { ifIndex: shown, by: "evidence", sure: "likely" }];
      return [pse.key, { ifIndex: undefined, why: "unknown make, and nothing proves an interface" }];
    }),
  );
}

/** Two PSE ports cannot be one jack: then neither is believed. */
function withoutDoubles(mapped: Map<string, MappedPort>, inputs: MapInputs): Map<string, MappedPort> {
  const users = Map.groupBy(mapped, ([, { ifIndex }]) => ifIndex);
  for (const [ifIndex, found] of users) {
    if (ifIndex === undefined || found.length < 2) continue;
    const keys = found.map(([key]) => key);
    for (const key of keys)
      mapped.set(key, contradicted(`ports ${keys.join(", ")} all lead to ${nameOf(inputs, ifIndex)}`));
  }
  return mapped;
}

/** What is seen on the ports, against the map. */
interface Seen {
  /** Draws power, and its interface has neither link nor neighbour. */
  readonly lost: readonly PseNumber[];
  /** Draws none, and the neighbour on its interface says that it is fed. */
  readonly hungry: readonly PseNumber[];
  readonly drawing: readonly PseNumber[];
}

function look(mapped: ReadonlyMap<string, MappedPort>, ports: readonly PseNumber[], inputs: MapInputs): Seen {
  const placed = ports.filter((pse) => mapped.get(pse.key)?.ifIndex !== undefined);
  const at = (pse: PseNumber) => mapped.get(pse.key)?.ifIndex ?? -1;
  const drawing = placed.filter((pse) => pse.delivering);
  return {
    drawing,
    lost: drawing.filter((pse) => !inputs.alive.has(at(pse))),
    hungry: placed.filter((pse) => !pse.delivering && inputs.fed.has(at(pse))),
  };
}

/**
 * One port that draws power into nothing may be a phone that boots; one that feeds nobody may have an injector behind
 * it. Both at once speak against the map; what the switch itself says is doubted only at the second such pair.
 */
function withoutRefuted(
  mapped: Map<string, MappedPort>,
  ports: readonly PseNumber[],
  inputs: MapInputs,
): Map<string, MappedPort> {
  const unsure = ports.filter((pse) => {
    const port = mapped.get(pse.key);
    return port?.ifIndex !== undefined && port.sure !== "sure";
  });
  const { drawing, lost } = look(mapped, unsure, inputs);
  if (drawing.length >= 3 && inputs.alive.size > 0 && lost.length * 2 > drawing.length) {
    const why = `${lost.length} of ${drawing.length} ports that draw power would have no link`;
    for (const pse of unsure) mapped.set(pse.key, contradicted(why));
  }
  const seen = look(mapped, ports, inputs);
  const pairs = Math.min(seen.lost.length, seen.hungry.length);
  for (const pse of [...seen.lost, ...seen.hungry]) {
    const port = mapped.get(pse.key);
    if (port?.ifIndex === undefined || pairs < (port.sure === "sure" ? 2 : 1)) continue;
    mapped.set(pse.key, contradicted(refutation(pse, port, inputs)));
  }
  return mapped;
}

function refutation(pse: PseNumber, { ifIndex, by }: Placed, inputs: MapInputs): string {
  const name = nameOf(inputs, ifIndex);
  return pse.delivering
    ? `${by} says ${name}, which has no link while power is drawn`
    : `${by} says ${name}, where ${inputs.fed.get(ifIndex) ?? "a device"} is fed while this port gives no power`;
}

/** A neighbour that says it is fed, on a port that draws power: the map is right there. */
function withProof(
  mapped: Map<string, MappedPort>,
  ports: readonly PseNumber[],
  inputs: MapInputs,
): Map<string, MappedPort> {
  for (const pse of ports) {
    const port = mapped.get(pse.key);
    if (port?.ifIndex === undefined || !pse.delivering) continue;
    const words = inputs.fed.get(port.ifIndex);
    if (words === undefined) continue;
    const also = [port.also, `${words} there is fed`].filter((each) => each !== undefined).join("; ");
    mapped.set(pse.key, { ...port, also, sure: port.sure === "guess" ? "likely" : "sure" });
  }
  return mapped;
}

function contradictionsOf(mapped: ReadonlyMap<string, MappedPort>): string[] {
  const told = [...mapped].filter(([, port]) => port.ifIndex === undefined && port.contradiction === true);
  const byWhy = Map.groupBy(told, ([, port]) => (port.ifIndex === undefined ? port.why : ""));
  return [...byWhy].map(([why, found]) => `PoE ${found.map(([key]) => key).join(", ")}: ${why}`);
}

/** Each PSE port's interface and the rule that found it, or why there is none. `plan` is the make's; none: unknown make. */
export function mapPsePorts(
  ports: readonly PseNumber[],
  plan: readonly PortRule[] | undefined,
  inputs: MapInputs,
): PortMap {
  const told =
    plan === undefined
      ? mapUnknownMake(ports, inputs)
      : new Map(ports.map((pse) => [pse.key, mapByRules(pse, plan, inputs)]));
  const kept = withoutRefuted(withoutDoubles(told, inputs), ports, inputs);
  return { ports: withProof(kept, ports, inputs), contradictions: contradictionsOf(kept) };
}
