import { only, slotPortName, type MapInputs, type PseNumber } from "./port-rules.ts";

// What draws power must be somewhere: on a port with link, or with a neighbour that says it is fed over the wire.

type Candidate = (pse: PseNumber) => number | undefined;

/** How far interfaces may be shifted against PSE numbers: uplinks that come first (two gigabit ports of a 3560-24PS). */
const offsets = [-4, -3, -2, -1, 1, 2, 3, 4];

function nameOrder(inputs: MapInputs): number[] {
  return [...inputs.interfaces]
    .toSorted(([, a], [, b]) => a.name.localeCompare(b.name, "en", { numeric: true }))
    .map(([ifIndex]) => ifIndex);
}

/** Ways in which switches are numbered. */
function candidates(inputs: MapInputs): Candidate[] {
  const ordered = nameOrder(inputs);
  const byIndex = [...inputs.interfaces.keys()].toSorted((a, b) => a - b);
  return [
    (pse) => pse.port,
    (pse) => inputs.bridgePorts.get(pse.port),
    (pse) => slotPortName(pse, inputs),
    (pse) => ordered[pse.port - 1],
    (pse) => byIndex[pse.port - 1],
    ...offsets.map(
      (offset): Candidate =>
        (pse) =>
          pse.port + offset,
    ),
  ];
}

function fits(candidate: Candidate, ports: readonly PseNumber[], { alive, fed }: MapInputs): boolean {
  const drawing = ports.filter((pse) => pse.delivering);
  if (!drawing.every((pse) => alive.has(candidate(pse) ?? -1))) return false;
  const idle = ports.filter((pse) => !pse.delivering);
  return !idle.some((pse) => fed.has(candidate(pse) ?? -1));
}

/** The one map under which every port that draws power has link or a neighbour, and no idle one feeds a neighbour. */
export function mapByEvidence(ports: readonly PseNumber[], inputs: MapInputs): ReadonlyMap<string, number> {
  if (ports.filter((pse) => pse.delivering).length < 3) return new Map();
  const fitting = candidates(inputs)
    .filter((candidate) => fits(candidate, ports, inputs))
    .map((candidate) => ports.map((pse) => [pse.key, candidate(pse)] as const));
  const distinct = new Map(fitting.map((map) => [JSON.stringify(map), map]));
  const winner = only([...distinct.values()]) ?? [];
  return new Map(
    winner.flatMap(([key, ifIndex]) =>
      ifIndex !== undefined && inputs.interfaces.has(ifIndex) ? [[key, ifIndex]] : [],
    ),
  );
}
