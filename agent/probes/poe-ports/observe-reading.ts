import type { Observation, Subject } from "../../../protocol/observation.ts";
import { cdpNeighbours } from "./cdp.ts";
import { cdp, lldp, mapping, system } from "./columns.ts";
import { compareLooks, type SwitchMemory } from "./counters.ts";
import { interfacesOf, type Interface } from "./interfaces.ts";
import { lldpNeighbours } from "./lldp.ts";
import { macTablePhones } from "./mac-table.ts";
import { joinNeighbours, type OnPort } from "./neighbours.ts";
import { observePort, Observer, observeSwitch, type PortPicture } from "./observe.ts";
import { mapPsePorts, type MapInputs, type MappedPort } from "./port-map.ts";
import { budgetOf, psePortsOf, type PsePort } from "./pse.ts";
import type { SwitchReading } from "./read-switch.ts";

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

function mapInputs(
  reading: SwitchReading,
  interfaces: ReadonlyMap<number, Interface>,
  attached: ReadonlyMap<number, OnPort>,
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
    alive: new Set(up.map((each) => each.ifIndex)),
  };
}

/** Jacks first, in their order, each with its PSE port; then PSE ports without a jack, by the number they have. */
function picturesOf(
  id: string,
  interfaces: ReadonlyMap<number, Interface>,
  pse: readonly PsePort[],
  mapped: ReadonlyMap<string, MappedPort>,
): Omit<PortPicture, "attached" | "changes">[] {
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

interface Context {
  readonly id: string;
  readonly at: number;
  readonly mono: number;
  readonly before: SwitchMemory | undefined;
}

function placed(
  { subject, jack, pse, mapped }: Omit<PortPicture, "attached" | "changes">,
  uplinks: ReadonlySet<number>,
): PlacedPort {
  return {
    subject,
    ifIndex: jack?.ifIndex,
    pse: pse && { key: pse.key, by: mapped?.ifIndex === undefined ? undefined : mapped.by },
    uplink: jack !== undefined && uplinks.has(jack.ifIndex),
  };
}

/** Pure: one reading to observations, and what to remember of it. */
export function observeReading(
  reading: SwitchReading,
  { id, at, mono, before }: Context,
): { observations: Observation[]; memory: SwitchMemory | undefined; ports: PlacedPort[] } {
  const { tables, mib, portMap } = reading;
  const interfaces = interfacesOf(tables);
  const announced = [...lldpNeighbours(tables, interfaces), ...cdpNeighbours(tables, interfaces)];
  const attached = joinNeighbours([...announced, ...macTablePhones(tables, interfaces, announced)]);
  const pse = psePortsOf(tables, mib);
  const mapped = mapPsePorts(pse, portMap, mapInputs(reading, interfaces, attached));
  const ticks = reading.scalars.get(system.uptime);
  const uptime = typeof ticks === "number" ? ticks : undefined;
  const looks =
    uptime === undefined ? undefined : compareLooks(tables, interfaces.values(), uptime, mono, before);
  const known = tables.complete(lldp.chassisSubtype) && tables.complete(cdp.deviceId);
  const observer = new Observer(at);
  observeSwitch(observer, `switch:${id}`, reading, budgetOf(tables, mib, pse));
  const pictures = picturesOf(id, interfaces, pse, mapped);
  for (const picture of pictures) {
    const ifIndex = picture.jack?.ifIndex ?? -1;
    const earlier = looks?.continued === true ? before?.denied.get(picture.pse?.key ?? "") : undefined;
    observePort(
      observer,
      { ...picture, attached: attached.get(ifIndex), changes: looks?.changes.get(ifIndex) },
      { uptime, known, refusedNow: earlier !== undefined && (picture.pse?.denied ?? 0) > earlier },
    );
  }
  const denied = new Map(pse.flatMap((port) => (port.denied === undefined ? [] : [[port.key, port.denied]])));
  const uplinks = new Set(announced.filter((each) => each.bridge).map((each) => each.ifIndex));
  const ports = pictures.map((picture) => placed(picture, uplinks));
  return { observations: observer.out, memory: looks && { ...looks.memory, denied }, ports };
}
