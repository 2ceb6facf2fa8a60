import type { Observation, ObservedValue } from "../../../protocol/observation.ts";
import type { PlacedPort } from "../poe-ports/observe-reading.ts";

/** Why a port is not restarted. What is only unwise can be forced; what is impossible or unknown cannot. */
export interface Refusal {
  readonly why: string;
  readonly forcible: boolean;
}

/** One port with what a full picture says of it. */
export interface PortNow {
  readonly placed: PlacedPort;
  /** As printed on the switch. */
  readonly name: string;
  readonly value: (key: string) => ObservedValue | undefined;
}

const nameOf = ({ subject }: PlacedPort) => subject.slice(subject.indexOf("/") + 1);

/** `Gi1/0/7` by its whole name, whatever the case, or by its last number where only one port ends so. */
export function findPort(ports: readonly PlacedPort[], wanted: string): PlacedPort | readonly string[] {
  const exact = ports.filter((port) => nameOf(port).toLowerCase() === wanted.trim().toLowerCase());
  const powered = ports.filter(({ pse }) => pse !== undefined);
  const byNumber = powered.filter((port) => /(\d+)$/.exec(nameOf(port))?.[1] === wanted.trim());
  const found = exact.length > 0 ? exact : byNumber;
  if (found[0] !== undefined && found.length === 1) return found[0];
  return (found.length > 0 ? found : powered).map(nameOf);
}

export function portNow(placed: PlacedPort, observations: readonly Observation[]): PortNow {
  const own = observations.filter(({ subject, outcome }) => subject === placed.subject && outcome === "ok");
  return { placed, name: nameOf(placed), value: (key) => own.find((each) => each.key === key)?.value };
}

/** Undefined: nothing speaks against it. */
export function refusalOf({ placed, name, value }: PortNow): Refusal | undefined {
  if (placed.pse === undefined) return { why: `${name} has no PoE`, forcible: false };
  if (placed.pse.by === undefined)
    return { why: `it is not proved which jack PSE port ${placed.pse.key} feeds`, forcible: false };
  if (value("poe.admin") === false)
    return { why: `PoE is switched off on ${name} by setting; this would switch it on`, forcible: false };
  if (placed.uplink) {
    const neighbour = value("port.neighbour");
    const whom = typeof neighbour === "string" ? `${neighbour}, ` : "";
    return { why: `${name} is an uplink: ${whom}a switch or router is attached`, forcible: true };
  }
  const state = value("poe.state");
  if (state !== "delivering")
    return { why: `${name} powers nothing (${String(state ?? "unknown")})`, forcible: true };
  return undefined;
}
