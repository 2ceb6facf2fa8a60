import { fileURLToPath } from "node:url";
import { isIP } from "node:net";
import type { Observation } from "../../protocol/observation.ts";
import type { Probe } from "../../protocol/probe.ts";
import type { AgentIo } from "../io/io.ts";
import type { SnmpFailure, SnmpTarget } from "../io/snmp/ask.ts";
import { loadMibs, type VendorMib } from "../mibs/load-mibs.ts";
import type { SwitchMemory } from "./poe-ports/counters.ts";
import { expectPhones, type PhonesSeen } from "./poe-ports/expected-phones.ts";
import { showFace } from "./poe-ports/face.ts";
import { interfacesOf, type Interface } from "./poe-ports/interfaces.ts";
import { lldpNeighbours } from "./poe-ports/lldp.ts";
import type { Neighbour } from "./poe-ports/neighbour.ts";
import { observeReading } from "./poe-ports/observe-reading.ts";
import { Observer, probeName } from "./poe-ports/observe.ts";
import { readAddresses, readSwitch } from "./poe-ports/read-switch.ts";
import { silenceHint, SwitchSettings, targetOf } from "./poe-ports/switch-settings.ts";

const snmpPort = 161;

/** `HOST`, `HOST:PORT`, `[IPv6]:PORT` or a bare IPv6 address; undefined when it is none of these. */
function parseTarget(target: string): { host: string; port: number } | undefined {
  if (isIP(target) === 6) return { host: target, port: snmpPort };
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s[\]]+))(?::(\d{1,5}))?$/.exec(target.trim());
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? snmpPort : Number(match[3]);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

/** Whether something is on the line that no neighbour table names. */
function someoneUnnamed(interfaces: Iterable<Interface>, neighbours: readonly Neighbour[]): boolean {
  const named = new Set(neighbours.map((each) => each.ifIndex));
  return [...interfaces].some((each) => each.up === true && !named.has(each.ifIndex));
}

function silent(id: string, at: number, { outcome, why }: SnmpFailure, target: string): Observation[] {
  const observer = new Observer(at);
  observer.add(`switch:${id}`, "switch.snmp", null, `${target}: ${why}`, outcome);
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
export function createPoePorts(readMibs: () => readonly VendorMib[]): Probe<typeof SwitchSettings, AgentIo> {
  const memories = new Map<string, SwitchMemory>();
  let phonesSeen: PhonesSeen = new Map();
  let mibs: readonly VendorMib[] | undefined;

  async function look(
    target: SnmpTarget,
    { id, hint }: { id: string; hint: string },
    io: AgentIo,
    signal: AbortSignal,
  ): Promise<Observation[]> {
    mibs ??= readMibs();
    const where = `${target.host} port ${target.port}`;
    await using pool = io.openSnmp();
    const read = await readSwitch(pool, target, mibs, signal, io.say);
    if (!read.ok) {
      const { outcome, why } = read.failure;
      const all = outcome === "timeout" ? `${why} (${hint})` : why;
      return silent(id, io.clock.now(), { outcome, why: all }, where);
    }
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
    const { expected, seen } = expectPhones(observations, phonesSeen, context.at);
    phonesSeen = seen;
    return [...observations, ...expected];
  }

  return {
    name: probeName,
    verb: "poe",
    about: "look at a switch by SNMP: PoE, link, and which phone is on which port",
    target: "HOST[:PORT]",
    example: "offhook diag poe 192.0.2.10 --id sw1",
    settings: SwitchSettings,
    async run(target: string, settings: SwitchSettings, io, signal) {
      const place = parseTarget(target);
      const id = settings.id ?? place?.host ?? target;
      const host = place === undefined ? undefined : await numericHost(place.host, io);
      if (place === undefined || host === undefined) {
        const why = place === undefined ? "not HOST or HOST:PORT" : "no such name";
        return silent(id, io.clock.now(), { outcome: "unreachable", why }, target);
      }
      const asked = targetOf({ host, port: place.port }, settings);
      if (!asked.ok) return silent(id, io.clock.now(), { outcome: "denied", why: asked.why }, target);
      return look(asked.target, { id, hint: silenceHint(settings) }, io, signal);
    },
    show: showFace,
  };
}

export const poePorts = createPoePorts(() => loadMibs(fileURLToPath(new URL("../mibs", import.meta.url))));
