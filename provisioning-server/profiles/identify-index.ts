import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Family, Profiles } from "./profiles.ts";
import type { MatchOptions, Shape } from "./shape.ts";

// With some thirty families an agent or a path meets hundreds of shapes. Most differ in their first letters or in what
// stands behind the last dot, so these two look-ups leave a handful to be matched.

export interface AgentShape {
  readonly family: Family;
  /** Place in the family's list: the first that fits is taken. */
  readonly order: number;
  readonly shape: Shape;
  readonly from: Family["agents"][number]["from"];
  readonly options: MatchOptions;
}

export interface FileShape {
  readonly family: Family;
  readonly order: number;
  readonly shape: Shape;
  readonly file: Family["files"][number]["file"];
  readonly options: MatchOptions;
}

/** What identification looks up; made once for a registry. */
export interface IdentifyIndex {
  /** Every family's first agent shape that could fit, families in no order of meaning. */
  agentShapes(lower: string): readonly AgentShape[];
  fileShapes(lowerName: string): readonly FileShape[];
  filesOf(family: Family): readonly FileShape[];
  /** Vendors that own the longest prefix of this MAC that anybody owns. */
  vendorsOfMac(mac: MacAddress): readonly string[];
}

// Agents are told apart by their first letters; a shape with fewer letters in front is tried on every agent.
const leadLetters = 3;

function push<T>(buckets: Map<string, T[]>, key: string, item: T): void {
  const bucket = buckets.get(key);
  if (bucket === undefined) buckets.set(key, [item]);
  else bucket.push(item);
}

const ending = (lowerName: string): string => lowerName.slice(lowerName.lastIndexOf(".") + 1);

function agentShapesOf(family: Family): AgentShape[] {
  return family.agents.map(({ shape, from }, order) => {
    const drop = from.modelWithout ?? "";
    const isModel = (word: string) =>
      family.models.has((drop === "" ? word : word.replaceAll(drop, "")).toLowerCase());
    return { family, order, shape, from, options: { isModel } };
  });
}

function fileShapesOf(family: Family): FileShape[] {
  const options = { isModel: (word: string) => family.models.has(word.toLowerCase()) };
  return family.files.flatMap(({ file, shapes }, order) =>
    shapes.map((shape) => ({ family, order, shape, file, options })),
  );
}

function prefixIndex(families: readonly Family[]): IdentifyIndex["vendorsOfMac"] {
  const vendors = new Map<string, Set<string>>();
  for (const { vendor } of families)
    for (const prefix of vendor.identify.macPrefixes)
      vendors.set(prefix, (vendors.get(prefix) ?? new Set()).add(vendor.vendor));
  const owners = new Map([...vendors].map(([prefix, names]) => [prefix, [...names].toSorted()]));
  const lengths = [...new Set([...owners.keys()].map((prefix) => prefix.length))].toSorted((a, b) => b - a);
  return (mac) => {
    for (const length of lengths) {
      const found = owners.get(mac.slice(0, length));
      if (found !== undefined) return found;
    }
    return [];
  };
}

function build(families: readonly Family[]): IdentifyIndex {
  const agents = new Map<string, AgentShape[]>();
  const files = new Map<string, FileShape[]>();
  const byFamily = new Map<Family, FileShape[]>();
  for (const family of families) {
    for (const each of agentShapesOf(family)) push(agents, each.shape.lead.slice(0, leadLetters), each);
    const own = fileShapesOf(family);
    byFamily.set(family, own);
    for (const each of own) push(files, each.shape.tail.includes(".") ? ending(each.shape.tail) : "", each);
  }
  // Shapes with a short lead stand in buckets of one or two letters, or none.
  const short = [...agents].filter(([lead]) => lead.length < leadLetters).flatMap(([, shapes]) => shapes);
  const joined = new Map([...agents].map(([lead, shapes]) => [lead, [...shapes, ...short]]));
  const anyEnding = files.get("") ?? [];
  const byEnding = new Map([...files].map(([end, shapes]) => [end, [...shapes, ...anyEnding]]));
  return {
    agentShapes: (lower) => joined.get(lower.slice(0, leadLetters)) ?? short,
    fileShapes: (lowerName) => byEnding.get(ending(lowerName)) ?? anyEnding,
    filesOf: (family) => byFamily.get(family) ?? [],
    vendorsOfMac: prefixIndex(families),
  };
}

const made = new WeakMap<readonly Family[], IdentifyIndex>();

/** The index of a registry, made at its first use. */
export function identifyIndex({ families }: Profiles): IdentifyIndex {
  let index = made.get(families);
  if (index === undefined) {
    index = build(families);
    made.set(families, index);
  }
  return index;
}
