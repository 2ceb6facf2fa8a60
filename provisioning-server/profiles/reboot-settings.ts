import type { ModelProfile } from "./profiles.ts";

const known = new WeakMap<ModelProfile, ReadonlySet<string>>();

/** Settings whose change makes the model restart, as far as its map says; a map that marks none says nothing. */
export function rebootSettings(profile: ModelProfile): ReadonlySet<string> {
  let settings = known.get(profile);
  if (settings === undefined) {
    const entries = profile.groups.flatMap((group) => group.entries);
    const paths = entries.flatMap((entry) =>
      entry.reboots === true && entry.value !== undefined ? [entry.value] : [],
    );
    settings = new Set(paths);
    known.set(profile, settings);
  }
  return settings;
}
