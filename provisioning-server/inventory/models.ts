import type { MacAddress } from "../../protocol/mac-address.ts";
import { findModel, type Profiles } from "../profiles/profiles.ts";
import { closestWord } from "./closest-word.ts";
import { done, refused, type Verb } from "./flaw.ts";

/** A model as the profiles spell it. */
export interface ModelName {
  readonly vendor: string;
  readonly model: string;
  /** Accounts it can have. */
  readonly lines: number;
}

/** The vendor whose MAC prefixes hold this one, the longest prefix first. */
export function vendorOfMac(profiles: Profiles, mac: MacAddress): string | undefined {
  let best: { vendor: string; length: number } | undefined;
  for (const { vendor } of profiles.families)
    for (const prefix of vendor.identify.macPrefixes)
      if (mac.startsWith(prefix) && prefix.length > (best?.length ?? 0))
        best = { vendor: vendor.vendor, length: prefix.length };
  return best?.vendor;
}

/** Finds a model by the words a person gave; without a vendor, by the MAC's, or by a model name that only one vendor has. */
export function nameModel(
  profiles: Profiles,
  given: { readonly mac: MacAddress; readonly vendor?: string; readonly model: string },
): Verb<ModelName> {
  const vendors = [...new Set(profiles.families.map((family) => family.vendor.vendor))].toSorted();
  const vendor = given.vendor?.toLowerCase();
  if (vendor !== undefined && !vendors.includes(vendor))
    return refused({ place: "vendor", expected: `one of ${vendors.join(", ")}`, found: given.vendor ?? "" });
  const guessed = vendor ?? vendorOfMac(profiles, given.mac);
  const tried = guessed === undefined ? vendors : [guessed, ...(vendor === undefined ? vendors : [])];
  for (const each of tried) {
    const profile = findModel(profiles, each, given.model);
    if (profile !== undefined)
      return done({ vendor: each, model: profile.about.model, lines: profile.about.lines });
  }
  return refused(unknownModel(profiles, given.model, guessed));
}

function unknownModel(profiles: Profiles, model: string, vendor: string | undefined) {
  const names = profiles.families
    .filter((family) => vendor === undefined || family.vendor.vendor === vendor)
    .flatMap((family) => [...family.models.values()].map((each) => each.about.model));
  const close = closestWord(model, new Set(names));
  return {
    place: "model",
    expected: `a model${vendor === undefined ? "" : ` of ${vendor}`} that the profiles have`,
    found: model,
    remedy: close === undefined ? "`offhook profile list` names them." : `Was ${close} meant?`,
  };
}
