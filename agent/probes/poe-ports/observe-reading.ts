import type { Observation, Subject } from "../../../protocol/observation.ts";
import { cdpNeighbours } from "./cdp.ts";
import { budgetOf, suppliesOf } from "./budget.ts";
import { cdp, lldp, mapping, system } from "./columns.ts";
import { compareLooks, hasRestarted, type SwitchMemory } from "./counters.ts";
import { interfacesOf, type Interface } from "./interfaces.ts";
import { lldpNeighbours } from "./lldp.ts";
import { learnedAddresses, macTablePhones } from "./mac-table.ts";
import type { Neighbour } from "./neighbour.ts";
import { joinNeighbours, type OnPort } from "./neighbours.ts";
import {
  listOf,
  observePort,
  Observer,
  observeSwitch,
  observeWholePower,
  type PortPicture,
  type WholePower,
} from "./observe.ts";
import { mapPsePorts, type MappedPort } from "./port-map.ts";
import type { MapInputs } from "./port-rules.ts";
import { pseEventsOf } from "./pse-events.ts";
import { psePortsOf, type PsePort } from "./pse.ts";
import type { SwitchReading } from "./read-switch.ts";
import { treePortsOf } from "./spanning-tree.ts";
import { voiceToldOf, voiceVlansOf } from "./voice-vlan.ts";

/** Index to number of a column whose values are numbers. */
function numbers(reading: SwitchReading, column: string): Map<string, number> {
  const rows = [...reading.tables.rows(column)];
  return new Map(rows.flatMap(([index, value]) => (typeof value === "number" ? [[index, value]] : [])));
}

/** `entPhysicalIndex.logical` to an interface row (`…2.2.1.1.<ifIndex>`), by entity. */
function aliasesOf(reading: SwitchReading): Map<number, number[]> {
  const interfaceRow = "1.3.6.1.2.1.2.2.1.1.";
  const aliases = new Map<number, number[]>();
  for (const [index, value] of reading.tables.rows(mapping.entityAlias)) {
    if (typeof value !== "string" || !value.startsWith(interfaceRow)) continue;
    const entity = Number(index.split(".")[0]);
    aliases.set(entity, [...(aliases.get(entity) ?? []), Number(value.slice(interfaceRow.length))]);
  }
  return aliases;
}

/** Interfaces whose neighbour is a powered device; on a port that is down the row is old news. */
function fedInterfaces(
  announced: readonly Neighbour[],
  interfaces: ReadonlyMap<number, Interface>,
): ReadonlyMap<number, string> {
  const fed = announced.filter(
    ({ ifIndex, fed: says }) => says === true && interfaces.get(ifIndex)?.up !== false,
  );
  return new Map(
    fed.map(({ ifIndex, name, model, mac, by }) => [
      ifIndex,
      `${name ?? model ?? mac ?? "a device"} (${by})`,
    ]),
  );
}

function mapInputs(
  reading: SwitchReading,
  interfaces: ReadonlyMap<number, Interface>,
  attached: ReadonlyMap<number, OnPort>,
  announced: readonly Neighbour[],
): MapInputs {
  const names = [...reading.tables.rows(mapping.entityName).keys()].flatMap((index): [number, string][] => {
    const name = reading.tables.text(mapping.entityName, index);
    return name === undefined ? [] : [[Number(index), name]];
  });
  const up = [...interfaces.values()].filter((each) => each.up === true || attached.has(each.ifIndex));
  return {
    interfaces,
    entityOfPse: numbers(reading, mapping.ciscoEntityOfPse),
    aliases: aliasesOf(reading),
    entityNames: new Map(names),
    stackPorts: numbers(reading, mapping.ciscoStackPort),
    bridgePorts: new Map(
      [...numbers(reading, mapping.bridgePort)].map(([port, ifIndex]) => [Number(port), ifIndex]),
    ),
    fed: fedInterfaces(announced, interfaces),
    alive: new Set(up.map((each) => each.ifIndex)),
  };
}

/** What a port is, before what was seen on it. */
type Picture = Pick<PortPicture, "subject" | "jack" | "pse" | "mapped">;

/** Jacks first, in their order, each with its PSE port; then PSE ports without a jack, by the number they have. */
function picturesOf(
  id: string,
  interfaces: ReadonlyMap<number, Interface>,
  pse: readonly PsePort[],
  mapped: ReadonlyMap<string, MappedPort>,
): Picture[] {
  const byJack = new Map<number, PsePort>();
  for (const port of pse) {
    const ifIndex = mapped.get(port.key)?.ifIndex;
    if (ifIndex !== undefined) byJack.set(ifIndex, port);
  }
  const jacks = [...interfaces.values()].map((jack) => {
    const port = byJack.get(jack.ifIndex);
    return { subject: `port:${id}/${jack.name}`, jack, pse: port, mapped: port && mapped.get(port.key) };
  });
  const homeless = pse.filter((port) => mapped.get(port.key)?.ifIndex === undefined);
  return [
    ...jacks,
    ...homeless.map((port) => ({
      subject: `port:${id}/PoE ${port.group}/${port.port}`,
      jack: undefined,
      pse: port,
      mapped: mapped.get(port.key),
    })),
  ];
}

