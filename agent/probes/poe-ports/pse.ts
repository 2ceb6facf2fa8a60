import type { PoeFault, VendorMib } from "../../mibs/load-mibs.ts";
import { ifMib, power } from "./columns.ts";
import { sourceVolts } from "./plausible.ts";
import type { PseNumber } from "./port-rules.ts";
import { poeState, type PoeState, type PseRow } from "./poe-state.ts";
import { perWatt } from "./settle-mib.ts";
import { hasBit, numberIn, type Tables } from "./tables.ts";

/** Counters of POWER-ETHERNET-MIB: what happened on the port since the switch began to count. */
export interface PseCounters {
  readonly mpsAbsent: number | undefined;
  readonly invalidSignature: number | undefined;
  readonly denied: number | undefined;
  readonly overload: number | undefined;
  readonly short: number | undefined;
}

/** One power sourcing port; what the switch does not say is undefined. Watts are as read, not yet judged. */
export interface PsePort extends PseNumber {
  readonly state: PoeState;
  /** What the state rests on. */
  readonly stateFrom: string;
  /** Why it gives no power; only with a state of fault or denied. */
  readonly fault: PoeFault | undefined;
  readonly faultFrom: string | undefined;
  readonly admin: boolean | undefined;
  readonly class: number | undefined;
  readonly watts: number | undefined;
  readonly wattsFrom: string | undefined;
  readonly volts: number | undefined;
  readonly milliamps: number | undefined;
  readonly allocated: number | undefined;
  /** Watts that this make sets aside at first; only where nothing is powered. */
  readonly reserve: number | undefined;
  /** The switch says that the device draws more than it may. */
  readonly overdrawn: boolean;
  readonly priority: "critical" | "high" | "low" | undefined;
  /** PowerDeniedCounter. */
  readonly denied: number | undefined;
  readonly counters: PseCounters;
}

const priorities = { 1: "critical", 2: "high", 3: "low" } as const;

type Unit = keyof typeof perWatt;

/** A column whose unit has not been settled says nothing. */
function inWatts(
  tables: Tables,
  column: { readonly column: string; readonly unit: Unit | readonly Unit[] } | undefined,
  index: string,
): number | undefined {
  if (column === undefined || typeof column.unit !== "string") return undefined;
  const value = tables.number(column.column, index);
  return value === undefined ? undefined : value / perWatt[column.unit];
}

function standardRows(tables: Tables, mib: VendorMib | undefined): PseRow[] {
  const keys = new Set([...tables.rows(power.state).keys(), ...tables.rows(power.admin).keys()]);
  return [...keys].flatMap((key) => {
    const [group, port, ...more] = key.split(".").map(Number);
    if (group === undefined || port === undefined || more.length > 0) return [];
    return [{ key, vendorKey: mib?.index === "port" ? `${port}` : key, group, port }];
  });
}

/** Whether a table that lists every interface calls this one a PoE port. */
function isPsePort(tables: Tables, mib: VendorMib, key: string): boolean {
  const said = mib.isPort && tables.number(mib.isPort.column, key);
  if (said !== undefined && mib.isPort?.yes.includes(said) === false) return false;
  const state = mib.state && tables.number(mib.state.column, key);
  return mib.state?.map[`${state}`] !== "none";
}

function vendorRows(tables: Tables, mib: VendorMib): PseRow[] {
  const columns = [mib.watts?.column, mib.state?.column, mib.stateText?.column, mib.admin?.column];
  const keys = new Set(
    columns.flatMap((column) => (column === undefined ? [] : [...tables.rows(column).keys()])),
  );
  const arcs = mib.index === "pse" || mib.index === "unit-ifIndex" ? 2 : 1;
  return [...keys].flatMap((key) => {
    const numbers = key.split(".").map(Number);
    const port = numbers.at(-1);
    if (numbers.length !== arcs || port === undefined || !isPsePort(tables, mib, key)) return [];
    return [{ key, vendorKey: key, group: arcs === 2 ? (numbers[0] ?? 1) : 1, port }];
  });
}

/** A table numbered by interface is the list of ports itself; any other only where the standard has none. */
function rowsOf(tables: Tables, mib: VendorMib | undefined): PseRow[] {
  const standard = standardRows(tables, mib);
  const byInterface = mib?.index === "ifIndex" ? vendorRows(tables, mib) : [];
  if (byInterface.length > 0) return byInterface;
  return standard.length > 0 || mib === undefined ? standard : vendorRows(tables, mib);
}

