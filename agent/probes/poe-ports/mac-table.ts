import { tryParseMacAddress, type MacAddress } from "../../../protocol/mac-address.ts";
import { addresses, mapping } from "./columns.ts";
import type { Interface } from "./interfaces.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Tables } from "./tables.ts";

/** Prefixes of addresses that phone makers use; the last resort, where nothing announces itself. */
const phonePrefixes = new Set([
  "000413", // Snom
  "0004f2", // Polycom
  "00085d", // Mitel (Aastra)
  "000b82", // Grandstream
  "001049", // ShoreTel
  "001565", // Yealink
  "001ae8", // Unify
  "08000f", // Mitel
  "0c383e", // Fanvil
  "249ad8", // Yealink
  "44dbd2", // Yealink
  "482567", // Poly
  "64167f", // Poly
  "805e0c", // Yealink
  "805ec0", // Yealink
  "c074ad", // Grandstream
  "ec74d7", // Grandstream
]);

/** The address in the last arcs of an index; some agents put its length in front (Aruba CX). */
function macInIndex(index: string, before: number): MacAddress | undefined {
  let arcs = index.split(".").slice(before).map(Number);
  if (arcs.length === 7 && arcs[0] === 6) arcs = arcs.slice(1);
  if (arcs.length !== 6 || arcs.some((arc) => arc > 255)) return undefined;
  return tryParseMacAddress(Buffer.from(arcs).toString("hex"));
}

/** Learned addresses by interface: Q-BRIDGE first, where it is empty BRIDGE. */
function learned(tables: Tables): Map<number, Set<MacAddress>> {
  const q = tables.rows(addresses.qPort).size > 0;
  const [portColumn, statusColumn, before] = q
    ? [addresses.qPort, addresses.qStatus, 1]
    : [addresses.port, addresses.status, 0];
  const found = new Map<number, Set<MacAddress>>();
  for (const [index, bridgePort] of tables.rows(portColumn)) {
    const mac = macInIndex(index, before);
    const isLearned = (tables.number(statusColumn, index) ?? 3) === 3;
    const ifIndex =
      typeof bridgePort === "number" ? tables.number(mapping.bridgePort, `${bridgePort}`) : undefined;
    if (mac === undefined || !isLearned || ifIndex === undefined) continue;
    found.set(ifIndex, (found.get(ifIndex) ?? new Set()).add(mac));
  }
  return found;
}

/** The last resort: an address of a phone maker on exactly one edge port. More than three other addresses: an uplink. */
export function macTablePhones(
  tables: Tables,
  interfaces: ReadonlyMap<number, Interface>,
  announced: readonly Neighbour[],
): Neighbour[] {
  const bridges = new Set(announced.filter((each) => each.bridge).map((each) => each.ifIndex));
  const places = new Map<MacAddress, number[]>();
  for (const [ifIndex, macs] of learned(tables)) {
    const phones = [...macs].filter((mac) => phonePrefixes.has(mac.slice(0, 6)));
    if (bridges.has(ifIndex) || !interfaces.has(ifIndex) || macs.size - phones.length > 3) continue;
    for (const mac of phones) places.set(mac, [...(places.get(mac) ?? []), ifIndex]);
  }
  return [...places].flatMap(([mac, [ifIndex, ...others]]) =>
    ifIndex === undefined || others.length > 0
      ? []
      : [
          {
            ifIndex,
            by: "mac-table" as const,
            phone: true,
            bridge: false,
            mac,
            name: undefined,
            model: undefined,
            firmware: undefined,
            asked: undefined,
          },
        ],
  );
}
