import { fileURLToPath } from "node:url";
import type { Observation } from "../../protocol/observation.ts";
import { observerOf } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import type { AgentIo } from "../io/io.ts";
import type { SnmpPool } from "../io/snmp.ts";
import type { SnmpFailure, SnmpTarget } from "../io/snmp/ask.ts";
import { loadMibs, type VendorMib } from "../mibs/load-mibs.ts";
import { system } from "./poe-ports/columns.ts";
import { expectPhones } from "./poe-ports/expected-phones.ts";
import { showFace } from "./poe-ports/face.ts";
import { announcedIn, observeReading, type Announced } from "./poe-ports/observe-reading.ts";
import { Observer, probeName } from "./poe-ports/observe.ts";
import { readAddresses, readSwitch } from "./poe-ports/read-switch.ts";
import { numericHost, parseSwitchPlace, trapSources } from "./poe-ports/switch-place.ts";
import { silenceHint, SwitchSettings, targetOf } from "./poe-ports/switch-settings.ts";
import { type KnownSwitch, KnownSwitches } from "./poe-pulse/known-switches.ts";
import { noticeMoves } from "./poe-pulse/phone-places.ts";
import { pulseColumns, totalsOf } from "./poe-pulse/read-pulse.ts";

/** Whether something is on the line that no neighbour table names. */
function someoneUnnamed({ interfaces, lldp }: Announced): boolean {
  const named = new Set(lldp.map((each) => each.ifIndex));
  return [...interfaces.values()].some((each) => each.up === true && !named.has(each.ifIndex));
}

function silent(id: string, at: number, { outcome, why }: SnmpFailure, target: string): Observation[] {
  const observer = new Observer(at);
  observer.add(`switch:${id}`, "switch.snmp", null, `${target}: ${why}`, outcome);
  return observer.out;
}

/** A switch that was silent gets one small request first: a round of it then costs one time-out, not two. */
async function wake(
  pool: SnmpPool,
  target: SnmpTarget,
  one: KnownSwitch,
  signal: AbortSignal,
): Promise<{ ok: false; failure: SnmpFailure } | undefined> {
  if (!one.silent) return undefined;
  const answer = await pool.get(one.patient(target), [system.uptime], signal);
  return answer.ok ? undefined : answer;
}

/**
 * The probe with its memory: counters of the last look at each switch, for flaps and error rates. `mibs` are read once,
 * at the first look.
 */
export function createPoePorts(
  readMibs: () => readonly VendorMib[],
  known: KnownSwitches = new KnownSwitches(),
): Probe<typeof SwitchSettings, AgentIo> {
  let mibs: readonly VendorMib[] | undefined;

  async function look(
    target: SnmpTarget,
    { id, hint, one }: { id: string; hint: string; one: KnownSwitch },
    io: AgentIo,
    signal: AbortSignal,
  ): Promise<Observation[]> {
    mibs ??= readMibs();
    const where = `${target.host} port ${target.port}`;
    await using pool = io.openSnmp();
    const read =
      (await wake(pool, target, one, signal)) ?? (await readSwitch(pool, target, mibs, signal, io.say));
    one.noteSilence(!read.ok || read.reading.failure !== undefined);
    if (!read.ok) {
      const { outcome, why } = read.failure;
      const all = outcome === "timeout" ? `${why} (${hint})` : why;
      const now = io.clock.now();
      const silences = observerOf(probeName, `switch:${id}`, now)("switch.silent", one.silences, {
        evidence: all,
      });
      return [...silent(id, now, { outcome, why: all }, where), silences];
    }
    const announced = announcedIn(read.reading);
    const unnamed = someoneUnnamed(announced);
    const reading = unnamed ? await readAddresses(pool, target, read.reading, signal) : read.reading;
    const moment = { at: io.clock.now(), mono: io.clock.mono() };
    const { observations, memory, ports } = observeReading(reading, {
      announced,
      id,
      ...moment,
      before: one.counters,
    });
    if (memory !== undefined && reading.failure === undefined) {
      const { tables, mib } = reading;
      one.counters = memory;
      const columns = pulseColumns(tables, mib);
      const { uptime, at } = memory;
      one.takeMap({ ports, mib, columns, totals: totalsOf(tables, mib), uptime, at });
    }
    const { expected, seen } = expectPhones(observations, one.phonesSeen, moment.at);
    one.phonesSeen = seen;
    const moves = noticeMoves(observations, known.places, probeName);
    return [...observations, ...expected, ...moves];
  }

  return {
    name: probeName,
    verb: "poe",
    about: "look at a switch by SNMP: PoE, link, and which phone is on which port",
    target: "HOST[:PORT]",
    several: true,
    example: "offhook diag poe 192.0.2.10 --id sw1",
    settings: SwitchSettings,
    // The second look is for phones that got power or link: by then they have announced themselves.
    onTrap: { sourcesOf: trapSources, settle: 2000, apart: 30_000, again: 60_000 },
    async run(target: string, settings: SwitchSettings, io, signal) {
      const place = parseSwitchPlace(target);
      const id = settings.id ?? place?.host ?? target;
      const host = place === undefined ? undefined : await numericHost(place.host, io);
      if (place === undefined || host === undefined) {
        const why = place === undefined ? "not HOST or HOST:PORT" : "no such name";
        return silent(id, io.clock.now(), { outcome: "unreachable", why }, target);
      }
      const asked = targetOf({ host, port: place.port }, settings);
      if (!asked.ok) return silent(id, io.clock.now(), { outcome: "denied", why: asked.why }, target);
      const one = known.of(id, asked.target);
      one.looking = true;
      try {
        return await look(asked.target, { id, hint: silenceHint(settings), one }, io, signal);
      } finally {
        one.looking = false;
      }
    },
    show: showFace,
  };
}

/** What this process knows of switches; the pulse goes by it. */
export const knownSwitches = new KnownSwitches();

export const poePorts = createPoePorts(
  () => loadMibs(fileURLToPath(new URL("../mibs", import.meta.url))),
  knownSwitches,
);
