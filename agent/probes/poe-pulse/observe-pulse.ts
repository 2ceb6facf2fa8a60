import type { Observation } from "../../../protocol/observation.ts";
import { observerOf } from "../../../protocol/observe.ts";
import { ifMib, power } from "../poe-ports/columns.ts";
import { operUp } from "../poe-ports/interfaces.ts";
import type { PlacedPort } from "../poe-ports/observe-reading.ts";
import { plausibleWatts } from "../poe-ports/plausible.ts";
import { budgetOf } from "../poe-ports/budget.ts";
import { psePortsOf, type PsePort } from "../poe-ports/pse.ts";
import type { KnownSwitch, SwitchMap } from "./known-switches.ts";
import type { PulseReading } from "./read-pulse.ts";

export const pulseName = "poe-pulse";

const hundredth = (watts: number) => Math.round(watts * 100) / 100;

interface Moment {
  /** Wall clock, ms. */
  readonly at: number;
  /** Monotonic, ms. */
  readonly mono: number;
}

function observePower(
  port: PlacedPort,
  pse: PsePort,
  { up, refused }: { readonly up: boolean | undefined; readonly refused: boolean },
  at: number,
): Observation[] {
  const observe = observerOf(pulseName, port.subject, at);
  const state = refused && pse.state === "searching" ? "denied" : pse.state;
  const because = state === pse.state ? "" : `; ${power.denied}.${pse.key} grew in the last minutes`;
  const place = port.pse?.by === undefined ? "no interface" : `interface ${port.ifIndex} by ${port.pse.by}`;
  const evidence = `${pse.stateFrom}${because}; PSE ${pse.key}, ${place}`;
  const found = [observe("poe.state", state, { evidence })];
  // Idle ports have no class; null replaces what the full picture said.
  if (!pse.delivering) found.push(observe("poe.class", null));
  if (pse.watts === undefined) return found;
  const { watts, delivering } = pse;
  const judged = plausibleWatts({ watts, delivering, linkUp: up, allocated: undefined });
  const from = pse.wattsFrom;
  return judged.ok
    ? [...found, observe("poe.watts", hundredth(watts), { evidence: from })]
    : [...found, observe("poe.watts", null, { outcome: "garbled", evidence: `${from}: ${judged.why}` })];
}

function observeLink(port: PlacedPort, up: boolean | undefined, at: number): Observation[] {
  if (up === undefined) return [];
  const observe = observerOf(pulseName, port.subject, at);
  const found = [observe("link.up", up, { evidence: `ifIndex ${port.ifIndex}` })];
  // Neighbour tables outlive the device by minutes: on a port that is down they are old news.
  const gone = { evidence: "the link is down" };
  return up ? found : [...found, observe("port.phone", null, gone), observe("port.neighbour", null, gone)];
}

function observeWhole(
  id: string,
  map: SwitchMap,
  reading: PulseReading,
  ports: readonly PsePort[],
  at: number,
) {
  const observe = observerOf(pulseName, `switch:${id}`, at);
  const { failure, uptime, tables } = reading;
  const budget = budgetOf(tables, map.mib, ports);
  return [
    failure === undefined
      ? observe("switch.snmp", true)
      : observe("switch.snmp", null, {
          outcome: failure.outcome,
          evidence: `fell silent while read: ${failure.why}`,
        }),
    ...(failure === undefined ? [observe("switch.silent", 0)] : []),
    observe("switch.uptime", Math.round(uptime / 100)),
    ...(budget?.used === undefined
      ? []
      : [observe("poe.budget.used", hundredth(budget.used), { evidence: budget.from })]),
    // Without the vendor's own figure it takes the allocations, which a pulse does not read.
    ...(budget?.free === undefined || map.mib?.free === undefined
      ? []
      : [observe("poe.budget.free", hundredth(budget.free), { evidence: map.mib.free.column })]),
  ];
}

/** One pulse to observations, port by port as the full picture placed them; `known` remembers what changed. */
export function observePulse(
  id: string,
  known: KnownSwitch,
  map: SwitchMap,
  reading: PulseReading,
  { at, mono }: Moment,
): Observation[] {
  const { tables } = reading;
  const pse = psePortsOf(tables, map.mib);
  const byKey = new Map(pse.map((port) => [port.key, port]));
  const ports = map.ports.flatMap((port) => {
    const oper = port.ifIndex === undefined ? undefined : tables.number(ifMib.oper, `${port.ifIndex}`);
    const up = operUp(oper);
    if (up !== undefined) known.noteLink(port.subject, up, mono);
    const source = byKey.get(port.pse?.key ?? "");
    const refused = source?.denied !== undefined && known.isRefused(source.key, source.denied, mono);
    const power = source === undefined ? [] : observePower(port, source, { up, refused }, at);
    return [...power, ...observeLink(port, up, at)];
  });
  return [...observeWhole(id, map, reading, pse, at), ...ports];
}
