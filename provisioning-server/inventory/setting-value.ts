import { Value } from "typebox/value";
import { decoded, mismatch, type Decoded } from "../../protocol/decoded.ts";
import type { SettingAbout } from "../../protocol/phone-settings.ts";

interface Shape {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly items?: Shape;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly names?: "time-zone";
}

const words: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["on", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["off", false],
  ["0", false],
]);

/**
 * A setting's value from a cell or an argument, checked by the setting's own schema. Numbers and flags are read from
 * their words, lists from words between spaces or commas, and lists of objects from JSON. Text stays as it is, zeros in
 * front included. A secret is never quoted in the mismatch.
 */
export function decodeSettingValue(about: SettingAbout, text: string, place: string): Decoded<unknown> {
  const shape = about.schema as Shape;
  const expected = describeSetting(about);
  const found = about.secret ? "a value that does not fit" : text === "" ? "nothing" : text;
  const value = readText(shape, text);
  if (value === undefined) return mismatch(place, expected, found);
  // No setting carries control characters, and in a config of lines they would start lines of their own.
  if (typeof value === "string" && /\p{Cc}/u.test(value))
    return mismatch(
      place,
      `${expected}, without control characters`,
      about.secret ? found : JSON.stringify(text),
    );
  if (!Value.Check(about.schema, value)) return mismatch(place, expected, found);
  if (shape.names === "time-zone" && !isTimeZone(value)) return mismatch(place, expected, found);
  return decoded(value);
}

/** Whether the tz database of this Node has the name; offsets such as `+01:00` know no daylight saving and are none. */
export function isTimeZone(name: unknown): boolean {
  if (typeof name !== "string" || !/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

function readText(shape: Shape, text: string): unknown {
  switch (shape.type) {
    case "integer":
    case "number":
      return /^-?\d{1,12}$/.test(text.trim()) ? Number(text.trim()) : undefined;
    case "boolean":
      return words.get(text.trim().toLowerCase());
    case "array":
      if (text.trimStart().startsWith("[")) return readJson(text);
      return shape.items?.type === "object" ? undefined : text.split(/[\s,;]+/).filter((word) => word !== "");
    case "object":
      return readJson(text);
    case undefined:
    default:
      return text;
  }
}

function readJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value ?? undefined;
  } catch {
    return undefined;
  }
}

/** What a setting takes, in words: "a whole number from 60 to 86400 (s)". */
export function describeSetting(about: SettingAbout): string {
  const unit = about.unit === undefined ? "" : ` (${about.unit})`;
  return `${describeShape(about.schema as Shape)}${unit}`;
}

function describeShape(shape: Shape): string {
  if (shape.names === "time-zone") return "a name of the tz database, such as Europe/Berlin";
  if (shape.enum !== undefined) return `one of ${shape.enum.join(", ")}`;
  switch (shape.type) {
    case "integer":
      return `a whole number from ${shape.minimum ?? "-∞"} to ${shape.maximum ?? "∞"}`;
    case "boolean":
      return "yes or no";
    case "array":
      return shape.items?.type === "object"
        ? `a JSON list of at most ${shape.maxItems ?? "∞"} objects`
        : `a list of at most ${shape.maxItems ?? "∞"}, each ${describeShape(shape.items ?? {})}`;
    case "object":
      return "a JSON object";
    case undefined:
    default:
      return `text of at most ${shape.maxLength ?? 255} characters`;
  }
}
