import type { Line } from "../../protocol/line.ts";
import type { LineKey, PhoneSettings } from "../../protocol/phone-settings.ts";
import type { KeyPlace } from "./key-places.ts";

type Group = Record<string, unknown>;

const isGroup = (value: unknown): value is Group =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function put(into: Group, path: readonly string[], value: unknown): void {
  const [name = "", ...rest] = path;
  if (rest.length === 0) {
    into[name] = value;
    return;
  }
  const inner = Object.hasOwn(into, name) ? into[name] : undefined;
  const group: Group = isGroup(inner) ? inner : {};
  into[name] = group;
  put(group, rest, value);
}

function at(from: unknown, path: readonly string[]): unknown {
  let here = from;
  for (const name of path) here = isGroup(here) && Object.hasOwn(here, name) ? here[name] : undefined;
  return here;
}

/** Elements of lists by their number, while they are being read. */
class Elements {
  readonly #byName = new Map<string, Group>();

  at(name: string): Group {
    const element = this.#byName.get(name) ?? {};
    this.#byName.set(name, element);
    return element;
  }

  get all(): readonly (readonly [string, Group])[] {
    return [...this.#byName];
  }
}

/** What has been read so far: the phone's own settings, its accounts, its keys, and the elements of its lists. */
export class GatheredSettings {
  readonly #phone: Group = {};
  readonly #lines = new Elements();
  readonly #keys = new Elements();
  readonly #lists = new Map<string, Elements>();

  /** Where a path of the map stands in this turn: which object, and the names to walk in it. */
  #placeOf(path: string, { line, key, module, n, group }: KeyPlace): { of: Group; names: string[] } {
    const [first = "", ...rest] = path.split(".");
    if (first === "line") return { of: this.#lines.at(String(line ?? 1)), names: rest };
    if (first === "key") return { of: this.#keys.at(`${module ?? 0} ${key ?? 0}`), names: rest };
    if (first === "item") {
      const elements = this.#lists.get(group.each ?? "") ?? new Elements();
      this.#lists.set(group.each ?? "", elements);
      return { of: elements.at(String(n ?? 1)), names: rest.length === 0 ? ["#"] : rest };
    }
    return { of: this.#phone, names: [first, ...rest] };
  }

  get(path: string, place: KeyPlace): unknown {
    const { of, names } = this.#placeOf(path, place);
    return at(of, names);
  }

  put(path: string, place: KeyPlace, value: unknown): void {
    const { of, names } = this.#placeOf(path, place);
    // `time.ntp.0` is an element of a list that has no group of its own.
    const index = /^\d+$/.test(names.at(-1) ?? "") ? Number(names.at(-1)) : undefined;
    if (index === undefined) {
      put(of, names, value);
      return;
    }
    const before = at(of, names.slice(0, -1));
    const list: unknown[] = Array.isArray(before) ? [...before] : [];
    list[index] = value;
    put(of, names.slice(0, -1), list);
  }

  /** An account that has no user is none: vendors write the switches of empty ones as well. */
  get lines(): Line[] {
    return this.#lines.all
      .filter(([, settings]) => typeof settings["user"] === "string" && settings["user"] !== "")
      .map(([index, settings]) => ({ index: Number(index), settings }))
      .toSorted((a, b) => a.index - b.index);
  }

  get settings(): PhoneSettings {
    const settings: Group = { ...this.#phone };
    const keys = this.#keys.all.flatMap(([name, key]): LineKey[] => {
      const [module = 0, position = 0] = name.split(" ").map(Number);
      const type = key["type"];
      if (typeof type !== "string" || type === "none") return [];
      return [
        {
          ...(key as Partial<LineKey>),
          ...(module === 0 ? {} : { module }),
          position,
          type: type as LineKey["type"],
        },
      ];
    });
    if (keys.length > 0)
      settings["keys"] = keys.toSorted(
        (a, b) => (a.module ?? 0) - (b.module ?? 0) || a.position - b.position,
      );
    for (const [path, elements] of this.#lists) {
      const items = elements.all
        .toSorted(([a], [b]) => Number(a) - Number(b))
        .map(([, element]) => (Object.hasOwn(element, "#") ? element["#"] : element));
      if (items.length > 0) put(settings, path.split("."), items);
    }
    return settings;
  }
}
