/** A column of an exported list: its header, and what stands in a row. */
export interface Column<Row> {
  readonly name: string;
  readonly of: (row: Row) => string | number | boolean | undefined;
}

/** RFC 4180 with a header row, UTF-8, CRLF. */
export function csvTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map((column) => cell(column.name)),
    ...rows.map((row) => columns.map((column) => cell(column.of(row)))),
  ];
  return lines.map((line) => `${line.join(",")}\r\n`).join("");
}

/** Spreadsheets run what starts like a formula, so text that does gets a leading `'` (OWASP, CSV injection). */
function cell(value: string | number | boolean | undefined): string {
  if (typeof value !== "string") return value === undefined ? "" : String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A time as people and spreadsheets read it; empty where there is none. */
export function csvTime(at: number | undefined): string {
  return at === undefined ? "" : new Date(at).toISOString();
}
