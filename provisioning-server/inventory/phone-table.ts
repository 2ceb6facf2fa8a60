import { settingCatalogue } from "../../protocol/phone-settings.ts";
import { closestWord } from "./closest-word.ts";
import { decodeCsv, type CsvRecord } from "./csv.ts";
import type { PhoneDraft } from "./plan-phone.ts";
import type { Flaw } from "./flaw.ts";
import { decodeSettingPath } from "./setting-place.ts";

/** The phone's own columns. */
export const ownColumns: ReadonlyMap<string, "mac" | "vendor" | "model" | "site" | "label"> = new Map([
  ["mac", "mac"],
  ["mac_address", "mac"],
  ["macaddress", "mac"],
  ["device_address", "mac"],
  ["vendor", "vendor"],
  ["manufacturer", "vendor"],
  ["model", "model"],
  ["device_type", "model"],
  ["site", "site"],
  ["label", "label"],
  ["location", "label"],
]);

/** Short names for the settings that every list of phones has. Any other setting is a column by its path: `line2.user`. */
export const settingColumns: ReadonlyMap<string, string> = new Map([
  ["ext", "line1.user"],
  ["extension", "line1.user"],
  ["user", "line1.user"],
  ["authuser", "line1.authUser"],
  ["auth_user", "line1.authUser"],
  ["password", "line1.password"],
  ["secret", "line1.password"],
  ["displayname", "line1.displayName"],
  ["display_name", "line1.displayName"],
  ["name", "line1.displayName"],
  ["linelabel", "line1.label"],
  ["server", "line1.server.host"],
  ["port", "line1.server.port"],
  ["transport", "line1.server.transport"],
  ["proxy", "line1.outboundProxy.host"],
  ["outboundproxy", "line1.outboundProxy.host"],
  ["voicemail", "line1.voicemail.number"],
  ["timezone", "time.zone"],
  ["language", "language"],
  ["vlan", "network.vlan.id"],
  ["adminpassword", "access.adminPassword"],
]);

/** Every setting, and room for many lines. */
const mostColumns = 2000;

type Column =
  | {
      readonly kind: "own";
      readonly name: string;
      readonly field: "mac" | "vendor" | "model" | "site" | "label";
    }
  | { readonly kind: "setting"; readonly name: string; readonly path: string; readonly secret: boolean };

export interface PhoneRow {
  readonly line: number;
  readonly draft: PhoneDraft;
}

/**
 * Reads a table of phones: a header row, then a phone a row. An empty cell means "as it is". Zeros in front stay: every
 * cell is text. All flaws of the header and the shape are told at once; rows are read when the header is right.
 */
export function decodePhoneTable(text: string): { readonly rows: PhoneRow[]; readonly flaws: Flaw[] } {
  const { records, flaws } = decodeCsv(text);
  const [header, ...body] = records;
  if (flaws.length > 0) return { rows: [], flaws };
  if (header === undefined) return { rows: [], flaws: [nothing] };
  const columns = readHeader(header, flaws);
  if (flaws.length > 0) return { rows: [], flaws };
  const rows: PhoneRow[] = [];
  for (const record of body) {
    if (record.cells.every((cell) => cell.trim() === "")) continue;
    if (
      record.cells.length > columns.length &&
      record.cells.slice(columns.length).some((cell) => cell !== "")
    )
      flaws.push(tooMany(record, columns.length));
    else rows.push({ line: record.line, draft: readRow(record, columns) });
  }
  return { rows, flaws };
}

const nothing: Flaw = {
  place: "line 1",
  line: 1,
  expected: "a header row with a column `mac`",
  found: "an empty file",
};

function tooMany(record: CsvRecord, columns: number): Flaw {
  return {
    place: `line ${record.line}`,
    line: record.line,
    expected: `${columns} cells, as the header has`,
    found: `${record.cells.length}`,
    remedy: "A cell with a comma in it needs quotes around it.",
  };
}

function readHeader(header: CsvRecord, flaws: Flaw[]): Column[] {
  if (header.cells.length > mostColumns) {
    flaws.push({
      ...nothing,
      expected: `at most ${mostColumns} columns`,
      found: String(header.cells.length),
    });
    return [];
  }
  const columns: Column[] = [];
  const taken = new Set<string>();
  for (const cell of header.cells) {
    const column = readColumn(cell.trim());
    if (column === undefined) {
      flaws.push(unknownColumn(header.line, cell));
      continue;
    }
    const what = column.kind === "own" ? column.field : column.path;
    if (taken.has(what))
      flaws.push({
        place: `line ${header.line}, column ${column.name}`,
        line: header.line,
        column: column.name,
        expected: "each column once",
        found: `${what} twice`,
      });
    taken.add(what);
    columns.push(column);
  }
  if (!taken.has("mac") && flaws.length === 0)
    flaws.push({ ...nothing, line: header.line, found: header.cells.join(", ") });
  return columns;
}

function readColumn(name: string): Column | undefined {
  const word = name.toLowerCase();
  const field = ownColumns.get(word);
  if (field !== undefined) return { kind: "own", name, field };
  const path = settingColumns.get(word) ?? name;
  const place = decodeSettingPath(path);
  return place.ok ? { kind: "setting", name, path, secret: place.value.about.secret } : undefined;
}

function unknownColumn(line: number, cell: string): Flaw {
  const close = closestWord(cell, [
    ...ownColumns.keys(),
    ...settingColumns.keys(),
    ...settingCatalogue.keys(),
  ]);
  return {
    place: `line ${line}, column ${cell}`,
    line,
    column: cell,
    expected: "a column we know, or the path of a setting",
    found: cell === "" ? "an empty name" : cell,
    ...(close === undefined ? {} : { remedy: `Was ${close} meant?` }),
  };
}

function readRow(record: CsvRecord, columns: readonly Column[]): PhoneDraft {
  const fields: { mac: string; vendor?: string; model?: string; site?: string; label?: string } = { mac: "" };
  const settings: { path: string; text: string; column: string }[] = [];
  for (const [index, column] of columns.entries()) {
    const cell = record.cells[index] ?? "";
    // Blanks around a word are a slip of the hand; in a password they may be meant.
    const text = column.kind === "setting" && column.secret ? cell : cell.trim();
    if (text === "") continue;
    if (column.kind === "own") fields[column.field] = text;
    else settings.push({ path: column.path, text, column: column.name });
  }
  return { ...fields, settings };
}
