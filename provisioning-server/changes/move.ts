import { done, refused, type Flaw, type Verb } from "../inventory/flaw.ts";
import type { ChangeEntry, Leaves } from "../store/change-sets.ts";
import type { StoreHandle } from "../store/open-store.ts";
import type { Keeper } from "./keepers.ts";
import { changeBetween, differingPaths, isSame, isSecretLeaf, pathsOf } from "./leaves.ts";

/** A change from the state `before` to the state `after`; taken back, it is a change from `after` to `before`. */
export function reversed({ holder, name, before, after }: ChangeEntry): ChangeEntry {
  return {
    holder,
    name,
    ...(after === undefined ? {} : { before: after }),
    ...(before === undefined ? {} : { after: before }),
  };
}

/** In which order: what others stand on comes first and goes last. */
export function inOrder(entries: readonly ChangeEntry[]): ChangeEntry[] {
  const rank = { tenant: 0, site: 1, device: 2 } as const;
  const order = ({ holder, after }: ChangeEntry) => (after === undefined ? 10 - rank[holder] : rank[holder]);
  return entries.toSorted((a, b) => order(a) - order(b));
}

/** What stands in the way of a change: settings that are no longer as it found them. */
export function conflictsOf(entry: ChangeEntry, stands: Leaves | undefined): Flaw[] {
  const { holder, name, before, after } = entry;
  const place = holder === "device" ? `phone ${name}` : `${holder} ${name}`;
  if (before === undefined)
    return stands === undefined ? [] : [{ place, expected: "none of this name", found: "one that is there" }];
  if (stands === undefined) return [{ place, expected: "it to be there", found: "nothing" }];
  const paths = after === undefined ? differingPaths(before, stands) : pathsOf(entry);
  return paths.flatMap((path) => {
    const value = stands.get(path);
    if (isSame(value, before.get(path)) || (after !== undefined && isSame(value, after.get(path)))) return [];
    return [
      { place: `${place}, ${path}`, expected: shown(path, before.get(path)), found: shown(path, value) },
    ];
  });
}

/** For people; secrets are dots. */
export function shown(path: string, value: unknown): string {
  if (value === undefined) return "not set";
  if (isSecretLeaf(path)) return "••••";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Makes one thing as the change says; settings that it does not name stay. What it really changed comes back. */
export async function move(
  inside: StoreHandle,
  keeper: Keeper,
  entry: ChangeEntry,
  force: boolean,
): Promise<Verb<ChangeEntry | undefined>> {
  const { holder, name, before, after } = entry;
  const stands = await keeper.read(inside, name);
  const conflicts = conflictsOf(entry, stands);
  // What is not there cannot be set, whatever the will; everything else is a setting that gives way.
  const isHopeless = stands === undefined && before !== undefined && after !== undefined;
  if (conflicts.length > 0 && (!force || isHopeless)) return refused(...conflicts);
  if (after === undefined) {
    if (stands === undefined) return done(undefined);
    const gone = await keeper.remove(inside, name);
    return gone.ok ? done(changeBetween(holder, name, stands, undefined)) : gone;
  }
  const wanted = new Map(pathsOf(entry).map((path) => [path, after.get(path)] as const));
  const put = await keeper.put(inside, name, wanted);
  return put.ok ? done(changeBetween(holder, name, stands, await keeper.read(inside, name))) : put;
}
