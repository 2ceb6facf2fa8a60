import { settingCatalogue } from "../../protocol/phone-settings.ts";
import { closestWord } from "./closest-word.ts";
import { decodeCsv, type CsvRecord } from "./csv.ts";
import type { PhoneDraft } from "./plan-phone.ts";
import type { Flaw } from "./flaw.ts";
import { decodeWazoDevices } from "./import-wazo.ts";
import { findPreset, presetOfHeader, readWithPreset, unknownPreset } from "./import-with-preset.ts";
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
  /** Lines of the file: one, unless several rows are lines of the same phone. */
  readonly lines: readonly number[];
  readonly draft: PhoneDraft;
  /** By field of the phone: the column that it came from, where that has another name. */
  readonly fields: ReadonlyMap<string, string>;
}

/** A row that is no phone of ours to be, and why. */
export interface SkippedRow {
  readonly line: number;
  readonly why: string;
}

export interface TableDefaults {
  /** The system the table is of; told by its header when absent. `ours`: our own columns. */
  readonly preset?: string;
  /** A table that says which MAC an account or device has, for systems whose own does not. */
  readonly macs?: string;
  /** Fields and settings for rows that do not say them: `model`, `site`, `line1.server.host`. */
  readonly values?: readonly { readonly path: string; readonly text: string }[];
}

export interface PhoneTable {
  /** Whose table it was read as, and whether its header told. */
  readonly preset: string;
  readonly guessed: boolean;
  readonly rows: readonly PhoneRow[];
  readonly skipped: readonly SkippedRow[];
  /** Columns that another system has and that are not used. */
  readonly unused: readonly string[];
  readonly flaws: readonly Flaw[];
}

/**
 * Reads a table of phones: a header row, then a phone a row. An empty cell means "as it is". Zeros in front stay: every
 * cell is text. All flaws of the header and the shape are told at once; rows are read when the header is right.
 */
export function decodePhoneTable(text: string, defaults: TableDefaults = {}): PhoneTable {
  const table = readTable(text, defaults);
  return { ...table, rows: table.rows.map((row) => withDefaults(row, defaults.values ?? [])) };
}

function readTable(text: string, defaults: TableDefaults): PhoneTable {
  const wanted = defaults.preset === "ours" ? undefined : defaults.preset;
  const preset = wanted === undefined ? undefined : findPreset(wanted);
  const none = { preset: defaults.preset ?? "ours", guessed: false, rows: [], skipped: [], unused: [] };
  if (wanted !== undefined && preset === undefined) return { ...none, flaws: [unknownPreset(wanted)] };
  const isJson = /^\uFEFF?\s*[[{]/.test(text);
  if (isJson && (preset === undefined || preset.name === "wazo") && defaults.preset !== "ours")
    return { ...none, preset: "wazo", guessed: preset === undefined, ...decodeWazoDevices(text) };
  const { records, flaws } = decodeCsv(text);
  const [header, ...body] = records;
  if (flaws.length > 0) return { ...none, flaws };
  if (header === undefined) return { ...none, flaws: [nothing] };
  const told = defaults.preset === undefined ? presetOfHeader(header) : preset;
  if (told === undefined) return { ...none, ...readOurs(header, body) };
  return {
    ...readWithPreset(told, header, filled(body), defaults),
    preset: told.name,
    guessed: preset === undefined,
  };
}

const filled = (records: readonly CsvRecord[]): CsvRecord[] =>
  records.filter((record) => record.cells.some((cell) => cell.trim() !== ""));

function readOurs(header: CsvRecord, body: readonly CsvRecord[]): { rows: PhoneRow[]; flaws: Flaw[] } {
  const flaws: Flaw[] = [];
  const columns = readHeader(header, flaws);
  if (flaws.length > 0) return { rows: [], flaws };
  const rows: PhoneRow[] = [];
  for (const record of filled(body)) {
    const beyond = record.cells.slice(columns.length);
    if (beyond.some((cell) => cell !== "")) flaws.push(tooMany(record, columns.length));
    else rows.push({ lines: [record.line], ...readRow(record, columns) });
  }
  return { rows, flaws };
}

const fieldNames = new Set<string>(["vendor", "model", "site", "label"]);

/** What the person gave for all rows, where the row says nothing. */
function withDefaults(row: PhoneRow, values: NonNullable<TableDefaults["values"]>): PhoneRow {
  if (values.length === 0) return row;
  const { settings = [], ...draft } = row.draft;
  const said = new Set(settings.map(({ path }) => path));
  const fields = values
    .filter(({ path }) => fieldNames.has(path))
    .map(({ path, text }) => [path, text] as const);
  const others = values.filter(({ path }) => !fieldNames.has(path) && !said.has(path));
  return { ...row, draft: { ...Object.fromEntries(fields), ...draft, settings: [...settings, ...others] } };
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

function readRow(record: CsvRecord, columns: readonly Column[]): Pick<PhoneRow, "draft" | "fields"> {
  const draft: { mac: string; vendor?: string; model?: string; site?: string; label?: string } = { mac: "" };
  const fields = new Map<string, string>();
  const settings: { path: string; text: string; column: string }[] = [];
  for (const [index, column] of columns.entries()) {
    const cell = record.cells[index] ?? "";
    // Blanks around a word are a slip of the hand; in a password they may be meant.
    const text = column.kind === "setting" && column.secret ? cell : cell.trim();
    if (text === "") continue;
    if (column.kind === "own") {
      draft[column.field] = text;
      fields.set(column.field, column.name);
    } else settings.push({ path: column.path, text, column: column.name });
  }
  return { draft: { ...draft, settings }, fields };
}
