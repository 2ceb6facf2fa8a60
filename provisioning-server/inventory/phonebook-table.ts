import { numberKinds, type NumberKind, type PhonebookEntry } from "../../protocol/phonebook.ts";
import { type CsvRecord, decodeCsv } from "./csv.ts";
import type { Flaw } from "./flaw.ts";

const mostEntries = 10_000;
const dialled = /^[+*#0-9][0-9*#]{0,31}$/;

/** A number as people write it: blanks, dots, slashes, hyphens and parentheses are for eyes. */
function dialledNumber(text: string): string | undefined {
  const number = text.replaceAll(/[\s()./-]/gu, "");
  return dialled.test(number) ? number : undefined;
}

type Column = { readonly kind: NumberKind | "name" } | undefined;

const headers: ReadonlyMap<string, NumberKind | "name"> = new Map([
  ["name", "name"],
  ...numberKinds.map((kind): [string, NumberKind] => [kind, kind]),
  ["number", "work"],
  ["phone", "work"],
]);

function flaw(line: number, column: string, expected: string, found: string): Flaw {
  return { place: `line ${line}, column ${column}`, line, column, expected, found };
}

function readHeader(header: CsvRecord | undefined, flaws: Flaw[]): Column[] {
  const names = header?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
  const columns = names.map((name): Column => {
    const kind = headers.get(name);
    if (kind === undefined) flaws.push(flaw(1, name, `one of ${[...headers.keys()].join(", ")}`, name));
    return kind === undefined ? undefined : { kind };
  });
  const has = (test: (kind: string) => boolean) =>
    columns.some((column) => column !== undefined && test(column.kind));
  if (!has((kind) => kind === "name") || !has((kind) => kind !== "name"))
    flaws.push({
      place: "line 1",
      line: 1,
      expected: "a header row with a column `name`, and one of work, mobile, home, other",
      found: names.join(", ") || "an empty file",
    });
  return columns;
}

function readRow({ line, cells }: CsvRecord, columns: readonly Column[], flaws: Flaw[]): PhonebookEntry[] {
  let name = "";
  const numbers: PhonebookEntry["numbers"] = [];
  for (const [index, column] of columns.entries()) {
    const text = (cells[index] ?? "").trim();
    if (column === undefined || text === "") continue;
    if (column.kind === "name") {
      name = text;
      continue;
    }
    const number = dialledNumber(text);
    if (number === undefined) flaws.push(flaw(line, column.kind, "a number as it is dialled", text));
    else numbers.push({ kind: column.kind, number });
  }
  if (name === "" && numbers.length === 0) return [];
  if (name === "" || name.length > 100 || /\p{Cc}/u.test(name) || !name.isWellFormed())
    flaws.push(flaw(line, "name", "a name of 1 to 100 characters, without control characters", name));
  else if (numbers.length > 0) return [{ name, numbers }];
  return [];
}

/**
 * Reads a table of a phonebook: a header row with `name` and any of work, mobile, home, other; then an entry a row, by
 * name in the end. Rows without a number are left out; all flaws are told at once.
 */
export function decodePhonebookTable(text: string): {
  readonly entries: PhonebookEntry[];
  readonly flaws: Flaw[];
} {
  const { records, flaws: unread } = decodeCsv(text);
  const flaws = [...unread];
  const [header, ...body] = records;
  const columns = flaws.length > 0 ? [] : readHeader(header, flaws);
  if (flaws.length > 0) return { entries: [], flaws };
  const entries = body.flatMap((record) => readRow(record, columns, flaws));
  if (entries.length > mostEntries)
    flaws.push({ place: "file", expected: `at most ${mostEntries} entries`, found: String(entries.length) });
  const order = new Intl.Collator("en");
  return { entries: entries.toSorted((a, b) => order.compare(a.name, b.name)), flaws };
}