/** Where one port stands in the switch's tables: what a later, smaller look needs to know of it. */
export interface PlacedPort {
  readonly subject: Subject;
  readonly ifIndex: number | undefined;
  /** Its PSE port (`group.port`), and the rule that proved which jack it feeds; no rule: it belongs to no jack we know. */
  readonly pse: { readonly key: string; readonly by: string | undefined } | undefined;
  /** A switch or router is attached. */
  readonly uplink: boolean;
}

/** Jacks and LLDP neighbours of a reading, where the caller has worked them out already. */
export interface Announced {
  readonly interfaces: ReadonlyMap<number, Interface>;
  readonly lldp: readonly Neighbour[];
}

export function announcedIn({ tables }: SwitchReading): Announced {
  const interfaces = interfacesOf(tables);
  return { interfaces, lldp: lldpNeighbours(tables, interfaces) };
}

interface Context {
  readonly announced?: Announced;
  readonly id: string;
  readonly at: number;
  readonly mono: number;
  readonly before: SwitchMemory | undefined;
}

function placed({ subject, jack, pse, mapped }: Picture, uplinks: ReadonlySet<number>): PlacedPort {
  return {
    subject,
    ifIndex: jack?.ifIndex,
    pse: pse && { key: pse.key, by: mapped?.ifIndex === undefined ? undefined : mapped.by },
    uplink: jack !== undefined && uplinks.has(jack.ifIndex),
  };
}

function sum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
}

function wholePower(
  { tables, mib }: SwitchReading,
  pse: readonly PsePort[],
  before: SwitchMemory | undefined,
): WholePower {
  const budget = budgetOf(tables, mib, pse);
  const delivering = pse.filter((port) => port.delivering);
  return {
    budget,
    supplies: suppliesOf(tables, mib),
    drawn: sum(delivering.map((port) => port.watts)),
    allocated: sum(delivering.map((port) => port.allocated)),
    most: before?.budget,
  };
}

/** VLANs in which each address was learned, by interface and address. */
function vlansByPlace(reading: SwitchReading): ReadonlyMap<string, readonly number[]> {
  const places = Map.groupBy(
    learnedAddresses(reading.tables, reading.perVlan),
    ({ ifIndex, mac }) => `${ifIndex} ${mac}`,
  );
  return new Map(
    [...places].map(([place, found]) => [
      place,
      [...new Set(found.flatMap(({ vlan }) => vlan ?? []))].toSorted((a, b) => a - b),
    ]),
  );
}

/** Pure: one reading to observations, and what to remember of it. */
export function observeReading(
  reading: SwitchReading,
  { id, at, mono, before, announced: worked = announcedIn(reading) }: Context,
): { observations: Observation[]; memory: SwitchMemory | undefined; ports: PlacedPort[] } {
  const { tables, mib, portMap, doubt } = reading;
  const { interfaces } = worked;
  const announced = [...worked.lldp, ...cdpNeighbours(tables, interfaces)];
  const learned = macTablePhones(tables, interfaces, announced, reading.perVlan);
  const attached = joinNeighbours([...announced, ...learned]);
  const pse = psePortsOf(tables, mib);
  const map = mapPsePorts(pse, portMap, mapInputs(reading, interfaces, attached, announced));
  const ticks = reading.scalars.get(system.uptime);
  const uptime = typeof ticks === "number" ? ticks : undefined;
  const looks =
    uptime === undefined ? undefined : compareLooks(tables, interfaces.values(), uptime, mono, before);
  const earlier = looks?.continued === true ? before : undefined;
  const { memories, events } = pseEventsOf(pse, earlier?.power, mono);
  const known = tables.complete(lldp.chassisSubtype) && tables.complete(cdp.deviceId);
  const observer = new Observer(at);
  const restarted =
    before === undefined || uptime === undefined ? undefined : hasRestarted(before, { uptime, at: mono });
  observeSwitch(observer, `switch:${id}`, reading, restarted);
  const power = wholePower(reading, pse, before);
  observeWholePower(observer, `switch:${id}`, power);
  if (pse.length > 0) observer.add(`switch:${id}`, "poe.map.contradiction", listOf(map.contradictions));
  const voice = voiceToldOf(tables, interfaces);
  if (voice.size > 0) observer.add(`switch:${id}`, "switch.voiceVlans", voiceVlansOf(voice).map(String));
  const tree = treePortsOf(tables);
  const vlans = vlansByPlace(reading);
  const pictures = picturesOf(id, interfaces, pse, map.ports);
  for (const picture of pictures) {
    const ifIndex = picture.jack?.ifIndex ?? -1;
    const key = picture.pse?.key ?? "";
    const here = attached.get(ifIndex);
    const seen = {
      attached: here,
      changes: looks?.changes.get(ifIndex),
      events: events.get(key),
      voice: voice.get(ifIndex),
      tree: tree.get(ifIndex),
      vlans: vlans.get(`${ifIndex} ${here?.phone?.mac}`),
    };
    const denied = earlier?.power?.get(key)?.counters.denied;
    const refusedNow = denied !== undefined && (picture.pse?.denied ?? 0) > denied;
    observePort(observer, { ...picture, ...seen }, { uptime, known, refusedNow, doubt });
  }
  const uplinks = new Set(announced.filter((each) => each.bridge).map((each) => each.ifIndex));
  const ports = pictures.map((picture) => placed(picture, uplinks));
  const budget = Math.max(before?.budget ?? 0, power.budget?.budget ?? 0);
  const memory = looks && { ...looks.memory, power: memories, ...(budget > 0 ? { budget } : {}) };
  return { observations: observer.out, memory, ports };
}
