import { Type, type TSchema } from "typebox";
import { Value } from "typebox/value";
import { mismatch, type Mismatch } from "./decoded.ts";

/** What this reads of a schema; every typebox schema is JSON Schema. */
interface Described {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Described[];
  readonly items?: TSchema;
  readonly properties?: Record<string, TSchema>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

/**
 * Every place where `value` is not what the schema wants, in reading order; empty when it fits. For input that people
 * write (settings, site files): all problems at once. Validators stop at the eighth error, so this walks by itself.
 *
 * @param place where `value` stands, as prefix of each mismatch's place, such as `/probes/3`
 */
export function schemaMismatches(schema: TSchema, value: unknown, place = ""): Mismatch[] {
  const about = schema as Described;
  if (about.properties !== undefined && isObject(value)) return inObject(about, value, place);
  if (about.type === "array" && about.items !== undefined && Array.isArray(value))
    return inArray(about, about.items, value, place);
  if (Value.Check(schema, value)) return [];
  return [mismatch(place === "" ? "/" : place, expectation(about), shown(value)).why];
}

function inObject(about: Described, value: Record<string, unknown>, place: string): Mismatch[] {
  const properties = about.properties ?? {};
  const found: Mismatch[] = [];
  for (const [name, child] of Object.entries(properties)) {
    if (Object.hasOwn(value, name)) found.push(...schemaMismatches(child, value[name], `${place}/${name}`));
    else if (about.required?.includes(name) === true)
      found.push(mismatch(`${place}/${name}`, expectation(child as Described), "nothing").why);
  }
  if (about.additionalProperties !== false) return found;
  const known = Object.keys(properties).join(", ");
  for (const name of Object.keys(value))
    if (!Object.hasOwn(properties, name))
      found.push({ place: `${place}/${name}`, expected: `one of ${known}`, found: `unknown key "${name}"` });
  return found;
}

function inArray(about: Described, items: TSchema, value: readonly unknown[], place: string): Mismatch[] {
  const bounds = {
    ...(about.minItems === undefined ? {} : { minItems: about.minItems }),
    ...(about.maxItems === undefined ? {} : { maxItems: about.maxItems }),
  };
  if (!Value.Check(Type.Array(Type.Unknown(), bounds), value))
    return [mismatch(place === "" ? "/" : place, expectation(about), `${value.length} entries`).why];
  return value.flatMap((item, index) => schemaMismatches(items, item, `${place}/${index}`));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return isObject(value) ? "a table" : JSON.stringify(value);
}

/** What would fit, in words: `an integer from 1 to 3600`, `one of "a", "b"`. */
function expectation(about: Described): string {
  if (about.const !== undefined) return JSON.stringify(about.const);
  if (about.enum !== undefined) return `one of ${about.enum.map((each) => JSON.stringify(each)).join(", ")}`;
  if (about.anyOf !== undefined) return about.anyOf.map(expectation).join(" or ");
  if (about.type === "array") return `a list${bounds(about.minItems, about.maxItems, " of", " entries")}`;
  if (about.type === "object") return "a table";
  if (about.type === "integer") return `an integer${bounds(about.minimum, about.maximum)}`;
  if (about.type === "number") return `a number${bounds(about.minimum, about.maximum)}`;
  if (about.type === "boolean") return "true or false";
  if (about.type === "null") return "null";
  if (about.type !== "string") return about.description ?? "something else";
  if (about.pattern !== undefined) return `text like ${about.pattern}`;
  return about.maxLength === undefined ? "text" : `text of at most ${about.maxLength} characters`;
}

function bounds(low: number | undefined, high: number | undefined, lead = "", unit = ""): string {
  if (low !== undefined && high !== undefined) return `${lead} from ${low} to ${high}${unit}`;
  if (low !== undefined) return `${lead} at least ${low}${unit}`;
  return high === undefined ? "" : `${lead} at most ${high}${unit}`;
}
