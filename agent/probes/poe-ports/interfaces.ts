import { etherLike, ifMib, mau } from "./columns.ts";
import { mauOf } from "./mau.ts";
import type { Tables } from "./tables.ts";

/** One Ethernet interface as the switch tells it; what it does not tell is undefined. */
export interface Interface {
  readonly ifIndex: number;
  /** As printed on the switch: ifName, else ifDescr. */
  readonly name: string;
  readonly descr: string | undefined;
  readonly admin: boolean | undefined;
  readonly up: boolean | undefined;
  /** Mbit/s. */
  readonly speed: number | undefined;
  readonly duplex: "full" | "half" | "unknown" | undefined;
  /** Medium and mode by the MAU table, such as `1000BASE-T full`. */
  readonly mau: string | undefined;
  readonly autoNegotiation: boolean | undefined;
  /** The operator's text: jack, room. */
  readonly label: string | undefined;
  /** TimeTicks of sysUpTime. */
  readonly lastChange: number | undefined;
}

/** ethernetCsmacd, and the fast and gigabit types of old agents (RFC 3635 deprecates them). */
const ethernetTypes = new Set([6, 62, 69, 117]);
/** Interfaces of type Ethernet that are no jack: VLAN interfaces and bundles of some makers. */
const noJack = /^(vlan|port-?channel|po\d|lag|bridge|loopback|stack|br-?|trk|ae\d|me\d|bme|management|mgmt)/i;

function mauTypeOf(tables: Tables, index: string): number | undefined {
  const last = tables.oid(mau.type, `${index}.1`)?.split(".").at(-1);
  return last === undefined ? undefined : Number(last);
}

function duplexOf(tables: Tables, index: string): Interface["duplex"] {
  const said = tables.number(etherLike.duplex, index);
  if (said === 2) return "half";
  if (said === 3) return "full";
  // Some agents say "unknown" here and the truth in the MAU table (Extreme X440).
  return mauOf(mauTypeOf(tables, index))?.duplex ?? (said === undefined ? undefined : "unknown");
}

function autoNegotiationOf(tables: Tables, index: string): boolean | undefined {
  const said = tables.number(mau.autoNegotiation, `${index}.1`);
  return said === 1 || said === 2 ? said === 1 : undefined;
}

/** Mbit/s; 0 is what agents say that do not know. */
function speedOf(tables: Tables, index: string): number | undefined {
  const high = tables.number(ifMib.highSpeed, index);
  if (high !== undefined && high > 0) return high;
  const bits = tables.number(ifMib.speed, index);
  // 2^32-1 means "too big for this column".
  return bits === undefined || bits <= 0 || bits === 2 ** 32 - 1 ? undefined : bits / 1e6;
}

/** ifOperStatus to link. */
export function operUp(oper: number | undefined): boolean | undefined {
  if (oper === 1) return true;
  // 4 is "unknown", 5 "dormant": neither up nor down.
  return oper === 2 || oper === 3 || oper === 6 || oper === 7 ? false : undefined;
}

function interfaceAt(tables: Tables, index: string): Interface | undefined {
  const type = tables.number(ifMib.type, index);
  if (type !== undefined && !ethernetTypes.has(type)) return undefined;
  const descr = tables.text(ifMib.descr, index);
  const name = tables.text(ifMib.name, index) ?? descr;
  if (name === undefined || noJack.test(name)) return undefined;
  const admin = tables.number(ifMib.admin, index);
  return {
    ifIndex: Number(index),
    name: name.slice(0, 100),
    descr,
    admin: admin === undefined ? undefined : admin === 1,
    up: operUp(tables.number(ifMib.oper, index)),
    speed: speedOf(tables, index),
    duplex: duplexOf(tables, index),
    mau: mauOf(mauTypeOf(tables, index))?.name,
    autoNegotiation: autoNegotiationOf(tables, index),
    label: tables.text(ifMib.alias, index)?.slice(0, 100),
    lastChange: tables.number(ifMib.lastChange, index),
  };
}

/** Interfaces that share a name get their number behind it: two jacks must not become one row. */
function withDistinctNames(interfaces: readonly Interface[]): Interface[] {
  const count = Map.groupBy(interfaces, (each) => each.name);
  return interfaces.map((each) =>
    (count.get(each.name)?.length ?? 0) > 1 ? { ...each, name: `${each.name} #${each.ifIndex}` } : each,
  );
}

/** The Ethernet jacks of a switch, by ifIndex. */
export function interfacesOf(tables: Tables): ReadonlyMap<number, Interface> {
  const indexes = new Set([...tables.rows(ifMib.descr).keys(), ...tables.rows(ifMib.name).keys()]);
  const found = [...indexes]
    .filter((index) => /^[1-9]\d*$/.test(index))
    .flatMap((index) => interfaceAt(tables, index) ?? [])
    .toSorted((a, b) => a.ifIndex - b.ifIndex);
  return new Map(withDistinctNames(found).map((each) => [each.ifIndex, each]));
}
