import { decodeCsv } from "./csv.ts";
import { type ImportPreset, isYes } from "./import-preset.ts";
import { done, refused, type Verb } from "./flaw.ts";

/** What a list of MACs says of a row: by its key, in lower case. */
export type MacList = ReadonlyMap<
  string,
  { readonly mac: string; readonly vendor?: string; readonly model?: string; readonly site?: string }
>;

const macColumns = ["mac", "mac_address", "macaddress"];
const keyColumns = ["ext", "extension", "exten", "device", "name", "alias", "user"];
const more = ["vendor", "model", "site"] as const;

/**
 * Reads the list that tells which phone an account or a device is: a column for the MAC, and one for the key that the
 * other table has (`extension`, or `device` as in NetBox's export of MAC addresses). Vendor, model and site may stand
 * beside them. Of several MACs of one device the primary one is taken, else the first.
 */
export function decodeMacList(text: string, preset: ImportPreset): Verb<MacList> {
  const { records, flaws } = decodeCsv(text);
  if (flaws.length > 0) return refused(...flaws);
  const [header, ...body] = records;
  const words = (header?.cells ?? []).map((cell) => cell.trim().toLowerCase().replaceAll(/\s+/g, "_"));
  const mac = words.findIndex((word) => macColumns.includes(word));
  const wanted = [preset.joinBy?.replace("#", "") ?? "", ...keyColumns];
  const key = wanted.map((word) => words.indexOf(word)).find((index) => index >= 0);
  if (mac < 0 || key === undefined)
    return refused({
      place: "list of MACs, line 1",
      line: 1,
      expected: `the columns ${preset.joinBy?.replace("#", "") ?? "extension"} and mac`,
      found: header === undefined ? "an empty file" : header.cells.join(", "),
    });
  const primary = words.indexOf("is_primary");
  const list = new Map<string, { mac: string; vendor?: string; model?: string; site?: string }>();
  for (const { cells } of body) {
    const name = (cells[key] ?? "").trim().toLowerCase();
    const text = (cells[mac] ?? "").trim();
    const isFirst = !list.has(name);
    if (name === "" || text === "" || !(isFirst || isYes(cells[primary] ?? ""))) continue;
    const others = more.flatMap((word) => {
      const cell = (cells[words.indexOf(word)] ?? "").trim();
      return cell === "" ? [] : [[word, cell] as const];
    });
    list.set(name, { mac: text, ...Object.fromEntries(others) });
  }
  return done(list);
}
