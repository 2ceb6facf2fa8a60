import type { VendorMib } from "../../mibs/load-mibs.ts";
import { power } from "./columns.ts";
import { plausibleTotal } from "./plausible.ts";
import type { PsePort } from "./pse.ts";
import { perWatt } from "./settle-mib.ts";
import type { Tables } from "./tables.ts";

/** Power of the whole switch, watts. */
export interface Budget {
  readonly budget: number;
  readonly used: number | undefined;
  readonly free: number | undefined;
  readonly from: string;
}

/** One power sourcing group of the main table: a supply, or a unit of a stack. */
export interface Supply {
  readonly group: string;
  readonly name: string | undefined;
  readonly state: "on" | "off" | "faulty" | undefined;
  /** Watts. */
  readonly budget: number | undefined;
  readonly used: number | undefined;
}

const states = { 1: "on", 2: "off", 3: "faulty" } as const;
type PowerColumn = { readonly column: string; readonly unit: keyof typeof perWatt };

function sumOf(tables: Tables, column: PowerColumn | undefined): number | undefined {
  if (column === undefined) return undefined;
  const values = [...tables.rows(column.column).values()].filter((value) => typeof value === "number");
  if (values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / perWatt[column.unit];
}

/** The groups of the standard main table, in the order of their numbers. */
export function suppliesOf(tables: Tables, mib: VendorMib | undefined): Supply[] {
  const groups = [
    ...new Set([...tables.rows(power.budget).keys(), ...tables.rows(power.supplyState).keys()]),
  ];
  const unit = perWatt[mib?.mainUnit ?? "W"];
  return groups
    .filter((group) => /^\d+$/.test(group))
    .toSorted((a, b) => Number(a) - Number(b))
    .map((group) => {
      const state = tables.number(power.supplyState, group);
      const budget = tables.number(power.budget, group);
      const used = tables.number(power.used, group);
      const watts = budget === undefined ? undefined : plausibleTotal(budget / unit, undefined);
      return {
        group,
        name: mib?.supplyName && tables.text(mib.supplyName, group),
        state: state === 1 || state === 2 || state === 3 ? states[state] : undefined,
        budget: watts,
        used: used === undefined ? undefined : plausibleTotal(used / unit, watts),
      };
    });
}

function total(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0);
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
  const supplies = suppliesOf(tables, mib);
  const standard = total(supplies.map((each) => each.budget));
  const budget = standard ?? sumOf(tables, mib?.budget);
  if (budget === undefined) return undefined;
  const used = sumOf(tables, mib?.used) ?? total(supplies.map((each) => each.used));
  const from = standard === undefined ? (mib?.budget?.column ?? "") : power.budget;
  // No supply that can feed ports (routers without a PoE unit): nothing is used and nothing free.
  if (budget === 0) return { budget, used: undefined, free: undefined, from };
  const setAside = ports.reduce((sum, port) => sum + (port.delivering ? (port.allocated ?? 0) : 0), 0);
  const rest = used === undefined ? undefined : Math.max(0, budget - Math.max(used, setAside));
  return { budget, used, free: sumOf(tables, mib?.free) ?? rest, from };
}
