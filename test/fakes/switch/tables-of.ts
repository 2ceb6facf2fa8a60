import type { SnmpValue } from "../../../agent/io/snmp/message.ts";
import { Tables } from "../../../agent/probes/poe-ports/tables.ts";

/** Tables as if read from a switch: column to index to value. */
export function tablesOf(columns: Record<string, Record<string, SnmpValue>>): Tables {
  const tables = new Tables();
  const walked = Object.entries(columns).map(
    ([column, rows]) => [column, { rows: new Map(Object.entries(rows)) }] as const,
  );
  tables.add({ columns: new Map(walked) });
  return tables;
}

export const text = (value: string) => Uint8Array.from(Buffer.from(value, "utf8"));
export const hex = (value: string) => Uint8Array.from(Buffer.from(value, "hex"));
