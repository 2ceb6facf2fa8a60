import type { PoeFault, VendorMib } from "../../mibs/load-mibs.ts";
import { power } from "./columns.ts";
import { hasBit, type Tables } from "./tables.ts";

export type PoeState = "off" | "searching" | "delivering" | "fault" | "test" | "denied" | "unknown";

/** `group.port` of the standard tables, with the same row's index in the vendor's table. */
export interface PseRow {
  readonly key: string;
  readonly vendorKey: string;
  readonly group: number;
  readonly port: number;
}

export interface SaidState {
  readonly state: PoeState;
  /** What it rests on. */
  readonly from: string;
  readonly fault: PoeFault | undefined;
  readonly faultFrom: string | undefined;
}

interface Said {
  readonly state: PoeState;
  readonly from: string;
}

interface SaidFault {
  readonly fault: PoeFault;
  readonly from: string;
}

/** RFC 3621; 0 is not in it and means disabled on EXOS. */
const standardStates: Record<number, PoeState> = {
  0: "off",
  1: "off",
  2: "searching",
  3: "delivering",
  4: "fault",
  5: "test",
  6: "fault",
};

function textEntry(tables: Tables, mib: VendorMib | undefined, row: PseRow) {
  const text = mib?.stateText && tables.text(mib.stateText.column, row.vendorKey);
  if (text === undefined) return undefined;
  const lower = text.toLowerCase();
  const entry = mib?.stateText?.map.find((each) => lower.includes(each.contains));
  return entry && { ...entry, from: `${mib?.stateText?.column}.${row.vendorKey} = ${text.slice(0, 100)}` };
}

interface Known {
  readonly watts: number | undefined;
  readonly admin: boolean | undefined;
  readonly linkUp: boolean | undefined;
}

function saidByVendor(
  tables: Tables,
  mib: VendorMib | undefined,
  row: PseRow,
  { watts, linkUp }: Known,
): Said | undefined {
  const number = mib?.state && tables.number(mib.state.column, row.vendorKey);
  const drawing = (watts ?? 0) > 0 ? mib?.state?.drawing : undefined;
  const linked = linkUp === true ? mib?.state?.withLink?.[`${number}`] : undefined;
  const state = drawing ?? linked ?? mib?.state?.map[`${number}`];
  if (state !== undefined && state !== "none")
    return { state, from: `${mib?.state?.column}.${row.vendorKey} = ${number}` };
  const entry = textEntry(tables, mib, row);
  return entry && { state: entry.state, from: entry.from };
}

function faultByVendor(tables: Tables, mib: VendorMib | undefined, row: PseRow): SaidFault | undefined {
  const number = mib?.fault && tables.number(mib.fault.column, row.vendorKey);
  const fault = mib?.fault?.map[`${number}`];
  if (fault !== undefined) return { fault, from: `${mib?.fault?.column}.${row.vendorKey} = ${number}` };
  const text = mib?.faultText && tables.text(mib.faultText.column, row.vendorKey);
  if (text !== undefined) {
    const lower = text.toLowerCase();
    const known = mib?.faultText?.map.find((each) => lower.includes(each.contains))?.fault ?? "other";
    return { fault: known, from: `${mib?.faultText?.column}.${row.vendorKey} = ${text.slice(0, 100)}` };
  }
  const entry = textEntry(tables, mib, row);
  return entry?.fault && { fault: entry.fault, from: entry.from };
}

/** The vendor's ways to say that the budget refuses. */
function refusal(
  tables: Tables,
  mib: VendorMib | undefined,
  row: PseRow,
  fault: SaidFault | undefined,
): string | undefined {
  const bits = mib?.denied && tables.bytes(mib.denied.column, row.vendorKey);
  if (mib?.denied !== undefined && hasBit(bits, mib.denied.bit))
    return `${mib.denied.column}.${row.vendorKey} has bit ${mib.denied.bit}`;
  const number = mib?.deniedState && tables.number(mib.deniedState.column, row.vendorKey);
  if (number !== undefined && mib?.deniedState?.values.includes(number) === true)
    return `${mib.deniedState.column}.${row.vendorKey} = ${number}`;
  return fault?.fault === "denied" ? fault.from : undefined;
}

function stateAlone(tables: Tables, mib: VendorMib | undefined, row: PseRow, known: Known): Said {
  const number = tables.number(power.state, row.key);
  const standard = standardStates[number ?? -1];
  const said =
    standard === undefined
      ? saidByVendor(tables, mib, row, known)
      : { state: standard, from: `${power.state}.${row.key} = ${number}` };
  if (said?.state !== "delivering" && known.admin === false)
    return { state: "off", from: said?.from ?? "switched off by setting" };
  if (said !== undefined) return said;
  if ((known.watts ?? 0) > 0) return { state: "delivering", from: `draws ${known.watts} W` };
  return { state: "unknown", from: "the switch does not say" };
}

/** The state of one port: the standard table's word first, the vendor's where it knows more. */
export function poeState(tables: Tables, mib: VendorMib | undefined, row: PseRow, known: Known): SaidState {
  const said = stateAlone(tables, mib, row, known);
  const nothing = { fault: undefined, faultFrom: undefined };
  if (said.state === "delivering" || said.state === "off") return { ...said, ...nothing };
  const fault = faultByVendor(tables, mib, row);
  const refused = refusal(tables, mib, row, fault);
  if (refused !== undefined) return { state: "denied", from: refused, fault: "denied", faultFrom: refused };
  // A port that searches may remember the last cause: that is no fault now.
  if (said.state !== "fault") return { ...said, ...nothing };
  return { ...said, fault: fault?.fault ?? "other", faultFrom: fault?.from };
}
