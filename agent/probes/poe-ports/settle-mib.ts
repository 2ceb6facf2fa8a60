import type { PowerUnit, VendorMib } from "../../mibs/load-mibs.ts";
import { power } from "./columns.ts";
import { makesWatts, plausibleWatts, sourceVolts } from "./plausible.ts";
import { numberIn, type Tables } from "./tables.ts";

// A column that nobody has proved, or whose unit differs by model, counts only where what it says can be true.

export const perWatt = { W: 1, dW: 10, mW: 1000 } as const;

/** A vendor's table as this switch uses it. */
export interface SettledMib {
  readonly mib: VendorMib;
  /** Why its watts are not believed. */
  readonly doubt?: string;
}

interface Row {
  readonly raw: number;
  readonly volts: number | undefined;
  readonly milliamps: number | undefined;
  /** The standard table says that this port gives no power. */
  readonly idle: boolean;
}

function rowsOf(tables: Tables, mib: VendorMib): Row[] {
  const watts = mib.watts?.column;
  if (watts === undefined) return [];
  return [...tables.rows(watts)].flatMap(([index, raw]): Row[] => {
    if (typeof raw !== "number" || raw <= 0) return [];
    const volts = mib.volts === undefined ? undefined : numberIn(tables, mib.volts, index);
    const milliamps = mib.milliamps === undefined ? undefined : numberIn(tables, mib.milliamps, index);
    const state = tables.number(power.state, mib.index === "port" ? `1.${index}` : index);
    const idle = state === 1 || state === 2;
    return [{ raw, volts: volts === undefined ? undefined : sourceVolts(volts), milliamps, idle }];
  });
}

function fits({ raw, volts, milliamps, idle }: Row, unit: PowerUnit): boolean {
  const watts = raw / perWatt[unit];
  if (volts !== undefined && milliamps !== undefined && milliamps > 0)
    return makesWatts(watts, volts, milliamps);
  if (idle) return watts < 0.5;
  return plausibleWatts({ watts, delivering: true, linkUp: true, allocated: undefined }).ok;
}

const without = (mib: VendorMib, doubt: string): SettledMib => {
  const { watts: _, ...rest } = mib;
  return { mib: rest, doubt: `${mib.watts?.column}: ${doubt}` };
};

/** Which unit the table is in here, and whether it may be believed at all. */
export function settleMib(tables: Tables, mib: VendorMib): SettledMib {
  const { watts } = mib;
  if (watts === undefined) return { mib };
  const proved = mib.proof === "recording" || mib.proof === "mib";
  if (proved && typeof watts.unit === "string") return { mib };
  const rows = rowsOf(tables, mib);
  const units = typeof watts.unit === "string" ? [watts.unit] : watts.unit;
  const fitting = units.filter((unit) => rows.every((row) => fits(row, unit)));
  const [unit, ...others] = rows.length === 0 ? units.slice(0, 1) : fitting;
  if (unit === undefined) return without(mib, "implausible in any unit that it might be in");
  if (others.length > 0) return without(mib, `its unit cannot be told: ${fitting.join(" or ")}`);
  return { mib: { ...mib, watts: { column: watts.column, unit } } };
}
