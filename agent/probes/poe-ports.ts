import { fileURLToPath } from "node:url";
import { isIP } from "node:net";
import { Type, type Static } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import type { Probe } from "../../protocol/probe.ts";
import { Secret } from "../../protocol/secret.ts";
import type { AgentIo } from "../io/io.ts";
import type { SnmpFailure, SnmpTarget } from "../io/snmp/session.ts";
import { loadMibs, type VendorMib } from "../mibs/load-mibs.ts";
import { cdpNeighbours } from "./poe-ports/cdp.ts";
import { cdp, lldp, mapping, system } from "./poe-ports/columns.ts";
import { compareLooks, type SwitchMemory } from "./poe-ports/counters.ts";
import { showFace } from "./poe-ports/face.ts";
import { interfacesOf, type Interface } from "./poe-ports/interfaces.ts";
import { lldpNeighbours } from "./poe-ports/lldp.ts";
import { macTablePhones } from "./poe-ports/mac-table.ts";
import type { Neighbour } from "./poe-ports/neighbour.ts";
import { joinNeighbours, type OnPort } from "./poe-ports/neighbours.ts";
import { observePort, Observer, observeSwitch, probeName, type PortPicture } from "./poe-ports/observe.ts";
import { mapPsePorts, type MapInputs, type MappedPort } from "./poe-ports/port-map.ts";
import { budgetOf, psePortsOf, type PsePort } from "./poe-ports/pse.ts";
import { readAddresses, readSwitch, type SwitchReading } from "./poe-ports/read-switch.ts";

const PoePortsSettings = Type.Object(
  {
    community: Type.String({
      minLength: 1,
      maxLength: 100,
      default: "public",
      secret: true,
      description: "SNMP community that may read",
    }),
    version: Type.Union([Type.Literal("1"), Type.Literal("2c")], {
      default: "2c",
      description: "SNMP version",
    }),
    id: Type.Optional(
      Type.String({
        pattern: "^[A-Za-z0-9._:-]{1,60}$",
        description: "name of the switch in subjects; its host when absent",
      }),
    ),
    timeout: Type.Number({
      minimum: 0.05,
      maximum: 30,
      default: 1,
      description: "seconds to wait for an answer",
    }),
    retries: Type.Integer({
      minimum: 0,
      maximum: 5,
      default: 1,
      description: "times a request is sent again",
    }),
  },
  { additionalProperties: false },
);
type PoePortsSettings = Static<typeof PoePortsSettings>;

const snmpPort = 161;

/** `HOST`, `HOST:PORT`, `[IPv6]:PORT` or a bare IPv6 address; undefined when it is none of these. */
function parseTarget(target: string): { host: string; port: number } | undefined {
  if (isIP(target) === 6) return { host: target, port: snmpPort };
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s[\]]+))(?::(\d{1,5}))?$/.exec(target.trim());
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? snmpPort : Number(match[3]);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

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

/** Whether something is on the line that no neighbour table names. */
function someoneUnnamed(interfaces: Iterable<Interface>, neighbours: readonly Neighbour[]): boolean {
  const named = new Set(neighbours.map((each) => each.ifIndex));
  return [...interfaces].some((each) => each.up === true && !named.has(each.ifIndex));
}

interface Context {
  readonly id: string;
  readonly at: number;
  readonly mono: number;
  readonly before: SwitchMemory | undefined;
}

/** Pure: one reading to observations, and what to remember of it. */
export function observeReading(
  reading: SwitchReading,
  { id, at, mono, before }: Context,
): { observations: Observation[]; memory: SwitchMemory | undefined } {
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
  for (const picture of picturesOf(id, interfaces, pse, mapped)) {
    const ifIndex = picture.jack?.ifIndex ?? -1;
    const earlier = looks?.continued === true ? before?.denied.get(picture.pse?.key ?? "") : undefined;
    observePort(
      observer,
      { ...picture, attached: attached.get(ifIndex), changes: looks?.changes.get(ifIndex) },
      { uptime, known, refusedNow: earlier !== undefined && (picture.pse?.denied ?? 0) > earlier },
    );
  }
  const denied = new Map(pse.flatMap((port) => (port.denied === undefined ? [] : [[port.key, port.denied]])));
  return { observations: observer.out, memory: looks && { ...looks.memory, denied } };
}

function silent(id: string, at: number, { outcome, why }: SnmpFailure, target: string): Observation[] {
  const observer = new Observer(at);
  const hint = outcome === "timeout" ? " (a wrong community looks the same)" : "";
  observer.add(`switch:${id}`, "switch.snmp", null, `${target}: ${why}${hint}`, outcome);
  return observer.out;
}

async function numericHost(host: string, io: AgentIo): Promise<string | undefined> {
  if (isIP(host) !== 0) return host;
  try {
    return (await io.resolve(host))[0];
  } catch {
    return undefined;
  }
}

/** Counters of former looks are kept for this many switches. */
const remembered = 2000;

/**
 * The probe with its memory: counters of the last look at each switch, for flaps and error rates. `mibs` are read once,
 * at the first look.
 */
export function createPoePorts(
  readMibs: () => readonly VendorMib[],
): Probe<typeof PoePortsSettings, AgentIo> {
  const memories = new Map<string, SwitchMemory>();
  let mibs: readonly VendorMib[] | undefined;

  async function look(
    target: SnmpTarget,
    id: string,
    io: AgentIo,
    signal: AbortSignal,
  ): Promise<Observation[]> {
    mibs ??= readMibs();
    const where = `${target.host} port ${target.port}`;
    await using pool = io.openSnmp();
    const read = await readSwitch(pool, target, mibs, signal, io.say);
    if (!read.ok) return silent(id, io.clock.now(), read.failure, where);
    const { reading } = read;
    const interfaces = interfacesOf(reading.tables);
    if (someoneUnnamed(interfaces.values(), lldpNeighbours(reading.tables, interfaces))) {
      await readAddresses(pool, target, reading, signal);
    }
    const key = `${id} ${where}`;
    const context = { id, at: io.clock.now(), mono: io.clock.mono(), before: memories.get(key) };
    const { observations, memory } = observeReading(reading, context);
    if (memory !== undefined && reading.failure === undefined) memories.set(key, memory);
    const oldest = memories.keys().next().value;
    if (memories.size > remembered && oldest !== undefined) memories.delete(oldest);
    return observations;
  }

  return {
    name: probeName,
    verb: "poe",
    about: "look at a switch by SNMP: PoE, link, and which phone is on which port",
    target: "HOST[:PORT]",
    example: "offhook diag poe 192.0.2.10 --id sw1",
    settings: PoePortsSettings,
    async run(target: string, settings: PoePortsSettings, io, signal) {
      const place = parseTarget(target);
      const id = settings.id ?? place?.host ?? target;
      const host = place === undefined ? undefined : await numericHost(place.host, io);
      if (place === undefined || host === undefined) {
        const why = place === undefined ? "not HOST or HOST:PORT" : "no such name";
        return silent(id, io.clock.now(), { outcome: "unreachable", why }, target);
      }
      const timeouts = Array.from({ length: settings.retries + 1 }, () => settings.timeout * 1000);
      const { version } = settings;
      const community = new Secret(settings.community);
      return look({ host, port: place.port, community, version, timeouts }, id, io, signal);
    },
    show: showFace,
  };
}

export const poePorts = createPoePorts(() => loadMibs(fileURLToPath(new URL("../mibs", import.meta.url))));
