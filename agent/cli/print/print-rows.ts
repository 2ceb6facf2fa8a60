import type { CliContext } from "../context.ts";

/** One column of a list: its head, and its cell for a row. */
export interface RowColumn<T> {
  readonly head: string;
  cell(row: T): string;
}

/** Prints a list: a table for people, `--json` an object a line, `--plain` tab-separated with the heads first. */
export function printRows<T>(
  rows: readonly T[],
  columns: readonly RowColumn<T>[],
  options: { readonly json?: boolean; readonly plain?: boolean },
  context: CliContext,
): void {
  if (options.json === true) {
    for (const row of rows) context.out(JSON.stringify(row));
    return;
  }
  const table = [
    columns.map((column) => column.head),
    ...rows.map((row) => columns.map((column) => printable(column.cell(row)))),
  ];
  if (options.plain === true) {
    for (const cells of table) context.out(cells.join("\t"));
    return;
  }
  const widths = columns.map((_, index) => Math.max(...table.map((cells) => cells[index]?.length ?? 0)));
  for (const [index, cells] of table.entries()) {
    const line = cells
      .map((cell, place) => cell.padEnd(widths[place] ?? 0))
      .join("  ")
      .trimEnd();
    context.out(index === 0 ? context.style.faint(line) : line);
  }
}

/** Text from phones and people, without what would move a terminal's cursor or break a column. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "�");
}
