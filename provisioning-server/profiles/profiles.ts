import type { PhoneModel } from "./phone-model.ts";
import type { MapGroup, SettingsMap } from "./settings-map.ts";
import type { Shape } from "./shape.ts";
import type { ProfileFile, VendorProfile } from "./vendor-profile.ts";

/** A model with the map that holds for it: the family's, with the model's differences applied. */
export interface ModelProfile {
  readonly family: Family;
  readonly about: PhoneModel;
  readonly groups: readonly MapGroup[];
}

/** A folder of firmware-profiles, loaded and checked. */
export interface Family {
  /** The folder's name. */
  readonly id: string;
  readonly vendor: VendorProfile;
  readonly map: SettingsMap;
  /** By lower-case name, and by every other spelling. */
  readonly models: ReadonlyMap<string, ModelProfile>;
  readonly modelsByCode: ReadonlyMap<string, readonly ModelProfile[]>;
  readonly agents: readonly {
    readonly shape: Shape;
    readonly from: VendorProfile["identify"]["agents"][number];
  }[];
  readonly files: readonly { readonly file: ProfileFile; readonly shapes: readonly Shape[] }[];
  /** Setting paths that some entry carries. */
  readonly carried: ReadonlySet<string>;
}

/** All of firmware-profiles, read once at start. */
export interface Profiles {
  readonly families: readonly Family[];
}

/** The model's profile, by the vendor's and the model's word (case does not count). */
export function findModel(profiles: Profiles, vendor: string, model: string): ModelProfile | undefined {
  const word = model.toLowerCase();
  for (const family of profiles.families) {
    if (family.vendor.vendor !== vendor) continue;
    const found = family.models.get(word);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The families that share a vendor's word, the one that has the model first: unlike languages, like file names. */
export function familiesOf(
  profiles: Profiles,
  vendor: string | undefined,
  model: string | undefined,
): readonly Family[] {
  const families = profiles.families.filter((family) => family.vendor.vendor === vendor);
  const word = model?.toLowerCase();
  const own = word === undefined ? undefined : families.find((family) => family.models.has(word));
  return own === undefined ? families : [own, ...families.filter((family) => family !== own)];
}
