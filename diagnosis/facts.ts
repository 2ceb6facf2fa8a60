import { measuredText } from "../protocol/measured-text.ts";
import type { ObservationKey } from "../protocol/observation-keys.ts";
import type { Observation, Subject } from "../protocol/observation.ts";
import { subjectText } from "../protocol/subject-text.ts";
import type { Thresholds } from "./thresholds.ts";

/** The kind of a subject: the word before its colon. */
export function subjectKind(subject: Subject): string {
  return subject.slice(0, subject.indexOf(":"));
}

function subjectName(subject: Subject): string {
  return subject.slice(subject.indexOf(":") + 1);
}

/** Newest observation per subject and key, without those too old to speak of the present. */
export class FactIndex {
  readonly thresholds: Thresholds;
  readonly now: number;
  readonly #bySubject = new Map<Subject, Map<string, Observation>>();
  readonly #phoneToPort = new Map<Subject, Subject>();
  readonly #metersAt = new Map<Subject, Subject[]>();
  /** The phone last seen on each port, however long ago: whom it hurts when a switch falls silent. */
  readonly #lastPhones = new Map<Subject, Observation>();

  constructor(observations: readonly Observation[], thresholds: Thresholds, now: number) {
    this.thresholds = thresholds;
    this.now = now;
    const oldest = now - thresholds["observation.maxAge"] * 1000;
    for (const observation of observations) {
      if (observation.at >= oldest) this.#keepNewest(observation);
      if (observation.key === "port.phone") this.#keepPhone(observation);
    }
    for (const subject of this.#bySubject.keys()) this.#relate(subject);
  }

  #keepNewest(observation: Observation): void {
    const facts = this.#bySubject.get(observation.subject) ?? new Map<string, Observation>();
    this.#bySubject.set(observation.subject, facts);
    const present = facts.get(observation.key);
    if (present === undefined || present.at <= observation.at) facts.set(observation.key, observation);
  }

  #keepPhone(observation: Observation): void {
    const present = this.#lastPhones.get(observation.subject);
    const names = observation.outcome === "ok" && typeof observation.value === "string";
    if (names && (present === undefined || present.at <= observation.at))
      this.#lastPhones.set(observation.subject, observation);
  }

  #relate(subject: Subject): void {
    const phone = this.get(subject, "port.phone");
    if (phone?.outcome === "ok" && typeof phone.value === "string")
      this.#phoneToPort.set(`phone:${phone.value}`, subject);
    const place = this.get(subject, "dmm.place");
    if (place?.outcome === "ok" && typeof place.value === "string") {
      this.#metersAt.set(place.value, [...(this.#metersAt.get(place.value) ?? []), subject]);
    }
  }

  subjects(kind: string): Subject[] {
    return [...this.#bySubject.keys()].filter((subject) => subjectKind(subject) === kind).toSorted();
  }

  get(subject: Subject, key: ObservationKey): Observation | undefined {
    return this.#bySubject.get(subject)?.get(key);
  }

  /** All observations of one key, whatever the subject. */
  all(key: ObservationKey): Observation[] {
    return [...this.#bySubject.values()].flatMap((facts) => facts.get(key) ?? []);
  }

  phoneOn(port: Subject): Subject | undefined {
    const phone = this.get(port, "port.phone");
    return phone?.outcome === "ok" && typeof phone.value === "string" ? `phone:${phone.value}` : undefined;
  }

  /** The phones last seen on the ports of a switch. */
  phonesBehind(switchSubject: Subject): Subject[] {
    const prefix = `port:${subjectName(switchSubject)}/`;
    const there = [...this.#lastPhones].filter(([port]) => port.startsWith(prefix));
    return [...new Set(there.map(([, { value }]) => `phone:${String(value)}`))].toSorted();
  }

  portOf(phone: Subject): Subject | undefined {
    return this.#phoneToPort.get(phone);
  }

  /**
   * The subjects that make one device with this one, nearest first: a port with its phone, its meters and its switch; a
   * phone with its port and that port's; everything else by itself.
   */
  around(subject: Subject): Subject[] {
    const port = subjectKind(subject) === "port" ? subject : this.portOf(subject);
    if (port === undefined) return [subject, ...(this.#metersAt.get(subject) ?? [])];
    const phone = this.phoneOn(port);
    const meters = [
      ...(this.#metersAt.get(port) ?? []),
      ...(phone === undefined ? [] : (this.#metersAt.get(phone) ?? [])),
    ];
    const switchSubject = `switch:${subjectName(port).split("/")[0] ?? ""}`;
    const near = [subject, port, ...(phone === undefined ? [] : [phone]), ...meters, switchSubject];
    return [...new Set(near)];
  }

  /** Findings with the same device name are causes and consequences of each other. */
  deviceOf(subject: Subject): string {
    const kind = subjectKind(subject);
    if (kind === "phone") return this.portOf(subject) ?? subject;
    if (kind === "meter") {
      const place = this.get(subject, "dmm.place")?.value;
      return typeof place === "string" ? this.deviceOf(place) : subject;
    }
    // One far end, whatever the transport: `sip:pbx:5060/udp` and `rtp:pbx:5060` are the same place.
    if (kind === "sip" || kind === "rtp" || kind === "path")
      return `far:${subjectName(subject).split("/")[0] ?? ""}`;
    return subject;
  }
}

/** What a rule sees: the facts around one subject. Keys are looked up on the subject first, then on what belongs to it. */
export class Facts {
  readonly subject: Subject;
  readonly index: FactIndex;
  readonly #around: Subject[];

  constructor(index: FactIndex, subject: Subject) {
    this.index = index;
    this.subject = subject;
    this.#around = index.around(subject);
  }

  get(key: ObservationKey): Observation | undefined {
    for (const subject of this.#around) {
      const found = this.index.get(subject, key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  number(key: ObservationKey): number | undefined {
    const value = this.get(key)?.value;
    return typeof value === "number" ? value : undefined;
  }

  /** For sentences: the value with its unit, or "unknown". */
  print(key: ObservationKey): string {
    const found = this.get(key);
    if (found === undefined || found.value === null) return "unknown";
    if (Array.isArray(found.value)) return found.value.join(", ");
    const value = typeof found.value === "number" ? Math.round(found.value * 100) / 100 : String(found.value);
    return measuredText(value, found.unit);
  }

  /** The subject as people say it: `port sw1/7`. */
  name(subject: Subject = this.subject): string {
    return subjectText(subject);
  }

  /** The phones that are part of this subject; those on its ports, when it is a switch. */
  phones(): Subject[] {
    if (subjectKind(this.subject) === "switch") return this.index.phonesBehind(this.subject);
    return this.#around.filter((subject) => subjectKind(subject) === "phone");
  }

  limit(name: keyof Thresholds): number {
    return this.index.thresholds[name];
  }

  /** The same far end by another transport. */
  sibling(transport: string): Facts {
    return new Facts(this.index, `${this.subject.split("/")[0] ?? ""}/${transport}`);
  }
}
