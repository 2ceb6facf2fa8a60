import type { LineKey } from "../../../../protocol/phone-settings.ts";
import type { EncodingInput } from "../encoding.ts";

/** A place for a key: on the phone, or on a module, by its number from 1. */
export interface KeyPlace {
  readonly module: number | undefined;
  readonly position: number;
  /** Absent: the device leaves the place free. */
  readonly key: LineKey | undefined;
}

/**
 * Every place of the model, in order, with the key that the device puts there, and sentences on keys without a place. Places
 * of modules only up to the last one used: nobody tells us how many are plugged in. Undefined where nobody set any key.
 */
export function phoneKeys({
  setting,
  model,
}: EncodingInput): { readonly places: readonly KeyPlace[]; readonly notes: readonly string[] } | undefined {
  const found = setting("keys");
  if (!Array.isArray(found)) return undefined;
  // The catalogue's schema has been checked where the setting came in.
  const keys: readonly LineKey[] = found;
  const { most = 0, keys: each = 0 } = model.modules ?? {};
  const byPlace = new Map(keys.map((key) => [`${key.module ?? 0} ${key.position}`, key]));
  const used = keys.map((key) => key.module ?? 0).filter((module) => module >= 1 && module <= most);
  const places: KeyPlace[] = [];
  for (const module of [0, ...new Set(used.toSorted((a, b) => a - b))])
    for (let position = 1; position <= (module === 0 ? model.keys : each); position += 1)
      places.push({
        module: module === 0 ? undefined : module,
        position,
        key: byPlace.get(`${module} ${position}`),
      });
  const taken = new Set(places.flatMap(({ key }) => key ?? []));
  const notes = keys
    .filter((key) => !taken.has(key))
    .map(({ module, position }) =>
      module === undefined
        ? `${model.model} has ${model.keys} keys: the one on position ${position} is left out`
        : `${model.model} takes ${most} modules of ${each} keys: key ${position} of module ${module} is left out`,
    );
  return { places, notes };
}
