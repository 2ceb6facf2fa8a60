import type { Observation } from "../../protocol/observation.ts";
import { observerOf } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import type { AgentIo } from "../io/io.ts";
import type { SnmpFailure, SnmpTarget } from "../io/snmp/ask.ts";
import { knownSwitches, poePorts } from "./poe-ports.ts";
import { expectPhones } from "./poe-ports/expected-phones.ts";
import { showFace } from "./poe-ports/face.ts";
import { numericHost, parseSwitchPlace, trapSources } from "./poe-ports/switch-place.ts";
import { silenceHint, SwitchSettings, targetOf } from "./poe-ports/switch-settings.ts";
import type { KnownSwitch, KnownSwitches } from "./poe-pulse/known-switches.ts";
import { observePulse, pulseName } from "./poe-pulse/observe-pulse.ts";
import { readPulse } from "./poe-pulse/read-pulse.ts";

type Pulse =
  | { readonly kind: "seen"; readonly observations: Observation[] }
  | { readonly kind: "failed"; readonly failure: SnmpFailure }
  /** There is no map to go by: a full picture is wanted. */
  | { readonly kind: "lost" };

type FullPicture = Pick<Probe<typeof SwitchSettings, AgentIo>, "run">;

/**
 * The small look beside `poe-ports`: PoE state, watts and link of each port, in a few round trips. Which port is which it
 * knows from the full picture alone, so where there is none yet (the agent has just started, the switch has restarted,
 * the map is a day old, somebody was plugged in) it takes that one instead.
 */
export function createPoePulse(
  known: KnownSwitches,
  full: FullPicture,
): Probe<typeof SwitchSettings, AgentIo> {
  async function pulse(
    target: SnmpTarget,
    id: string,
    one: KnownSwitch,
    io: AgentIo,
    signal: AbortSignal,
  ): Promise<Pulse> {
    const { map } = one;
    if (map === undefined || one.wantsFull(io.clock.mono())) return { kind: "lost" };
    await using pool = io.openSnmp();
    const read = await readPulse(pool, one.patient(target), map, signal);
    one.noteSilence(!read.ok || read.reading.failure !== undefined);
    if (!read.ok) return { kind: "failed", failure: read.failure };
    const moment = { at: io.clock.now(), mono: io.clock.mono() };
    if (!one.mapHolds(read.reading.uptime, moment.mono)) return { kind: "lost" };
    const observations = observePulse(id, one, map, read.reading, moment);
    const { expected, seen } = expectPhones(observations, one.phonesSeen, moment.at);
    one.phonesSeen = seen;
    return { kind: "seen", observations: [...observations, ...expected] };
  }

  return {
    name: pulseName,
    verb: "pulse",
    about: "the power and link of a switch's ports alone, in a few requests: for every half minute",
    target: "HOST[:PORT]",
    example: "offhook diag pulse 192.0.2.10 --id sw1",
    settings: SwitchSettings,
    onTrap: { sourcesOf: trapSources, settle: 2000, apart: 10_000 },
    async run(target, settings, io, signal) {
      const place = parseSwitchPlace(target);
      const host = place === undefined ? undefined : await numericHost(place.host, io);
      if (place === undefined || host === undefined) return full.run(target, settings, io, signal);
      const asked = targetOf({ host, port: place.port }, settings);
      if (!asked.ok) return full.run(target, settings, io, signal);
      const id = settings.id ?? place.host;
      const one = known.of(id, asked.target);
      // The full picture that is on its way says all of this and more.
      if (one.looking) return [];
      const found = await pulse(asked.target, id, one, io, signal);
      if (found.kind === "lost") return full.run(target, settings, io, signal);
      if (found.kind === "seen") return found.observations;
      const { outcome, why } = found.failure;
      const hint = outcome === "timeout" ? ` (${silenceHint(settings)})` : "";
      const evidence = `${host} port ${place.port}: ${why}${hint}`;
      const observe = observerOf(pulseName, `switch:${id}`, io.clock.now());
      return [
        observe("switch.snmp", null, { outcome, evidence }),
        observe("switch.silent", one.silences, { evidence }),
      ];
    },
    show: showFace,
  };
}

export const poePulse = createPoePulse(knownSwitches, poePorts);
