/** The phone's own fields. */
export type PhoneField = "mac" | "vendor" | "model" | "site" | "label";

/** Where a column's cells go. */
export type ColumnUse =
  | { readonly field: PhoneField }
  /** A setting by its path; `line.` stands for the line of the row. */
  | { readonly setting: string };

/** What one cell says: parts of a phone, by field or setting. */
export interface CellMeaning {
  readonly use: ColumnUse;
  readonly text: string;
}

/** How a column of another system is read: as it is, or in words of its own. */
export type PresetColumn = ColumnUse | ((text: string) => readonly CellMeaning[]);

/** One row as its cells by column name, in lower case. */
export type Cells = ReadonlyMap<string, string>;

/** The columns of another system's table of phones: what we use of them, and how. */
export interface ImportPreset {
  readonly name: string;
  /** For people: `FusionPBX, Devices → Export`. */
  readonly title: string;
  /** A header that has all columns of one of these lists is this system's. */
  readonly tells: readonly (readonly string[])[];
  readonly columns: Readonly<Record<string, PresetColumn>>;
  /** What a row needs that no single column says. */
  readonly compose?: (cells: Cells) => readonly (CellMeaning & { readonly column: string })[];
  /** The column whose number says which line of the phone the row is; several rows may be one phone. */
  readonly lineColumn?: string;
  /** Rows that are no phones, with the reason. */
  readonly skip?: (cells: Cells) => string | undefined;
  /** Columns that are read and carry nothing of the phone: by them rows are skipped, or names put together. */
  readonly reads?: readonly string[];
  /** The column by which a list of MACs (`--macs`) names the row. */
  readonly joinBy?: string;
}

const yes = new Set(["1", "t", "true", "yes", "y", "on", "enabled"]);
export const isYes = (text: string): boolean => yes.has(text.trim().toLowerCase());
