import type { MapEntry, SettingsMap } from "../profiles/settings-map.ts";

/** A value in the vendor's words; nothing to say; or a limit that it does not keep. */
export type EntryValue =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "absent" }
  | { readonly kind: "refused"; readonly limit: string };

const absent: EntryValue = { kind: "absent" };
const refused = (limit: string): EntryValue => ({ kind: "refused", limit });
const textual = (text: string): EntryValue => ({ kind: "text", text });

const tables = new WeakMap<MapEntry, ReadonlyMap<string, string>>();

/** The entry's word table, whether it stands in it or has a name. */
export function wordsOf(entry: MapEntry, map: SettingsMap): ReadonlyMap<string, string> | undefined {
  const known = tables.get(entry);
  if (known !== undefined) return known;
  const words = typeof entry.map === "string" ? map.words?.[entry.map] : entry.map;
  if (words === undefined) return undefined;
  const table = new Map(Object.entries(words));
  tables.set(entry, table);
  return table;
}

function scaled(value: number, entry: MapEntry): number {
  const { multiply = 1, divide = 1 } = entry.scale ?? {};
  return Math.ceil((value * multiply) / divide);
}

function oneWord(value: unknown, entry: MapEntry, map: SettingsMap): EntryValue {
  const words = wordsOf(entry, map);
  if (words !== undefined) {
    const word = words.get(String(value));
    return word === undefined ? refused(`one of ${[...words.keys()].join(", ")}`) : textual(word);
  }
  if (typeof value === "boolean") return textual(value ? map.booleans.true : map.booleans.false);
  if (typeof value !== "number") return textual(String(value));
  const number = scaled(value, entry);
  const { min = -Infinity, max = Infinity } = entry.limit ?? {};
  if (number < min || number > max) return refused(`a number from ${min} to ${max}`);
  return textual(String(number));
}

/** What nobody set, or set to nothing. */
export function isNothing(value: unknown): boolean {
  return (
    value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)
  );
}

function many(values: readonly unknown[], entry: MapEntry, map: SettingsMap): EntryValue {
  const texts: string[] = [];
  for (const value of values) {
    const word = oneWord(value, entry, map);
    if (word.kind !== "text") return word;
    texts.push(word.text);
  }
  return textual(texts.join(entry.join ?? ","));
}

/** `{value}` and other settings put into the entry's format; absent where one of them is. */
function formatted(text: string, entry: MapEntry, setting: (path: string) => unknown): EntryValue {
  if (entry.format === undefined) return textual(text);
  let missing = false;
  const result = entry.format.replaceAll(/\{([^}]*)\}/g, (_, path: string) => {
    if (path === "value") return text;
    const value = setting(path);
    missing ||= isNothing(value) || typeof value === "object";
    return String(value);
  });
  return missing ? absent : textual(result);
}

/** A setting's value as this entry writes it: map, scale, join, format, limit, in this order. */
export function entryValue(
  value: unknown,
  entry: MapEntry,
  map: SettingsMap,
  setting: (path: string) => unknown,
): EntryValue {
  if (isNothing(value)) return absent;
  const word = Array.isArray(value) ? many(value, entry, map) : oneWord(value, entry, map);
  if (word.kind !== "text") return word;
  const result = formatted(word.text, entry, setting);
  const length = entry.limit?.length;
  if (result.kind === "text" && length !== undefined && result.text.length > length)
    return refused(`at most ${length} characters`);
  return result;
}
