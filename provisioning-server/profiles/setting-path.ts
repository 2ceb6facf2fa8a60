import { Type, type TSchema } from "typebox";
import { LineKey, settingCatalogue } from "../../protocol/phone-settings.ts";

/** What a path of a settings map stands for. */
export interface PathAbout {
  readonly schema: TSchema;
  readonly secret: boolean;
}

const marked = (schema: TSchema): PathAbout => ({
  schema,
  secret: "secret" in schema && schema.secret === true,
});

// `server.url` is the address of our HTTPS door with a slash at its end: what a file for all phones of a model may tell.
const deviceFacts = new Set(["device.mac", "device.model", "device.label", "server.url"]);

function inside(schema: TSchema, rest: readonly string[]): TSchema | undefined {
  const [name, ...deeper] = rest;
  if (name === undefined) return schema;
  if (Type.IsObject(schema)) {
    const property = schema.properties[name];
    return property === undefined ? undefined : inside(property, deeper);
  }
  if (Type.IsArray(schema)) return /^\d+$/.test(name) ? inside(schema.items, deeper) : undefined;
  // A record (actionUrls): its names are checked where the setting is, not here.
  if (Type.IsRecord(schema)) {
    const [pattern, property] = Object.entries(schema.patternProperties)[0] ?? [];
    return pattern !== undefined && property !== undefined && new RegExp(pattern).test(name)
      ? inside(property, deeper)
      : undefined;
  }
  return undefined;
}

/** The leaf of the catalogue that a path is or lies in: `time.ntp.0` lies in `time.ntp`. */
export function catalogueLeaf(path: string): string | undefined {
  const parts = path.split(".");
  for (let length = parts.length; length > 0; length -= 1) {
    const leaf = parts.slice(0, length).join(".");
    if (settingCatalogue.has(leaf)) return leaf;
  }
  return undefined;
}

function item(path: string, each: string): PathAbout | undefined {
  const list = settingCatalogue.get(each)?.schema;
  if (list === undefined || !Type.IsArray(list)) return undefined;
  const schema = inside(list.items, path.split(".").slice(1));
  return schema === undefined ? undefined : marked(schema);
}

const meanings = new Map<string, PathAbout | undefined>();

/** What a path means in a group that repeats over `each`, or undefined for one that means nothing. */
export function settingPath(path: string, each = ""): PathAbout | undefined {
  const key = `${each} ${path}`;
  if (!meanings.has(key)) meanings.set(key, meaningOf(path, each));
  return meanings.get(key);
}

function meaningOf(path: string, each: string): PathAbout | undefined {
  if (path === "line.index") return { schema: Type.Integer(), secret: false };
  if (deviceFacts.has(path)) return { schema: Type.String(), secret: false };
  if (path === "item" || path.startsWith("item.")) return item(path, each);
  if (path.startsWith("key.")) {
    if (each !== "key" && each !== "module-key") return undefined;
    const schema = inside(LineKey, path.split(".").slice(1));
    return schema === undefined ? undefined : marked(schema);
  }
  const leaf = catalogueLeaf(path);
  const about = leaf === undefined ? undefined : settingCatalogue.get(leaf);
  if (leaf === undefined || about === undefined) return undefined;
  const rest = path.slice(leaf.length + 1);
  const schema = inside(about.schema, rest === "" ? [] : rest.split("."));
  return schema === undefined ? undefined : { schema, secret: about.secret || marked(schema).secret };
}
