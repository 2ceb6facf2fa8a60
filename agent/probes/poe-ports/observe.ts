import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import { observerOf } from "../../../protocol/observe.ts";
import type { Observation, ObservedValue, Outcome } from "../../../protocol/observation.ts";
import { power, system } from "./columns.ts";
import type { PortChanges } from "./counters.ts";
import type { Interface } from "./interfaces.ts";
import type { OnPort } from "./neighbours.ts";
import { plausibleWatts } from "./plausible.ts";
import type { MappedPort } from "./port-map.ts";
import type { Budget, PsePort } from "./pse.ts";
import type { SwitchReading } from "./read-switch.ts";
import { plainText } from "./tables.ts";

export const probeName = "poe-ports";

/** Makes observations of one subject; what is undefined makes none. */
export class Observer {
  readonly out: Observation[] = [];
  readonly #at: number;

  constructor(at: number) {
    this.#at = at;
  }

  add(
    subject: string,
    key: ObservationKey,
    value: ObservedValue | undefined,
    evidence?: string,
    outcome: Outcome = "ok",
  ): void {
    if (value === undefined) return;
    this.out.push(observerOf(probeName, subject, this.#at)(key, value, { outcome, evidence }));
  }
}

/** One port as people see it: a jack, a PSE port, or both in one. */
export interface PortPicture {
  readonly subject: string;
  readonly jack: Interface | undefined;
  readonly pse: PsePort | undefined;
  readonly mapped: MappedPort | undefined;
  readonly attached: OnPort | undefined;
  readonly changes: PortChanges | undefined;
}

const tenth = (watts: number | undefined) =>
  watts === undefined ? undefined : Math.round(watts * 100) / 100;

function observeWatts(observer: Observer, { subject, pse, jack }: PortPicture): void {
  if (pse?.watts === undefined) return;
  const { watts, delivering, allocated } = pse;
  const judged = plausibleWatts({ watts, delivering, linkUp: jack?.up, allocated });
  if (!judged.ok)
    return observer.add(subject, "poe.watts", null, `${pse.wattsFrom}: ${judged.why}`, "garbled");
  const note = judged.note === undefined ? "" : `; ${judged.note}`;
  observer.add(subject, "poe.watts", tenth(watts), `${pse.wattsFrom}${note}`);
}

function observePower(observer: Observer, picture: PortPicture, refusedNow: boolean): void {
  const { subject, pse, mapped } = picture;
  if (pse === undefined) return;
  const place =
    mapped?.ifIndex === undefined
      ? `no interface: ${mapped?.why ?? "not looked for"}`
      : `interface ${mapped.ifIndex} by ${mapped.by}`;
  const state = refusedNow && pse.state === "searching" ? "denied" : pse.state;
  const because = refusedNow ? `; ${power.denied}.${pse.key} grew since the last look` : "";
  observer.add(subject, "poe.state", state, `${pse.stateFrom}${because}; PSE ${pse.key}, ${place}`);
  observer.add(subject, "poe.admin", pse.admin);
  // Idle ports have no class; null replaces what an earlier look said.
  observer.add(subject, "poe.class", pse.delivering ? pse.class : null);
  observeWatts(observer, picture);
  observer.add(subject, "poe.watts.alloc", pse.delivering ? tenth(pse.allocated) : undefined);
  observer.add(subject, "poe.priority", pse.priority);
  observer.add(subject, "poe.denied", pse.denied);
}

function observeLink(observer: Observer, picture: PortPicture, uptime: number | undefined): void {
  const { subject, jack, changes } = picture;
  if (jack === undefined) return;
  observer.add(subject, "link.up", jack.up, `ifIndex ${jack.ifIndex}`);
  observer.add(subject, "link.admin", jack.admin);
  if (jack.up === true) {
    observer.add(subject, "link.speed", jack.speed);
    observer.add(subject, "link.duplex", jack.duplex);
  }
  // A change noted beyond sysUpTime is from before the uptime wrapped: not known how long ago.
  const ticks = uptime === undefined || jack.lastChange === undefined ? -1 : uptime - jack.lastChange;
  observer.add(subject, "link.lastChange", ticks >= 0 ? Math.round(ticks / 100) : undefined);
  observer.add(subject, "link.flaps", changes?.flaps, "counted from look to look");
  observer.add(subject, "link.fcs", changes?.fcs?.perMillion, changes?.fcs?.evidence);
  observer.add(subject, "link.discards", changes?.discards?.perMillion, changes?.discards?.evidence);
  observer.add(subject, "link.lateCol", changes?.lateCollisions);
}

function observeAttached(observer: Observer, { subject, jack, attached }: PortPicture, known: boolean): void {
  if (jack === undefined) return;
  // Rows outlive the device by minutes: on a port that is down they are old news.
  const phone = jack.up === false ? undefined : attached?.phone;
  const neighbour = jack.up === false ? undefined : attached?.neighbour;
  const nothing = known ? null : undefined;
  observer.add(subject, "port.phone", phone === undefined ? nothing : phone.mac, phone && `by ${phone.by}`);
  observer.add(subject, "port.neighbour", neighbour ?? nothing);
  if (phone === undefined) return;
  observer.add(subject, "port.phone.by", phone.by);
  observer.add(subject, "port.phone.model", phone.model);
  observer.add(subject, "port.phone.firmware", phone.firmware);
  observer.add(subject, "lldp.poe.asked", phone.asked);
}

/** All observations of one port; `known`: the neighbour tables were read to their end. */
export function observePort(
  observer: Observer,
  picture: PortPicture,
  facts: { uptime: number | undefined; known: boolean; refusedNow: boolean },
): void {
  observePower(observer, picture, facts.refusedNow);
  observeLink(observer, picture, facts.uptime);
  observeAttached(observer, picture, facts.known);
}

export function observeSwitch(
  observer: Observer,
  subject: string,
  reading: SwitchReading,
  budget: Budget | undefined,
): void {
  const { scalars, failure } = reading;
  const text = (oid: string) => {
    const value = scalars.get(oid);
    return value instanceof Uint8Array ? plainText(value) : undefined;
  };
  const uptime = scalars.get(system.uptime);
  if (failure === undefined) observer.add(subject, "switch.snmp", true);
  else observer.add(subject, "switch.snmp", null, `fell silent while read: ${failure.why}`, failure.outcome);
  observer.add(subject, "switch.name", text(system.name));
  observer.add(subject, "switch.about", text(system.descr));
  observer.add(subject, "switch.uptime", typeof uptime === "number" ? Math.round(uptime / 100) : undefined);
  observer.add(subject, "poe.budget", tenth(budget?.budget), budget?.from);
  observer.add(subject, "poe.budget.used", tenth(budget?.used));
  observer.add(subject, "poe.budget.free", tenth(budget?.free));
}
