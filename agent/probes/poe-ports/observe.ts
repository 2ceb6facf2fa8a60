import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import { observerOf } from "../../../protocol/observe.ts";
import type { Observation, ObservedValue, Outcome } from "../../../protocol/observation.ts";
import type { Budget, Supply } from "./budget.ts";
import { power, system } from "./columns.ts";
import type { PortChanges } from "./counters.ts";
import type { Interface } from "./interfaces.ts";
import type { OnPort } from "./neighbours.ts";
import { plausibleWatts } from "./plausible.ts";
import type { MappedPort } from "./port-map.ts";
import type { PseEvents } from "./pse-events.ts";
import type { PsePort } from "./pse.ts";
import type { SwitchReading } from "./read-switch.ts";
import type { SwitchUnit } from "./read-units.ts";
import { plainText } from "./tables.ts";
import type { TreePort } from "./spanning-tree.ts";
import type { VoiceTold } from "./voice-vlan.ts";

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
  readonly events: PseEvents | undefined;
  readonly voice: VoiceTold | undefined;
  readonly tree: TreePort | undefined;
  /** VLANs in which the bridge learned the phone's address. */
  readonly vlans: readonly number[] | undefined;
}

const tenth = (watts: number | undefined) =>
  watts === undefined ? undefined : Math.round(watts * 100) / 100;

function observeWatts(observer: Observer, picture: PortPicture, doubt: string | undefined): void {
  const { subject, pse, jack } = picture;
  if (pse === undefined) return;
  const { watts, delivering, allocated, volts, milliamps } = pse;
  if (watts === undefined) {
    if (doubt !== undefined && delivering) observer.add(subject, "poe.watts", null, doubt, "garbled");
    return;
  }
  const judged = plausibleWatts({ watts, delivering, linkUp: jack?.up, allocated, volts, milliamps });
  if (!judged.ok)
    return observer.add(subject, "poe.watts", null, `${pse.wattsFrom}: ${judged.why}`, "garbled");
  const note = judged.note === undefined ? "" : `; ${judged.note}`;
  observer.add(subject, "poe.watts", tenth(watts), `${pse.wattsFrom}${note}`);
}

/** Which interface a PSE port feeds, and how that is known. */
function placeOf(mapped: MappedPort | undefined): string {
  if (mapped?.ifIndex === undefined) return `no interface: ${mapped?.why ?? "not looked for"}`;
  return `interface ${mapped.ifIndex} by ${mapped.by}`;
}

function observeMap(observer: Observer, { subject, pse, mapped }: PortPicture): void {
  if (pse === undefined || mapped?.ifIndex === undefined) return;
  const also = mapped.also === undefined ? "" : `; ${mapped.also}`;
  const evidence = `PSE ${pse.key}, ${placeOf(mapped)}${also}`;
  observer.add(subject, "poe.map", `${mapped.by}, ${mapped.sure}`, evidence);
}

function observeEvents(observer: Observer, { subject, events }: PortPicture): void {
  if (events === undefined) return;
  const evidence = "growth of its counter from look to look";
  observer.add(subject, "poe.mps", events.mpsAbsent, evidence);
  observer.add(subject, "poe.invalid", events.invalidSignature, evidence);
  observer.add(subject, "poe.refused", events.denied, evidence);
  observer.add(subject, "poe.overload", events.overload, evidence);
  observer.add(subject, "poe.short", events.short, evidence);
}

function observePower(observer: Observer, picture: PortPicture, facts: PortFacts): void {
  const { subject, pse, mapped } = picture;
  if (pse === undefined) return;
  const refused = facts.refusedNow && pse.state === "searching";
  const because = facts.refusedNow ? `; ${power.denied}.${pse.key} grew since the last look` : "";
  const evidence = `${pse.stateFrom}${because}; PSE ${pse.key}, ${placeOf(mapped)}`;
  observer.add(subject, "poe.state", refused ? "denied" : pse.state, evidence);
  observer.add(subject, "poe.admin", pse.admin);
  observer.add(subject, "poe.fault", refused ? "denied" : (pse.fault ?? null), pse.faultFrom);
  // Idle ports have no class; null replaces what an earlier look said.
  observer.add(subject, "poe.class", pse.delivering ? pse.class : null);
  observeWatts(observer, picture, facts.doubt);
  observer.add(subject, "poe.volts", pse.delivering ? tenth(pse.volts) : undefined);
  observer.add(subject, "poe.watts.alloc", pse.delivering ? tenth(pse.allocated) : undefined);
  observer.add(subject, "poe.reserve", pse.reserve, "by the make's habit");
  observer.add(subject, "poe.overdrawn", pse.overdrawn ? true : undefined);
  observer.add(subject, "poe.priority", pse.priority);
  observer.add(subject, "poe.denied", pse.denied);
  observeEvents(observer, picture);
  observeMap(observer, picture);
}

