import { parse } from "csv-parse/sync";
import type { Flaw } from "./flaw.ts";

/** One record of a CSV file. */
export interface CsvRecord {
  /** 1-based line on which it starts. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** A cell that a spreadsheet would run as a formula, with the guards it may have already. */
const formula = /^'*[=+\-@\t\r]/;

/** Separators seen in the wild: RFC 4180's own, and what spreadsheets write where the comma is a decimal sign. */
const separators = [",", ";", "\t"] as const;

function separatorOf(text: string): string {
  const end = text.search(/[\r\n]/);
  const header = end < 0 ? text : text.slice(0, end);
  const counts = separators.map((separator) => header.split(separator).length);
  return separators[counts.indexOf(Math.max(...counts))] ?? ",";
}

/**
 * Reads CSV (RFC 4180): quotes, line breaks inside them, CRLF or LF, a byte-order mark; comma, semicolon or tab, as the
 * first line has it. Every cell stays text. Empty lines are left out. The guard of {@link encodeCsv} is taken off.
 */
export function decodeCsv(text: string): { readonly records: CsvRecord[]; readonly flaws: Flaw[] } {
  try {
    const parsed: unknown = parse(text, {
      bom: true,
      delimiter: separatorOf(text),
      record_delimiter: ["\r\n", "\n", "\r"],
      relax_column_count: true,
      skip_empty_lines: true,
      info: true,
      max_record_size: 1_000_000,
    });
    return { records: recordsOf(parsed), flaws: [] };
  } catch (error) {
    return { records: [], flaws: [flawOf(error)] };
  }
}

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function recordsOf(parsed: unknown): CsvRecord[] {
  return (parsed as readonly Parsed[]).map(({ record, info }) => {
    // csv-parse counts the line a record ends on; breaks inside quotes stand between that and its start.
    const breaks = record.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0);
    return { line: info.lines - breaks, cells: record.map((cell) => unguard(cell)) };
  });
}

function unguard(cell: string): string {
  return cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell;
}

function flawOf(error: unknown): Flaw {
  const found = error instanceof Error ? error.message : String(error);
  const line = typeof error === "object" && error !== null && "lines" in error ? Number(error.lines) : 1;
  return {
    place: `line ${line}`,
    line,
    expected: "CSV with quotes that close (RFC 4180)",
    found: found.replaceAll(/\s+/g, " ").slice(0, 160),
  };
}

/**
 * Writes CSV (RFC 4180, CRLF). Cells that a spreadsheet would run get a leading `'`, and so do those that would read
 * back as guarded: reading gives the same cells again.
 */
export function encodeCsv(rows: readonly (readonly string[])[]): string {
  return rows
    .map((row) => `${row.map((cell) => quote(formula.test(cell) ? `'${cell}` : cell)).join(",")}\r\n`)
    .join("");
}

function quote(cell: string): string {
  return /[",;\t\r\n']|^\s|\s$|^\uFEFF/.test(cell) || cell === "" ? `"${cell.replaceAll('"', '""')}"` : cell;
}
