import type { Observation, ObservedValue } from "../../protocol/observation.ts";
import { type Incident, isActive } from "./incident.ts";
import { type SitePicture, type SubjectState, phoneStates, switchOf } from "./overview.ts";

/** empty: nothing is plugged in and nothing is expected · off: switched off by people. */
export type PortState = SubjectState | "empty" | "off";

export interface PortFace {
  /** As printed on the switch. */
  readonly name: string;
  readonly subject: string;
  readonly state: PortState;
  readonly link?: boolean;
  /** Mbit/s. */
  readonly speed?: number;
  readonly poe?: string;
  readonly watts?: number;
  readonly poeClass?: number;
  readonly phone?: {
    readonly mac: string;
    readonly model?: string;
    readonly label?: string;
    readonly by?: string;
  };
  readonly neighbour?: string;
  readonly incident?: { readonly id: string; readonly sentence: string };
  readonly lookedAt?: number;
}

/** A switch as one stands before it. */
export interface SwitchFace {
  readonly site: string;
  readonly siteName: string;
  readonly id: string;
  readonly name?: string;
  readonly about?: string;
  readonly state: SubjectState;
  readonly budget?: number;
  readonly used?: number;
  readonly ports: readonly PortFace[];
  readonly lookedAt?: number;
}

/** Undefined when nobody has seen this switch at this site. */
export function switchFace(
  picture: SitePicture,
  id: string,
  incidents: readonly Incident[],
): SwitchFace | undefined {
  const facts = factsBySubject(picture.observations.filter(({ subject }) => switchOf(subject) === id));
  if (facts.size === 0) return undefined;
  const active = incidents.filter((incident) => incident.site === picture.site.id && isActive(incident));
  const ports = [...facts.keys()].filter((subject) => subject.startsWith("port:"));
  const seen: Seen = { picture, active, phones: phoneStates(picture, active) };
  const whole = facts.get(`switch:${id}`);
  const looks = [...facts.values()].flatMap((each) => [...each.values()]).map((fact) => fact.at);
  return {
    site: picture.site.id,
    siteName: picture.site.name,
    id,
    ...known("name", text(whole, "switch.name")),
    ...known("about", text(whole, "switch.about")),
    state: switchState(id, picture, active),
    ...known("budget", number(whole, "poe.budget")),
    ...known("used", number(whole, "poe.budget.used")),
    ports: ports.map((subject) => portFace(subject, facts.get(subject), seen)).toSorted(comparePorts),
    lookedAt: Math.max(...looks),
  };
}

type Facts = ReadonlyMap<string, Observation>;

interface Seen {
  readonly picture: SitePicture;
  readonly active: readonly Incident[];
  readonly phones: ReadonlyMap<string, SubjectState>;
}

function factsBySubject(observations: readonly Observation[]): ReadonlyMap<string, Facts> {
  const facts = new Map<string, Map<string, Observation>>();
  for (const observation of observations) {
    const each = facts.get(observation.subject) ?? new Map<string, Observation>();
    facts.set(observation.subject, each.set(observation.key, observation));
  }
  return facts;
}

function switchState(id: string, picture: SitePicture, active: readonly Incident[]): SubjectState {
  const own = active.filter((incident) => incident.subject === `switch:${id}`);
  if (own.some((incident) => ["critical", "major"].includes(incident.severity))) return "down";
  if (own.some((incident) => incident.severity === "minor")) return "degraded";
  const seen = picture.observations.some(
    ({ subject }) => switchOf(subject) === id && picture.sightings.subject(subject)?.known === true,
  );
  return seen ? "ok" : "unknown";
}

function portFace(subject: string, facts: Facts | undefined, seen: Seen): PortFace {
  const mac = text(facts, "port.phone");
  const phone = seen.picture.phones.find((each) => each.mac === mac);
  const incident = seen.active.find((each) => each.subject === subject || each.subject === `phone:${mac}`);
  const model = phone?.model ?? text(facts, "port.phone.model");
  const by = text(facts, "port.phone.by");
  return {
    name: subject.slice(subject.indexOf("/") + 1),
    subject,
    state: portState(subject, facts, mac, seen),
    ...known("link", flag(facts, "link.up")),
    ...known("speed", number(facts, "link.speed")),
    ...known("poe", text(facts, "poe.state")),
    ...known("watts", number(facts, "poe.watts")),
    ...known("poeClass", number(facts, "poe.class")),
    ...known(
      "phone",
      mac === undefined
        ? undefined
        : { mac, ...known("model", model), ...known("label", phone?.label), ...known("by", by) },
    ),
    ...known("neighbour", text(facts, "port.neighbour")),
    ...known("incident", incident && { id: incident.id, sentence: incident.sentence }),
    ...known("lookedAt", facts && Math.max(...[...facts.values()].map((fact) => fact.at))),
  };
}

function portState(
  subject: string,
  facts: Facts | undefined,
  mac: string | undefined,
  { picture, active, phones }: Seen,
): PortState {
  if (picture.sightings.subject(subject)?.known !== true) return "unknown";
  const own = active.filter((incident) => incident.subject === subject);
  if (own.some((incident) => ["critical", "major"].includes(incident.severity))) return "down";
  if (own.some((incident) => incident.severity === "minor")) return "degraded";
  const phone = mac === undefined ? undefined : phones.get(mac);
  if (phone !== undefined) return phone;
  if (flag(facts, "link.admin") === false) return "off";
  const link = flag(facts, "link.up");
  if (link === undefined) return "unknown";
  return link ? "ok" : "empty";
}

/** By the numbers in the name, so that 2 stands before 10 and Gi1/0/9 before Gi1/0/10. */
function comparePorts(a: Pick<PortFace, "name">, b: Pick<PortFace, "name">): number {
  return a.name.localeCompare(b.name, "en", { numeric: true });
}

function known<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [key in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [key in Key]?: Value };
}

function value(facts: Facts | undefined, key: string): ObservedValue | undefined {
  const fact = facts?.get(key);
  return fact?.outcome === "ok" ? fact.value : undefined;
}

function text(facts: Facts | undefined, key: string): string | undefined {
  const found = value(facts, key);
  return typeof found === "string" && found !== "" ? found : undefined;
}

function number(facts: Facts | undefined, key: string): number | undefined {
  const found = value(facts, key);
  return typeof found === "number" ? found : undefined;
}

function flag(facts: Facts | undefined, key: string): boolean | undefined {
  const found = value(facts, key);
  return typeof found === "boolean" ? found : undefined;
}
