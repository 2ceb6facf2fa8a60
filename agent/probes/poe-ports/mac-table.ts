import { tryParseMacAddress, type MacAddress } from "../../../protocol/mac-address.ts";
import { addresses, mapping } from "./columns.ts";
import type { Interface } from "./interfaces.ts";
import { phonePrefixes, type Neighbour } from "./neighbour.ts";
import type { Tables } from "./tables.ts";

/** The address in the last arcs of an index; some agents put its length in front (Aruba CX). */
function macInIndex(index: string, before: number): MacAddress | undefined {
  let arcs = index.split(".").slice(before).map(Number);
  if (arcs.length === 7 && arcs[0] === 6) arcs = arcs.slice(1);
  if (arcs.length !== 6 || arcs.some((arc) => arc > 255)) return undefined;
  return tryParseMacAddress(Buffer.from(arcs).toString("hex"));
}

/** One address as a switch learned it. */
export interface Learned {
  readonly ifIndex: number;
  readonly mac: MacAddress;
  readonly vlan: number | undefined;
}

/** The bridge tables of single VLANs, read each in its own context (old Cisco IOS), by VLAN. */
export type PerVlan = ReadonlyMap<number, Tables>;

/** fdbId to VLAN: the same number on most switches, not on all. */
function vlanOfFdb(tables: Tables): (fdbId: number) => number {
  const vlans = new Map<number, number>();
  for (const [index, fdbId] of tables.rows(addresses.vlanFdb)) {
    if (typeof fdbId === "number") vlans.set(fdbId, Number(index.split(".").at(-1)));
  }
  return (fdbId) => vlans.get(fdbId) ?? fdbId;
}

function learnedIn(
  tables: Tables,
  [portColumn, statusColumn, before]: readonly [string, string, number],
  vlanOf: (index: string) => number | undefined,
): Learned[] {
  return [...tables.rows(portColumn)].flatMap(([index, bridgePort]): Learned[] => {
    const mac = macInIndex(index, before);
    const isLearned = (tables.number(statusColumn, index) ?? 3) === 3;
    const ifIndex =
      typeof bridgePort === "number" ? tables.number(mapping.bridgePort, `${bridgePort}`) : undefined;
    return mac === undefined || !isLearned || ifIndex === undefined
      ? []
      : [{ ifIndex, mac, vlan: vlanOf(index) }];
  });
}

/** All learned addresses: Q-BRIDGE first; where it is empty BRIDGE, of each VLAN that was read by itself too. */
export function learnedAddresses(tables: Tables, perVlan: PerVlan = new Map()): Learned[] {
  const plain = [addresses.port, addresses.status, 0] as const;
  if (tables.rows(addresses.qPort).size > 0) {
    const vlanOf = vlanOfFdb(tables);
    return learnedIn(tables, [addresses.qPort, addresses.qStatus, 1], (index) =>
      vlanOf(Number(index.split(".")[0])),
    );
  }
  const single = [...perVlan].flatMap(([vlan, each]) => learnedIn(each, plain, () => vlan));
  return [...single, ...learnedIn(tables, plain, () => undefined)];
}

function phoneAt(ifIndex: number, mac: MacAddress): Neighbour {
  const nothing = { name: undefined, model: undefined, firmware: undefined, asked: undefined };
  return { ifIndex, by: "mac-table", phone: true, bridge: false, mac, ...nothing };
}

/** The last resort: an address of a phone maker on exactly one edge port. More than three other addresses: an uplink. */
export function macTablePhones(
  tables: Tables,
  interfaces: ReadonlyMap<number, Interface>,
  announced: readonly Neighbour[],
  perVlan: PerVlan = new Map(),
): Neighbour[] {
  const bridges = new Set(announced.filter((each) => each.bridge).map((each) => each.ifIndex));
  const places = new Map<MacAddress, number[]>();
  const byPort = Map.groupBy(learnedAddresses(tables, perVlan), (each) => each.ifIndex);
  for (const [ifIndex, found] of byPort) {
    const macs = new Set(found.map((each) => each.mac));
    const phones = [...macs].filter((mac) => phonePrefixes.has(mac.slice(0, 6)));
    if (bridges.has(ifIndex) || !interfaces.has(ifIndex) || macs.size - phones.length > 3) continue;
    for (const mac of phones) places.set(mac, [...(places.get(mac) ?? []), ifIndex]);
  }
  return [...places].flatMap(([mac, [ifIndex, ...others]]) =>
    ifIndex === undefined || others.length > 0 ? [] : [phoneAt(ifIndex, mac)],
  );
}
