import { voice } from "./columns.ts";
import { isVoice, lldpLocalPorts } from "./lldp.ts";
import type { Interface } from "./interfaces.ts";
import type { Tables } from "./tables.ts";

/** What a switch tells phones on one interface about voice. */
export interface VoiceTold {
  /** By LLDP-MED. */
  readonly vlan?: number;
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
    // 0 announces priority tags alone: no VLAN of its own.
    if (!isVoice(application.join(".")) || !isVlan(vlan)) continue;
    const dscp = tables.number(voice.toldDscp, index);
    add(localPort(local), { vlan, ...(dscp === undefined || dscp > 63 ? {} : { dscp }) });
  }
  for (const index of tables.rows(voice.ciscoVoiceVlan).keys()) {
    const vlan = tables.number(voice.ciscoVoiceVlan, index);
    if (isVlan(vlan)) add(Number(index), { configured: vlan });
  }
  return found;
}
