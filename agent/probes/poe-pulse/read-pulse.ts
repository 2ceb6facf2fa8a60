import type { SnmpPool } from "../../io/snmp.ts";
import type { SnmpFailure, SnmpTarget } from "../../io/snmp/ask.ts";
import type { SnmpValue } from "../../io/snmp/message.ts";
import type { VendorMib } from "../../mibs/load-mibs.ts";
import { ifMib, power, system } from "../poe-ports/columns.ts";
import { Tables } from "../poe-ports/tables.ts";
import type { SwitchMap } from "./known-switches.ts";

/** What one pulse brought in. */
export interface PulseReading {
  readonly uptime: number;
  readonly tables: Tables;
  /** It fell silent in the middle. */
  readonly failure: SnmpFailure | undefined;
}

/** Columns of a pulse, for a switch of this make: link, PoE state, watts. Those that a full picture found empty are left out. */
export function pulseColumns(tables: Tables, mib: VendorMib | undefined): string[] {
  const has = (column: string | undefined): string[] =>
    column !== undefined && tables.rows(column).size > 0 ? [column] : [];
  const state = [...has(power.state), ...has(mib?.state?.column), ...has(mib?.stateText?.column)];
  const watts = has(mib?.watts?.column);
  const denied = has(mib?.denied?.column);
  return [
    ...has(ifMib.oper),
    // Where a switch has no state, the state follows from the setting and the watts.
    ...(state.length > 0 ? state : [...has(power.admin), ...has(mib?.admin?.column)]),
    ...(watts.length > 0 ? watts : has(power.actual)),
    ...(denied.length > 0 ? denied : has(power.denied)),
  ];
}

/** Single instances of the power of the whole switch, so few that one request takes them all. */
export function totalsOf(tables: Tables, mib: VendorMib | undefined): string[] {
  const columns = [power.budget, power.used, mib?.budget?.column, mib?.used?.column, mib?.free?.column];
  return columns
    .flatMap((column) =>
      column === undefined ? [] : [...tables.rows(column).keys()].map((i) => `${column}.${i}`),
    )
    .slice(0, 15);
}

function tablesOfTotals(totals: readonly string[], values: ReadonlyMap<string, SnmpValue>): Tables {
  const columns = new Map<string, { rows: Map<string, SnmpValue> }>();
  for (const oid of totals) {
    const value = values.get(oid);
    const column = oid.slice(0, oid.lastIndexOf("."));
    const { rows } = columns.get(column) ?? { rows: new Map<string, SnmpValue>() };
    if (value !== undefined) rows.set(oid.slice(oid.lastIndexOf(".") + 1), value);
    columns.set(column, { rows });
  }
  const tables = new Tables();
  tables.add({ columns });
  return tables;
}

/** One request for the switch, then all columns side by side. Undefined uptime: it answers and does not say. */
export async function readPulse(
  pool: SnmpPool,
  target: SnmpTarget,
  map: SwitchMap,
  signal: AbortSignal,
): Promise<
  | { readonly ok: true; readonly reading: PulseReading }
  | { readonly ok: false; readonly failure: SnmpFailure }
> {
  const answer = await pool.get(target, [system.uptime, ...map.totals], signal);
  if (!answer.ok) return answer;
  const uptime = answer.values.get(system.uptime);
  if (typeof uptime !== "number")
    return { ok: false, failure: { outcome: "absent", why: "answers without sysUpTime" } };
  const tables = tablesOfTotals(map.totals, answer.values);
  const walk = await pool.walkColumns(target, map.columns, signal, { width: map.columns.length });
  tables.add(walk);
  return { ok: true, reading: { uptime, tables, failure: walk.failure } };
}
