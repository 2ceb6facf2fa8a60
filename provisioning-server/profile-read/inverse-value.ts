import { Type, type TSchema } from "typebox";
import { Check } from "typebox/value";
import { wordsOf } from "../answer/entry-value.ts";
import type { MapEntry, SettingsMap } from "../profiles/settings-map.ts";

/**
 * The setting's word for a vendor's word. Where several are written alike, the default if it is one of them; else none is
 * told, unless the setting takes any text (languages: `en` for what is written for `en-US` too).
 */
function wordFor(text: string, entry: MapEntry, about: InverseAbout): string | undefined {
  const words = [...(wordsOf(entry, about.map) ?? [])].flatMap(([word, written]) =>
    written === text ? [word] : [],
  );
  if (words.length <= 1) return words[0];
  const { schema } = about;
  const standard = "default" in schema ? String(schema.default) : undefined;
  if (standard !== undefined && words.includes(standard)) return standard;
  return "enum" in schema || Type.IsBoolean(schema) ? undefined : words[0];
}

function typed(text: string, schema: TSchema): unknown {
  if (Type.IsBoolean(schema)) return text === "true" ? true : text === "false" ? false : undefined;
  if (Type.IsInteger(schema) || Type.IsNumber(schema)) return /^-?\d+$/.test(text) ? Number(text) : undefined;
  return text;
}

function scaledBack(text: string, entry: MapEntry, schema: TSchema): unknown {
  if (!Type.IsInteger(schema) || !/^-?\d+(?:\.\d+)?$/.test(text)) return undefined;
  const { multiply = 1, divide = 1 } = entry.scale ?? {};
  const value = (Number(text) * divide) / multiply;
  return Number.isInteger(value) ? value : undefined;
}

function one(text: string, entry: MapEntry, about: InverseAbout): unknown {
  const { map, schema } = about;
  if (entry.map !== undefined) {
    const word = wordFor(text, entry, about);
    return word === undefined ? undefined : typed(word, schema);
  }
  if (Type.IsBoolean(schema)) {
    const { true: yes, false: no } = map.booleans;
    return text === yes ? true : text === no ? false : undefined;
  }
  return Type.IsInteger(schema) ? scaledBack(text, entry, schema) : text;
}

export interface InverseAbout {
  readonly map: SettingsMap;
  readonly schema: TSchema;
  /** What is known already of other settings in the same turn. */
  readonly setting: (path: string) => unknown;
}

/** The value, and what a format with another setting in it tells of that one (`host:port`). */
export interface Inverse {
  readonly value: unknown;
  readonly others: Readonly<Record<string, string>>;
}

interface Unformatted {
  readonly plain: string;
  readonly others: Readonly<Record<string, string>>;
}

/** What stands where `{value}` does in the entry's format; undefined where the text is not of it. */
function unformatted(
  text: string,
  format: string,
  setting: InverseAbout["setting"],
): Unformatted | undefined {
  const filled = format.replaceAll(/\{([^}]*)\}/g, (whole, path: string) => {
    const value = path === "value" ? undefined : setting(path);
    return typeof value === "string" || typeof value === "number" ? String(value) : whole;
  });
  const [before, first, between, second, behind, ...more] = filled.split(/\{([^}]*)\}/);
  if (before === undefined || first === undefined || between === undefined) return undefined;
  if (second === undefined || behind === undefined) {
    if (first !== "value" || text.length < before.length + between.length) return undefined;
    if (!text.startsWith(before) || !text.endsWith(between)) return undefined;
    return { plain: text.slice(before.length, text.length - between.length), others: {} };
  }
  // Two that are not known, with something between them to part them.
  if (more.length > 0 || between === "" || !text.startsWith(before) || !text.endsWith(behind))
    return undefined;
  const inner = text.slice(before.length, text.length - behind.length);
  const at = inner.lastIndexOf(between);
  if (at < 0) return undefined;
  const parts: Record<string, string> = {
    [first]: inner.slice(0, at),
    [second]: inner.slice(at + between.length),
  };
  const { value: plain, ...others } = parts;
  return plain === undefined ? undefined : { plain, others };
}

/**
 * The setting's value for what a vendor's key says: `format`, `join`, `scale` and `map` backwards; undefined where the
 * map would never have written it, or the setting does not take it.
 */
export function inverseValue(text: string, entry: MapEntry, about: InverseAbout): Inverse | undefined {
  const { schema, setting } = about;
  const found =
    entry.format === undefined ? { plain: text, others: {} } : unformatted(text, entry.format, setting);
  if (found === undefined) return undefined;
  const { plain, others } = found;
  if (!Type.IsArray(schema)) {
    const value = one(plain, entry, about);
    return value !== undefined && Check(schema, value) ? { value, others } : undefined;
  }
  const items = plain
    .split(entry.join ?? ",")
    .map((part) => one(part.trim(), entry, { ...about, schema: schema.items }));
  const known = items.filter((item) => item !== undefined);
  return known.length === items.length && Check(schema, known) ? { value: known, others } : undefined;
}

/** Text as a setting of this schema, or undefined. */
export function asSetting(text: string, schema: TSchema): unknown {
  const value = typed(text, schema);
  return value !== undefined && Check(schema, value) ? value : undefined;
}
