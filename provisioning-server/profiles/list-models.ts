import type { PhoneModel } from "./phone-model.ts";
import type { Profiles } from "./profiles.ts";

/** A model in a list: what one chooses by. */
export interface ListedModel {
  readonly vendor: string;
  readonly model: string;
  /** golden: proved by an example with its files. listed: facts only. */
  readonly mark: PhoneModel["mark"];
  /** Folder of firmware-profiles. */
  readonly family: string;
  readonly kind: PhoneModel["kind"];
  readonly lines: number;
  readonly keys: number;
}

/** Every model once, by vendor, then by name with its numbers in their order. */
export function listModels(profiles: Profiles): ListedModel[] {
  const order = new Intl.Collator("en", { numeric: true });
  return profiles.families
    .flatMap((family) =>
      [...new Set(family.models.values())].map(({ about }) => ({
        vendor: family.vendor.vendor,
        model: about.model,
        mark: about.mark,
        family: family.id,
        kind: about.kind,
        lines: about.lines,
        keys: about.keys,
      })),
    )
    .toSorted((a, b) => order.compare(a.vendor, b.vendor) || order.compare(a.model, b.model));
}
