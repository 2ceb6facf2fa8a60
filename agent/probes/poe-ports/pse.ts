import type { VendorMib } from "../../mibs/load-mibs.ts";
import { ifMib, power } from "./columns.ts";
import type { PseNumber } from "./port-map.ts";
import { hasBit, type Tables } from "./tables.ts";

type PoeState = "off" | "searching" | "delivering" | "fault" | "test" | "denied" | "unknown";

/** One power sourcing port; what the switch does not say is undefined. Watts are as read, not yet judged. */
export interface PsePort extends PseNumber {
  readonly state: PoeState;
  /** What the state rests on. */
  readonly stateFrom: string;
  readonly admin: boolean | undefined;
  readonly class: number | undefined;
  readonly watts: number | undefined;
  readonly wattsFrom: string | undefined;
  readonly allocated: number | undefined;
  readonly priority: "critical" | "high" | "low" | undefined;
  /** PowerDeniedCounter. */
  readonly denied: number | undefined;
}

const perWatt = { W: 1, dW: 10, mW: 1000 } as const;
const standardStates: Record<number, PoeState> = {
  1: "off",
  2: "searching",
  3: "delivering",
  4: "fault",
  5: "test",
  6: "fault",
};
const priorities = { 1: "critical", 2: "high", 3: "low" } as const;

function inWatts(
  tables: Tables,
  column: { column: string; unit: keyof typeof perWatt } | undefined,
  index: string,
): number | undefined {
  const value = column === undefined ? undefined : tables.number(column.column, index);
  return column === undefined || value === undefined ? undefined : value / perWatt[column.unit];
}

/** `group.port` of the standard tables, with the same row's index in the vendor's table. */
interface PseRow {
  readonly key: string;
  readonly vendorKey: string;
  readonly group: number;
  readonly port: number;
}