function observeLink(observer: Observer, picture: PortPicture, uptime: number | undefined): void {
  const { subject, jack, changes, tree } = picture;
  if (jack === undefined) return;
  observer.add(subject, "link.up", jack.up, `ifIndex ${jack.ifIndex}`);
  observer.add(subject, "link.admin", jack.admin);
  observer.add(subject, "port.label", jack.label);
  if (jack.up === true) {
    observer.add(subject, "link.speed", jack.speed);
    observer.add(subject, "link.duplex", jack.duplex);
    observer.add(subject, "link.mau", jack.mau);
    observer.add(subject, "link.autoNegotiation", jack.autoNegotiation);
    observer.add(subject, "stp.state", tree?.state);
    observer.add(subject, "stp.edge", tree?.edge);
  }
  // A change noted beyond sysUpTime is from before the uptime wrapped: not known how long ago.
  const ticks = uptime === undefined || jack.lastChange === undefined ? -1 : uptime - jack.lastChange;
  observer.add(subject, "link.lastChange", ticks >= 0 ? Math.round(ticks / 100) : undefined);
  observer.add(subject, "link.flaps", changes?.flaps, "counted from look to look");
  observer.add(subject, "link.fcs", changes?.fcs?.perMillion, changes?.fcs?.evidence);
  observer.add(subject, "link.errors", changes?.errors?.perMillion, changes?.errors?.evidence);
  observer.add(subject, "link.inDiscards", changes?.inDiscards?.perMillion, changes?.inDiscards?.evidence);
  observer.add(subject, "link.discards", changes?.discards?.perMillion, changes?.discards?.evidence);
  observer.add(subject, "link.lateCol", changes?.lateCollisions);
}

function observePhone(observer: Observer, { subject, attached, vlans }: PortPicture): void {
  const phone = attached?.phone;
  if (phone === undefined) return;
  observer.add(subject, "port.phone.by", phone.by);
  observer.add(subject, "port.phone.model", phone.model);
  observer.add(subject, "port.phone.firmware", phone.firmware);
  observer.add(subject, "port.phone.hardware", phone.hardware);
  observer.add(subject, "port.phone.serial", phone.serial);
  observer.add(subject, "port.phone.vlan", phone.vlan, "as the phone announces");
  observer.add(subject, "port.phone.dscp", phone.dscp, "as the phone announces");
  observer.add(subject, "port.phone.vlans", vlans?.map(String), "where its address was learned");
  observer.add(subject, "link.duplex.far", phone.duplex, `by ${phone.by}`);
  observer.add(subject, "lldp.poe.asked", phone.asked);
}

function observeVoice(observer: Observer, { subject, voice }: PortPicture): void {
  observer.add(subject, "lldp.voiceVlan", voice?.vlan, "LLDP-MED policy of the switch");
  observer.add(subject, "lldp.voiceDscp", voice?.dscp, "LLDP-MED policy of the switch");
  observer.add(subject, "port.voiceVlan", voice?.configured, "voice VLAN set on the port");
}

function observeAttached(observer: Observer, picture: PortPicture, known: boolean): void {
  const { subject, jack, attached } = picture;
  if (jack === undefined) return;
  observeVoice(observer, picture);
  // Rows outlive the device by minutes: on a port that is down they are old news.
  const there = jack.up === false ? undefined : attached;
  const nothing = known ? null : undefined;
  const phone = there?.phone;
  observer.add(subject, "port.phone", phone === undefined ? nothing : phone.mac, phone && `by ${phone.by}`);
  observer.add(subject, "port.neighbour", there?.neighbour ?? nothing);
  if (there !== undefined) observePhone(observer, picture);
}

/** What of the look as a whole bears on each port. */
export interface PortFacts {
  readonly uptime: number | undefined;
  /** The neighbour tables were read to their end. */
  readonly known: boolean;
  readonly refusedNow: boolean;
  /** Why the make's watts are not believed here. */
  readonly doubt: string | undefined;
}

