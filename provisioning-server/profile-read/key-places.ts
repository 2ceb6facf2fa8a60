import type { MapEntry, MapGroup } from "../profiles/settings-map.ts";
import type { ModelProfile } from "../profiles/profiles.ts";

/** What a vendor's key can stand for: an entry of the map, in one turn of its group. */
export interface KeyPlace {
  readonly entry: MapEntry;
  readonly group: MapGroup;
  /** 1-based account, key, module, or element of a list. */
  readonly line?: number;
  readonly key?: number;
  readonly module?: number;
  readonly n?: number;
  /** What the encoding calls this part, where the key has a `{name}`. */
  readonly name?: string;
}

/** Finds what a key stands for; undefined for one that the map does not have. */
export type KeyPlaces = (key: string) => readonly KeyPlace[];

type Turn = Omit<KeyPlace, "entry" | "group" | "name"> & { readonly bank?: string; readonly place?: number };

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);
/** Lists (phonebooks, time servers) are short. */
const mostElements = 10;

function keyTurns({ about, family }: ModelProfile): Turn[] {
  return upTo(about.keys).map((key) => {
    let place = key;
    for (const bank of about.keyBanks ?? []) {
      if (place <= bank.keys) return { key, bank: bank.name, place };
      place -= bank.keys;
    }
    return { key, bank: family.map.keyBank ?? "", place: key };
  });
}

function turnsOf(group: MapGroup, model: ModelProfile): Turn[] {
  const { about } = model;
  switch (group.each) {
    case undefined:
      return [{}];
    case "line":
      return upTo(about.lines).map((line) => ({ line }));
    case "key":
      return keyTurns(model);
    case "module-key":
      return upTo(about.modules?.most ?? 0).flatMap((module) =>
        upTo(about.modules?.keys ?? 0).map((key) => ({ module, key })),
      );
    default:
      return upTo(mostElements).map((n) => ({ n }));
  }
}

/** The key of an entry in one turn; where it has a `{name}`, what stands before and behind it. */
function keyText(entry: MapEntry, turn: Turn): readonly [string, string?] | undefined {
  const template = typeof entry.key === "string" ? entry.key : entry.key[(turn.line ?? 1) - 1];
  if (template === undefined) return undefined;
  const numbers: Readonly<Record<string, string | number | undefined>> = { ...turn };
  const filled = template.replaceAll(/\{(\w+?)(0?)\}/g, (whole, word: string, zero: string) => {
    if (word === "name") return whole;
    const value = numbers[word];
    return typeof value === "number" && zero !== "" ? String(value - 1) : String(value ?? "");
  });
  const [before = "", behind] = filled.split("{name}");
  return behind === undefined ? [before] : [before, behind];
}

/** The keys that a map writes for a model, each with what it stands for. */
export function keyPlaces(model: ModelProfile): KeyPlaces {
  const plain = new Map<string, KeyPlace[]>();
  const named: { readonly before: string; readonly behind: string; readonly place: KeyPlace }[] = [];
  for (const group of model.groups)
    for (const turn of turnsOf(group, model))
      for (const entry of group.entries) {
        const text = keyText(entry, turn);
        if (text === undefined) continue;
        const { bank: _, place: __, ...numbers } = turn;
        const place: KeyPlace = { entry, group, ...numbers };
        const [key, behind] = text;
        if (behind !== undefined) named.push({ before: key, behind, place });
        else plain.set(key, [...(plain.get(key) ?? []), place]);
      }
  return (key) =>
    plain.get(key) ??
    named
      .filter(({ before, behind }) => key.length > before.length + behind.length)
      .filter(({ before, behind }) => key.startsWith(before) && key.endsWith(behind))
      .toSorted((a, b) => b.before.length - a.before.length)
      .slice(0, 1)
      .map(({ before, behind, place }) => ({
        ...place,
        name: key.slice(before.length, behind === "" ? undefined : -behind.length),
      }));
}