function standardRows(tables: Tables, mib: VendorMib | undefined): PseRow[] {
  const keys = new Set([...tables.rows(power.state).keys(), ...tables.rows(power.admin).keys()]);
  return [...keys].flatMap((key) => {
    const [group, port, ...more] = key.split(".").map(Number);
    if (group === undefined || port === undefined || more.length > 0) return [];
    return [{ key, vendorKey: mib?.index === "port" ? `${port}` : key, group, port }];
  });
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
    if (numbers.length !== arcs || port === undefined) return [];
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

interface Said {
  readonly state: PoeState;
  readonly from: string;
}

function saidByVendor(tables: Tables, mib: VendorMib | undefined, row: PseRow): Said | undefined {
  const number = mib?.state && tables.number(mib.state.column, row.vendorKey);
  const linked = mib?.index === "ifIndex" && tables.number(ifMib.oper, row.vendorKey) === 1;
  const state = (linked ? mib?.state?.withLink?.[`${number}`] : undefined) ?? mib?.state?.map[`${number}`];
  if (state !== undefined) return { state, from: `${mib?.state?.column}.${row.vendorKey} = ${number}` };
  const text = mib?.stateText && tables.text(mib.stateText.column, row.vendorKey);
  const words =
    text === undefined ? undefined : mib?.stateText?.map.find((each) => text.includes(each.contains));
  if (words === undefined) return undefined;
  return { state: words.state, from: `${mib?.stateText?.column}.${row.vendorKey} = ${text?.slice(0, 100)}` };
}

function stateOf(
  tables: Tables,
  mib: VendorMib | undefined,
  row: PseRow,
  facts: { watts: number | undefined; admin: boolean | undefined },
): Said {
  const number = tables.number(power.state, row.key);
  const standard = standardStates[number ?? 0];
  const said =
    standard === undefined
      ? saidByVendor(tables, mib, row)
      : { state: standard, from: `${power.state}.${row.key} = ${number}` };
  if (said?.state !== "delivering" && mib?.denied !== undefined) {
    const bits = tables.bytes(mib.denied.column, row.vendorKey);
    if (hasBit(bits, mib.denied.bit)) {
      return { state: "denied", from: `${mib.denied.column}.${row.vendorKey} has bit ${mib.denied.bit}` };
    }
  }
  if (said?.state !== "delivering" && facts.admin === false) {
    return { state: "off", from: said?.from ?? "switched off by setting" };
  }
  if (said !== undefined) return said;
  if ((facts.watts ?? 0) > 0) return { state: "delivering", from: `draws ${facts.watts} W` };
  return { state: "unknown", from: "the switch does not say" };
}

/** Valid only while the port delivers: idle ports say 1 (class 0) on every switch seen. */
function classOf(tables: Tables, mib: VendorMib | undefined, row: PseRow): number | undefined {
  const vendor = mib?.class && tables.number(mib.class.column, row.vendorKey);
  if (mib?.class !== undefined && vendor !== undefined) {
    const known = mib.class.none.includes(vendor) ? undefined : vendor + mib.class.add;
    return known !== undefined && known >= 0 && known <= 8 ? known : undefined;
  }
  const standard = tables.number(power.class, row.key);
  return standard !== undefined && standard >= 1 && standard <= 5 ? standard - 1 : undefined;
}

function portOf(tables: Tables, mib: VendorMib | undefined, row: PseRow): PsePort {
  const vendorWatts = inWatts(tables, mib?.watts, row.vendorKey);
  const watts = vendorWatts ?? inWatts(tables, { column: power.actual, unit: "mW" }, row.key);
  const wattsColumn = vendorWatts === undefined ? power.actual : mib?.watts?.column;
  const admin = adminOf(tables, mib, row);
  const { state, from } = stateOf(tables, mib, row, { watts, admin });
  const delivering = state === "delivering";
  const priority = tables.number(power.priority, row.key);
  return {
    key: row.key,
    group: row.group,
    port: row.port,
    delivering,
    state,
    stateFrom: from,
    admin,
    class: delivering ? classOf(tables, mib, row) : undefined,
    watts,
    wattsFrom: watts === undefined ? undefined : `${wattsColumn}.${row.vendorKey}`,
    allocated: inWatts(tables, mib?.allocated, row.vendorKey),
    priority: priority === 1 || priority === 2 || priority === 3 ? priorities[priority] : undefined,
    denied: tables.number(power.denied, row.key),
  };
}

/** All PSE ports, in the order of their numbers. */
export function psePortsOf(tables: Tables, mib: VendorMib | undefined): PsePort[] {
  return rowsOf(tables, mib)
    .map((row) => portOf(tables, mib, row))
    .toSorted((a, b) => a.group - b.group || a.port - b.port);
}

/** Power of the whole switch, watts. */
export interface Budget {
  readonly budget: number;
  readonly used: number | undefined;
  readonly free: number | undefined;
  readonly from: string;
}

function sumOf(tables: Tables, column: { column: string; unit: keyof typeof perWatt } | undefined) {
  if (column === undefined) return undefined;
  const values = [...tables.rows(column.column).values()].filter((value) => typeof value === "number");
  if (values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / perWatt[column.unit];
}

/**
 * Undefined when the switch says nothing of a budget. Refusal follows what is set aside, not what is drawn, so `free`
 * is the vendor's figure, else budget less the larger of "used" and the sum of the allocations of delivering ports.
 */
export function budgetOf(
  tables: Tables,
  mib: VendorMib | undefined,
  ports: readonly PsePort[],
): Budget | undefined {
  const standard = sumOf(tables, { column: power.budget, unit: "W" });
  const budget = standard ?? sumOf(tables, mib?.budget);
  if (budget === undefined) return undefined;
  const used = sumOf(tables, mib?.used) ?? sumOf(tables, { column: power.used, unit: "W" });
  const from = standard === undefined ? (mib?.budget?.column ?? "") : power.budget;
  // No supply that can feed ports (routers without a PoE unit): nothing is used and nothing free.
  if (budget === 0) return { budget, used: undefined, free: undefined, from };
  const setAside = ports.reduce((sum, port) => sum + (port.delivering ? (port.allocated ?? 0) : 0), 0);
  const rest = used === undefined ? undefined : Math.max(0, budget - Math.max(used, setAside));
  return { budget, used, free: sumOf(tables, mib?.free) ?? rest, from };
}
