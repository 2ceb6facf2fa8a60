import { voice } from "./columns.ts";
import { isVoice, lldpLocalPorts } from "./lldp.ts";
import type { Interface } from "./interfaces.ts";
import type { Tables } from "./tables.ts";

/** What a switch tells phones on one interface about voice. */
export interface VoiceTold {
  /** By LLDP-MED; null: it has a policy for voice here that names no VLAN. */
  readonly vlan?: number | null;
  readonly dscp?: number;
  /** By its own setting for the port (Cisco); 4096 is none, 4095 untagged. */
  readonly configured?: number;
}

const isVlan = (value: number | undefined): value is number =>
  value !== undefined && value >= 1 && value <= 4094;

/** Voice VLAN and DSCP by interface. */
export function voiceToldOf(
  tables: Tables,
  interfaces: ReadonlyMap<number, Interface>,
): ReadonlyMap<number, VoiceTold> {
  const found = new Map<number, VoiceTold>();
  const add = (ifIndex: number | undefined, told: VoiceTold) => {
    if (ifIndex !== undefined && interfaces.has(ifIndex))
      found.set(ifIndex, { ...found.get(ifIndex), ...told });
  };
  const localPort = lldpLocalPorts(tables, interfaces);
  for (const index of tables.rows(voice.toldVlan).keys()) {
    const [local = "", ...application] = index.split(".");
    const vlan = tables.number(voice.toldVlan, index);
    if (!isVoice(application.join("."))) continue;
    // 0 announces priority tags alone: no VLAN of its own.
    const ifIndex = localPort(local);
    if (!isVlan(vlan)) {
      add(ifIndex, { vlan: found.get(ifIndex ?? -1)?.vlan ?? null });
      continue;
    }
    const dscp = tables.number(voice.toldDscp, index);
    add(ifIndex, { vlan, ...(dscp === undefined || dscp > 63 ? {} : { dscp }) });
  }
  for (const index of tables.rows(voice.ciscoVoiceVlan).keys()) {
    const vlan = tables.number(voice.ciscoVoiceVlan, index);
    if (isVlan(vlan)) add(Number(index), { configured: vlan });
  }
  return found;
}

/** Voice VLANs that the switch knows on any of its ports. */
export function voiceVlansOf(told: ReadonlyMap<number, VoiceTold>): number[] {
  const all = [...told.values()].flatMap(({ vlan, configured }) => [vlan, configured]);
  return [...new Set(all.filter((vlan) => typeof vlan === "number"))].toSorted((a, b) => a - b);
}