function adminOf(tables: Tables, mib: VendorMib | undefined, row: PseRow): boolean | undefined {
  const standard = tables.number(power.admin, row.key);
  if (standard === 1 || standard === 2) return standard === 1;
  const vendor = mib?.admin && tables.number(mib.admin.column, row.vendorKey);
  return vendor === undefined ? undefined : mib?.admin?.yes.includes(vendor);
}

/** Valid only while the port delivers: idle ports say 1 (class 0) on every switch seen, −1 on one. */
function classOf(tables: Tables, mib: VendorMib | undefined, row: PseRow): number | undefined {
  const vendor = mib?.class && tables.number(mib.class.column, row.vendorKey);
  if (mib?.class !== undefined && vendor !== undefined) {
    const known = mib.class.none.includes(vendor) ? undefined : vendor + mib.class.add;
    return known !== undefined && known >= 0 && known <= 8 ? known : undefined;
  }
  const standard = tables.number(power.class, row.key);
  return standard !== undefined && standard >= 1 && standard <= 5 ? standard - 1 : undefined;
}

function priorityOf(tables: Tables, mib: VendorMib | undefined, row: PseRow): PsePort["priority"] {
  const vendor = mib?.priority && mib.priority.map[`${tables.number(mib.priority.column, row.vendorKey)}`];
  const standard = tables.number(power.priority, row.key);
  return vendor ?? (standard === 1 || standard === 2 || standard === 3 ? priorities[standard] : undefined);
}

function countersOf(tables: Tables, key: string): PseCounters {
  return {
    mpsAbsent: tables.number(power.mpsAbsent, key),
    invalidSignature: tables.number(power.invalidSignature, key),
    denied: tables.number(power.denied, key),
    overload: tables.number(power.overload, key),
    short: tables.number(power.short, key),
  };
}

function electricsOf(tables: Tables, mib: VendorMib | undefined, row: PseRow) {
  const read = (column: string | undefined) =>
    column === undefined ? undefined : numberIn(tables, column, row.vendorKey);
  const volts = read(mib?.volts);
  const milliamps = read(mib?.milliamps);
  return {
    volts: volts === undefined ? undefined : sourceVolts(volts),
    milliamps: milliamps !== undefined && milliamps >= 0 ? milliamps : undefined,
  };
}

function portOf(tables: Tables, mib: VendorMib | undefined, row: PseRow): PsePort {
  const vendorWatts = inWatts(tables, mib?.watts, row.vendorKey);
  const watts = vendorWatts ?? inWatts(tables, { column: power.actual, unit: "mW" }, row.key);
  const wattsColumn = vendorWatts === undefined ? power.actual : mib?.watts?.column;
  const admin = adminOf(tables, mib, row);
  const linkUp = mib?.index === "ifIndex" ? tables.number(ifMib.oper, row.vendorKey) === 1 : undefined;
  const said = poeState(tables, mib, row, { watts, admin, linkUp });
  const delivering = said.state === "delivering";
  const bits = mib?.overdrawn && tables.bytes(mib.overdrawn.column, row.vendorKey);
  const counters = countersOf(tables, row.key);
  return {
    key: row.key,
    group: row.group,
    port: row.port,
    delivering,
    state: said.state,
    stateFrom: said.from,
    fault: said.fault,
    faultFrom: said.faultFrom,
    admin,
    class: delivering ? classOf(tables, mib, row) : undefined,
    watts,
    wattsFrom: watts === undefined ? undefined : `${wattsColumn}.${row.vendorKey}`,
    ...electricsOf(tables, mib, row),
    allocated: inWatts(tables, mib?.allocated, row.vendorKey),
    reserve: delivering ? undefined : mib?.reserve,
    overdrawn: mib?.overdrawn?.bits.some((bit) => hasBit(bits, bit)) === true,
    priority: priorityOf(tables, mib, row),
    denied: counters.denied,
    counters,
  };
}

/** All PSE ports, in the order of their numbers. */
export function psePortsOf(tables: Tables, mib: VendorMib | undefined): PsePort[] {
  return rowsOf(tables, mib)
    .map((row) => portOf(tables, mib, row))
    .toSorted((a, b) => a.group - b.group || a.port - b.port);
}