/** All observations of one port. */
export function observePort(observer: Observer, picture: PortPicture, facts: PortFacts): void {
  observePower(observer, picture, facts);
  observeLink(observer, picture, facts.uptime);
  observeAttached(observer, picture, facts.known);
}

/** The power of the whole switch. */
export interface WholePower {
  readonly budget: Budget | undefined;
  readonly supplies: readonly Supply[];
  /** Sums over ports, W: drawn where watts are known, set aside where the switch says so. */
  readonly drawn: number | undefined;
  readonly allocated: number | undefined;
  /** The most that its supplies could give since the agent looks, W. */
  readonly most: number | undefined;
}

/** As many and as long as an observation takes. */
export const listOf = (sentences: readonly string[]): string[] =>
  sentences.slice(0, 100).map((sentence) => sentence.slice(0, 400));

const printWatts = (watts: number | undefined) => (watts === undefined ? "?" : `${tenth(watts)} W`);
const printSupply = ({ group, name, state, budget, used }: Supply) =>
  `${name ?? group}: ${state ?? "?"}, ${printWatts(budget)}, ${printWatts(used)} used`;

/** Refusal follows what is set aside, so that counts against the budget; what is drawn where nothing is set aside. */
function percentUsed({ budget, drawn, allocated }: WholePower): number | undefined {
  if (budget === undefined || budget.budget <= 0) return undefined;
  const told = [budget.used, drawn, allocated].filter((each) => each !== undefined);
  return told.length === 0 ? undefined : Math.round((Math.max(...told) / budget.budget) * 1000) / 10;
}

export function observeWholePower(observer: Observer, subject: string, power: WholePower): void {
  const { budget, supplies, most } = power;
  observer.add(subject, "poe.budget", tenth(budget?.budget), budget?.from);
  observer.add(subject, "poe.budget.used", tenth(budget?.used));
  observer.add(subject, "poe.budget.free", tenth(budget?.free));
  observer.add(subject, "poe.budget.percent", percentUsed(power));
  observer.add(subject, "poe.drawn", tenth(power.drawn), "sum over the ports");
  observer.add(subject, "poe.allocated", tenth(power.allocated), "sum over the ports");
  if (supplies.length > 0) observer.add(subject, "poe.supplies", listOf(supplies.map(printSupply)));
  const told = supplies.filter((each) => each.state !== undefined);
  const faulty = told.filter((each) => each.state === "faulty");
  if (told.length > 0)
    observer.add(subject, "poe.supply.faulty", faulty.length, faulty.map(printSupply).join("; "));
  if (budget !== undefined && most !== undefined) {
    const fell = Math.max(0, most - budget.budget);
    observer.add(subject, "poe.budget.fell", tenth(fell), `it was ${most} W, it is ${budget.budget} W`);
  }
}

function printUnit({ name, model, serial, firmware }: SwitchUnit): string {
  const words = [model, serial && `serial ${serial}`, firmware].filter((word) => word !== undefined);
  return name === undefined ? words.join(", ") : `${name}: ${words.join(", ")}`;
}

/** The nameplate of the switch, and those of all members and cards where there are several. */
function observeUnits(observer: Observer, subject: string, units: readonly SwitchUnit[] | undefined): void {
  const chassis = units?.find(({ kind }) => kind === "chassis");
  observer.add(subject, "switch.model", chassis?.model);
  observer.add(subject, "switch.serial", chassis?.serial);
  observer.add(subject, "switch.firmware", chassis?.firmware);
  if (units !== undefined && units.length > 0)
    observer.add(subject, "switch.units", listOf(units.map(printUnit)));
}

export function observeSwitch(
  observer: Observer,
  subject: string,
  reading: SwitchReading,
  restarted: boolean | undefined,
): void {
  const { scalars, failure } = reading;
  const text = (oid: string) => {
    const value = scalars.get(oid);
    return value instanceof Uint8Array ? plainText(value) : undefined;
  };
  const uptime = scalars.get(system.uptime);
  if (failure === undefined) {
    observer.add(subject, "switch.snmp", true);
    observer.add(subject, "switch.silent", 0);
  } else
    observer.add(subject, "switch.snmp", null, `fell silent while read: ${failure.why}`, failure.outcome);
  observer.add(subject, "switch.name", text(system.name));
  observer.add(subject, "switch.about", text(system.descr));
  observeUnits(observer, subject, reading.units);
  observer.add(subject, "switch.uptime", typeof uptime === "number" ? Math.round(uptime / 100) : undefined);
  observer.add(subject, "switch.restarted", restarted, "sysUpTime against the last look's");
}
