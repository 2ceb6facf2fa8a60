import { Secret } from "../../../protocol/secret.ts";
import type { SnmpPool } from "../../io/snmp.ts";
import type { SnmpTarget } from "../../io/snmp/ask.ts";
import { addresses, ifMib, mapping, system, voice } from "./columns.ts";
import type { PerVlan } from "./mac-table.ts";
import { Tables } from "./tables.ts";

// Old Cisco IOS shows the bridge table of VLAN 1 alone; every other VLAN has its own, under the community `name@VLAN`
// (v1, v2c) or the context `vlan-N` (v3), each with its own bridge ports.

/** VLANs of a switch that are read at most: one with hundreds is no access switch. */
const mostVlans = 24;

/** The same agent, looked at in one VLAN. */
export function inVlan(target: SnmpTarget, vlan: number): SnmpTarget {
  return target.version === "3"
    ? { ...target, v3: { ...target.v3, context: `vlan-${vlan}` } }
    : { ...target, community: new Secret(`${target.community.reveal()}@${vlan}`) };
}

const isUsable = (vlan: unknown): vlan is number =>
  typeof vlan === "number" && vlan >= 1 && vlan <= 4094 && !(vlan >= 1002 && vlan <= 1005);

/** Voice and access VLANs of the ports that have link; where the switch does not say, those that are in operation. */
function vlansToRead(tables: Tables, operational: ReadonlySet<number>): number[] {
  const up = [...tables.rows(ifMib.oper)].filter(([, oper]) => oper === 1).map(([index]) => index);
  const ofPorts = up.flatMap((index) => [
    tables.number(voice.ciscoVoiceVlan, index),
    tables.number(voice.ciscoAccessVlan, index),
  ]);
  const named = new Set(ofPorts.filter(isUsable));
  const wanted = named.size > 0 ? named : operational;
  return [...wanted].filter((vlan) => operational.size === 0 || operational.has(vlan)).slice(0, mostVlans);
}

/** It has just answered all else: who is slow to silence is asked no longer than this, ms. */
const knockTime = ({ timeouts }: SnmpTarget) => Math.min(2000, timeouts[0] ?? 2000);

/** The bridge tables of the VLANs that phones may be in; none where the switch is no Cisco. */
export async function readPerVlan(
  pool: SnmpPool,
  target: SnmpTarget,
  tables: Tables,
  signal: AbortSignal,
): Promise<PerVlan> {
  const found = new Map<number, Tables>();
  const states = await pool.walkColumns(target, [addresses.ciscoVlanState], signal);
  const rows = [...(states.columns.get(addresses.ciscoVlanState)?.rows ?? [])];
  const operational = rows
    .filter(([, state]) => state === 1)
    .map(([index]) => Number(index.split(".").at(-1)));
  if (rows.length === 0 || states.failure !== undefined) return found;
  for (const vlan of vlansToRead(tables, new Set(operational.filter(isUsable)))) {
    const there = inVlan(target, vlan);
    // Silence is the answer of a newer IOS, which keeps all VLANs together and knows no such community: asked once.
    const knock = await pool.get({ ...there, timeouts: [knockTime(target)] }, [system.uptime], signal);
    if (!knock.ok) break;
    const columns = [addresses.port, addresses.status, mapping.bridgePort];
    const walk = await pool.walkColumns(there, columns, signal);
    if (walk.failure !== undefined) break;
    const read = new Tables();
    read.add(walk);
    found.set(vlan, read);
  }
  return found;
}
