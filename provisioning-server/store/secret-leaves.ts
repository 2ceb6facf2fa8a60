import { LineSettings, PhoneSettings } from "../../protocol/phone-settings.ts";

// Which leaves of a stored document are secrets follows from the schema (`secret: true`), never from a list of our own.

/** A document whose secrets can be found: a phone (`lines`, `settings`, `raw`) or a site (`settings`). */
export interface SecretHolder {
  readonly lines?: readonly { readonly settings: unknown }[];
  readonly settings?: unknown;
  readonly raw?: Readonly<Record<string, string>>;
}

interface Shape {
  readonly secret?: boolean;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
}

/** Vendor keys are written by hand and may carry anything, so every one of them is sealed. */
const secretShape: Shape = { secret: true };

function shapeOf(holder: SecretHolder): Shape {
  const raw = Object.fromEntries(Object.keys(holder.raw ?? {}).map((key) => [key, secretShape]));
  return {
    properties: {
      lines: { items: { properties: { settings: LineSettings as Shape } } },
      settings: PhoneSettings as Shape,
      raw: { properties: raw },
    },
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type Leaf = (value: string, pointer: string) => string | undefined;

/** A copy of `value` with every secret leaf replaced by what `leaf` says; undefined leaves it out. */
function mapLeaves(shape: Shape, value: unknown, pointer: string, leaf: Leaf): unknown {
  if (shape.secret === true) return typeof value === "string" ? leaf(value, pointer) : value;
  const { items, properties } = shape;
  if (Array.isArray(value) && items !== undefined)
    return value.map((each, index) => mapLeaves(items, each, `${pointer}/${index}`, leaf));
  if (!isRecord(value) || properties === undefined) return value;
  const entries = Object.entries(value).map(([name, child]) => {
    const inner = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const step = `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    return [name, inner === undefined ? child : mapLeaves(inner, child, step, leaf)] as const;
  });
  return Object.fromEntries(entries.filter(([, child]) => child !== undefined));
}

/** The document without its secrets, and the secrets by JSON pointer. */
export function takeSecrets(holder: SecretHolder): { doc: unknown; secrets: Map<string, string> } {
  const secrets = new Map<string, string>();
  const doc = mapLeaves(shapeOf(holder), holder, "", (value, pointer) => {
    secrets.set(pointer, value);
    return undefined;
  });
  return { doc, secrets };
}

/** A copy with dots in place of secrets, for people. Vendor keys show unless their name speaks of a secret. */
export function maskSecrets<T extends SecretHolder>(holder: T): T {
  const masked = mapLeaves(shapeOf(holder), holder, "", (value, pointer) =>
    pointer.startsWith("/raw/") && !/pass|pwd|secret|pin|key|token|auth/i.test(pointer) ? value : "••••",
  );
  return masked as T;
}

/** Puts secrets back where {@link takeSecrets} took them; the document is changed in place. */
export function giveSecrets(doc: unknown, secrets: ReadonlyMap<string, string>): void {
  for (const [pointer, value] of secrets) {
    const steps = pointer
      .slice(1)
      .split("/")
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = steps.pop();
    let at: unknown = doc;
    for (const step of steps) at = isRecord(at) || Array.isArray(at) ? Reflect.get(at, step) : undefined;
    if (last !== undefined && isRecord(at))
      Object.defineProperty(at, last, { value, enumerable: true, writable: true, configurable: true });
  }
}
