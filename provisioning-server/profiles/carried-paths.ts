import { findEncoding } from "./encodings/list.ts";
import { catalogueLeaf } from "./setting-path.ts";
import type { MapGroup } from "./settings-map.ts";

/** Which settings the map carries in some way; the rest a person may set in vain, and is told so. */
export function carriedPaths(groups: readonly MapGroup[]): Set<string> {
  const carried = new Set<string>();
  const add = (path: string | undefined) => {
    const leaf = path === undefined ? undefined : catalogueLeaf(path);
    if (leaf !== undefined) carried.add(leaf);
  };
  for (const group of groups) {
    add(group.each === "key" || group.each === "module-key" ? "keys" : group.each);
    for (const entry of group.entries) {
      add(entry.value);
      for (const [, path] of (entry.format ?? "").matchAll(/\{([^}]*)\}/g)) add(path);
      for (const conditions of [entry.when, entry.unless, group.when, group.unless])
        for (const path of Object.keys(conditions ?? {})) add(path);
      if (entry.encoding !== undefined)
        for (const path of findEncoding(entry.encoding)?.settings ?? []) add(path);
    }
  }
  return carried;
}
