import type { PhoneModel } from "./phone-model.ts";
import { findModel, type Profiles } from "./profiles.ts";
import { fillShape } from "./shape.ts";
import type { VendorProfile } from "./vendor-profile.ts";

/** A file that a model asks for, by the name it asks with; `{mac}` where that stands. */
export interface DescribedFile {
  readonly id: string;
  readonly name: string;
  readonly kind: VendorProfile["files"][number]["kind"];
  readonly served: boolean;
  readonly why?: string;
}

/** All that is known of a model: its own facts, and what its family says of it. */
export interface DescribedModel {
  readonly vendor: string;
  readonly vendorName: string;
  readonly family: string;
  readonly facts: Omit<PhoneModel, "differences" | "adds" | "settings">;
  readonly files: readonly DescribedFile[];
  readonly discovery: VendorProfile["discovery"];
  readonly resync: VendorProfile["resync"];
  readonly security: VendorProfile["security"];
  readonly quirks: VendorProfile["quirks"];
  /** Keys that this model writes otherwise than its family. */
  readonly differences: readonly { readonly key: string; readonly why: string }[];
  /** Settings without a key here, each with the reason. */
  readonly lacks: Readonly<Record<string, string>>;
  readonly sources: readonly string[];
}

/** A MAC that fills a name's place so that it can be found again. */
const placeholderMac = "0a1b2c3d4e5f";

function filesOf(profile: NonNullable<ReturnType<typeof findModel>>): DescribedFile[] {
  const { about, family } = profile;
  return family.files.map(({ file, shapes }) => {
    const [shape] = shapes;
    const values = {
      mac: placeholderMac,
      model: about.model,
      ...(about.fileCode === undefined ? {} : { code: about.fileCode }),
    };
    const filled = shape === undefined ? undefined : fillShape(shape, values);
    const name = (filled ?? file.path)
      .replaceAll(placeholderMac, "{mac}")
      .replaceAll(placeholderMac.toUpperCase(), "{MAC}");
    const { id, kind, why } = file;
    return { id, name, kind, served: file.carries !== undefined, ...(why === undefined ? {} : { why }) };
  });
}

/** Describes a model, or undefined for one that the profiles have not. Case does not count. */
export function describeModel(profiles: Profiles, vendor: string, model: string): DescribedModel | undefined {
  const profile = findModel(profiles, vendor.toLowerCase(), model);
  if (profile === undefined) return undefined;
  const { differences = [], adds: _adds, settings: _settings, ...facts } = profile.about;
  const { vendor: about, map, id } = profile.family;
  return {
    vendor: about.vendor,
    vendorName: about.name,
    family: id,
    facts,
    files: filesOf(profile),
    discovery: about.discovery,
    resync: about.resync,
    security: about.security,
    quirks: about.quirks,
    differences: differences.map(({ key, why }) => ({ key, why })),
    lacks: map.lacks ?? {},
    sources: [...new Set([...facts.sources, ...about.sources])],
  };
}
