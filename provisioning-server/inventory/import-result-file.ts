import { encodeCsv } from "./csv.ts";
import type { ImportResult, ImportRow } from "./import-phones.ts";

const columns = ["line", "mac", "result", "column", "expected", "found", "remedy", "changes"];

/** The result of an import as a CSV table: a row for each row of the file, in its order. Secrets are dots. */
export function importResultFile({ rows, flaws }: Pick<ImportResult, "rows" | "flaws">): string {
  const lines = new Set(rows.map((row) => row.line));
  const whole = flaws.filter(({ line }) => line === undefined || !lines.has(line));
  return encodeCsv([
    columns,
    ...whole.map(({ line, column, expected, found, remedy }) => [
      line === undefined ? "" : String(line),
      "",
      "refused",
      column ?? "",
      expected,
      found,
      remedy ?? "",
      "",
    ]),
    ...rows.map((row) => {
      const own = flaws.filter(({ line }) => line === row.line);
      const each = (of: (flaw: (typeof own)[number]) => string | undefined) =>
        own.map((flaw) => of(flaw) ?? "").join("; ");
      return [
        String(row.line),
        row.mac,
        row.result,
        each(({ column }) => column),
        each(({ expected }) => expected),
        own.length === 0 ? (row.why ?? "") : each(({ found }) => found),
        own.flatMap(({ remedy }) => remedy ?? []).join(" "),
        changesOf(row),
      ];
    }),
  ]);
}

/** `line1.user: 201 → 202; time.zone: not set → Europe/Berlin`. */
function changesOf({ changes, result }: ImportRow): string {
  if (result === "refused") return "";
  return changes
    .map(({ setting, from, to }) => `${setting}: ${from ?? "not set"} → ${to ?? "not set"}`)
    .join("; ");
}
