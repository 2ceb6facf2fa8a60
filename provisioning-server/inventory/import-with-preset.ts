import { closestWord } from "./closest-word.ts";
import type { CsvRecord } from "./csv.ts";
import { decodeMacList, type MacList } from "./import-macs.ts";
import type { Cells, CellMeaning, ImportPreset } from "./import-preset.ts";
import { importPresets } from "./import-presets.ts";
import type { PhoneRow, SkippedRow, TableDefaults } from "./phone-table.ts";
import type { Flaw } from "./flaw.ts";
import { decodeSettingPath } from "./setting-place.ts";

/** The preset of that name. */
export function findPreset(name: string): ImportPreset | undefined {
  return importPresets.find((preset) => preset.name === name);
}

/** What went wrong with the preset's name. */
export function unknownPreset(name: string): Flaw {
  const names = [...importPresets.map((preset) => preset.name), "ours"];
  const close = closestWord(name, names);
  return {
    place: "preset",
    expected: `one of ${names.join(", ")}`,
    found: name,
    ...(close === undefined ? {} : { remedy: `Was ${close} meant?` }),
  };
}

const wordOf = (cell: string): string => cell.trim().toLowerCase().replaceAll(/\s+/g, "_");

/** The system whose table has such a header. */
export function presetOfHeader(header: CsvRecord): ImportPreset | undefined {
  const words = new Set(header.cells.map((cell) => wordOf(cell)));
  return importPresets.find(({ tells }) =>
    tells.some((columns) => columns.every((column) => words.has(column))),
  );
}

export interface PresetTable {
  readonly rows: readonly PhoneRow[];
  readonly skipped: readonly SkippedRow[];
  /** Columns that stand there and are not used. */
  readonly unused: readonly string[];
  readonly flaws: readonly Flaw[];
}

interface Column {
  /** As the header spells it. */
  readonly name: string;
  readonly word: string;
}

/** Reads the table of another system with its preset. */
export function readWithPreset(
  preset: ImportPreset,
  header: CsvRecord,
  body: readonly CsvRecord[],
  defaults: TableDefaults,
): PresetTable {
  const columns = header.cells.map((cell): Column => ({ name: cell.trim(), word: wordOf(cell) }));
  const macs = defaults.macs === undefined ? undefined : decodeMacList(defaults.macs, preset);
  if (macs?.ok === false) return { rows: [], skipped: [], unused: [], flaws: macs.flaws };
  const names = columns.map(({ word }) => word);
  const composed = new Set(
    preset.compose?.(new Map(names.map((word) => [word, "x"]))).map(({ column }) => column),
  );
  const used = (word: string) =>
    Object.hasOwn(preset.columns, word) ||
    composed.has(word) ||
    word === preset.lineColumn ||
    word === preset.joinBy ||
    preset.reads?.includes(word) === true;
  const unused = columns.filter(({ word }) => !used(word)).map(({ name }) => name);
  const flaws = lackOfMac(preset, header, names, macs?.value);
  if (flaws.length > 0) return { rows: [], skipped: [], unused, flaws };
  const skipped: SkippedRow[] = [];
  const rows: PhoneRow[] = [];
  for (const record of body) {
    const cells: Cells = new Map(names.map((word, index) => [word, record.cells[index] ?? ""]));
    const why = preset.skip?.(cells);
    if (why === undefined) rows.push(...readRow(preset, columns, cells, record.line, macs?.value, skipped));
    else skipped.push({ line: record.line, why });
  }
  return { rows: preset.lineColumn === undefined ? rows : joined(rows), skipped, unused, flaws: [] };
}

function lackOfMac(
  preset: ImportPreset,
  header: CsvRecord,
  names: readonly string[],
  macs: MacList | undefined,
): Flaw[] {
  const hasMac = names.some((word) => {
    const column = Object.hasOwn(preset.columns, word) ? preset.columns[word] : undefined;
    return typeof column === "object" && "field" in column && column.field === "mac";
  });
  if (hasMac || macs !== undefined) return [];
  const joinBy =
    preset.joinBy === undefined ? "" : ` of the columns ${preset.joinBy.replace("#", "")},mac,model`;
  return [
    {
      place: `line ${header.line}`,
      line: header.line,
      expected: "a column with the MACs of phones",
      found: `a table of ${preset.title} without one`,
      remedy: `Put a column \`mac\` in, or give a list${joinBy} with \`--macs FILE\`.`,
    },
  ];
}

function readRow(
  preset: ImportPreset,
  columns: readonly Column[],
  cells: Cells,
  line: number,
  macs: MacList | undefined,
  skipped: SkippedRow[],
): PhoneRow[] {
  const index = lineNumber(preset, cells);
  const draft: { [field: string]: string } & { mac: string } = { mac: "" };
  const fields = new Map<string, string>();
  const settings: { path: string; text: string; column: string }[] = [];
  const put = ({ use, text }: CellMeaning, column: string) => {
    if (text === "") return;
    if ("field" in use) {
      draft[use.field] ??= "";
      if (draft[use.field] === "" || use.field === "model") draft[use.field] = text;
      fields.set(use.field, column);
    } else settings.push({ path: use.setting.replace(/^line\./, `line${index}.`), text, column });
  };
  for (const { name, word } of columns) {
    const column = Object.hasOwn(preset.columns, word) ? preset.columns[word] : undefined;
    const cell = cells.get(word) ?? "";
    if (column === undefined || cell.trim() === "") continue;
    if (typeof column === "function") for (const meaning of column(cell.trim())) put(meaning, name);
    else put({ use: column, text: isSecret(column) ? cell : cell.trim() }, name);
  }
  for (const { column, ...meaning } of preset.compose?.(cells) ?? []) put(meaning, column);
  const key = cells.get(preset.joinBy ?? "")?.trim() ?? "";
  const listed = macs?.get(key.toLowerCase());
  for (const [name, text] of Object.entries(listed ?? {})) draft[name] = text;
  if (draft.mac === "" && macs !== undefined) {
    skipped.push({ line, why: `the list of MACs has none for ${key}` });
    return [];
  }
  return [{ lines: [line], draft: { ...draft, settings }, fields }];
}

function isSecret(column: { readonly setting?: string; readonly field?: string }): boolean {
  const place = column.setting === undefined ? undefined : decodeSettingPath(column.setting);
  return place?.ok === true && place.value.about.secret;
}

function lineNumber(preset: ImportPreset, cells: Cells): number {
  const text = cells.get(preset.lineColumn ?? "")?.trim() ?? "";
  return /^[1-9]\d?$/.test(text) ? Number(text) : 1;
}

/** Rows of one phone, each with a line of it, as one row. */
function joined(rows: readonly PhoneRow[]): PhoneRow[] {
  const byMac = Map.groupBy(rows, ({ draft }) => draft.mac.toLowerCase());
  return [...byMac.values()].flatMap((own) => {
    const [first, ...more] = own;
    if (first === undefined || first.draft.mac === "") return own;
    return [
      {
        ...first,
        lines: own.flatMap(({ lines }) => lines),
        draft: {
          ...first.draft,
          settings: [first, ...more].flatMap(({ draft }) => draft.settings ?? []),
        },
      },
    ];
  });
}
