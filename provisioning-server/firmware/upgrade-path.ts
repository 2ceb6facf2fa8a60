import type { VendorProfile } from "../profiles/vendor-profile.ts";
import { inVersionRange, compareVersions } from "../profiles/version-range.ts";

type FirmwareAbout = VendorProfile["firmware"];
type Rule = NonNullable<FirmwareAbout["upgrades"]>[number];

/** Where a phone stands and where it should go. */
export interface UpgradeWish {
  readonly model: string;
  /** Absent: nobody knows; then only the goal itself is looked at. */
  readonly from?: string;
  readonly to: string;
  /** Revision of the phone's hardware, where it is known, and of the image for the goal. */
  readonly hardware?: string;
  readonly imageHardware?: string;
}

/** The versions to go through, the goal last; none where the phone is there already. */
export type UpgradePath =
  | { readonly kind: "steps"; readonly steps: readonly string[] }
  | { readonly kind: "refused"; readonly reason: string };

/** More steps than any vendor asks for: rules that send a phone in a circle end here. */
const mostSteps = 8;

/**
 * The way from one version to another by the vendor's rules (firmware-profiles/<family>/vendor.json, `firmware.upgrades`):
 * the first rule that fits names the version to go through first, or refuses.
 */
export function upgradePath(about: FirmwareAbout, wish: UpgradeWish): UpgradePath {
  const { from, to, hardware, imageHardware } = wish;
  if (!hardwareFits(imageHardware, hardware))
    return refused(`the image is for hardware ${imageHardware}, the phone is of ${hardware}`);
  if (from === undefined || sameVersion(from, to))
    return { kind: "steps", steps: from === undefined ? [to] : [] };
  const [line, wanted] = [lineOf(from, about.skip), lineOf(to, about.skip)];
  if (line !== wanted)
    return refused(
      `${to} is for other hardware: its versions begin with ${wanted}, the phone's with ${line}`,
    );
  const steps: string[] = [];
  let here = from;
  while (steps.length < mostSteps) {
    const rule = ruleFor(about, wish.model, here, to);
    if (rule?.refuse !== undefined) return refused(rule.refuse);
    if (rule?.via === undefined) return { kind: "steps", steps: [...steps, to] };
    here = line === "" ? rule.via : `${line}.${rule.via}`;
    steps.push(here);
  }
  return refused(`the rules from ${from} to ${to} go in a circle`);
}

const refused = (reason: string): UpgradePath => ({ kind: "refused", reason });

function ruleFor(
  { upgrades = [], skip }: FirmwareAbout,
  model: string,
  from: string,
  to: string,
): Rule | undefined {
  return upgrades.find(
    (rule) =>
      (rule.models === undefined || rule.models.includes(model)) &&
      (rule.from === undefined || inVersionRange(rule.from, from, skip)) &&
      (rule.to === undefined || inVersionRange(rule.to, to, skip)),
  );
}

/** The numbers that name the hardware, where a family has them: `96` of `96.87.0.15`. */
function lineOf(version: string, skip: number): string {
  return (version.match(/\d+/g) ?? []).slice(0, skip).map(Number).join(".");
}

/** `7-5-5`, `7.5.5` and `07.05.05` are one version; letters count. */
export function sameVersion(a: string, b: string): boolean {
  const letters = (version: string) => version.toLowerCase().replaceAll(/[^a-z]/g, "");
  return compareVersions(a, b) === 0 && letters(a) === letters(b);
}

/** Rules name versions on the way as vendors do, `5.7.3` for any build of it. */
export function beginsWithVersion(version: string, beginning: string): boolean {
  const [all, first] = [version, beginning].map((text) => (text.match(/\d+/g) ?? []).map(Number));
  return first?.every((number, index) => all?.[index] === number) === true;
}

/** `2` is exact, `>=4` and `<4` are bounds; what nobody knows fits. */
export function hardwareFits(image: string | undefined, phone: string | undefined): boolean {
  if (image === undefined || image === "" || phone === undefined || phone === "") return true;
  if (/^(>=|<)/.test(image)) return inVersionRange(image, phone, 0);
  return image.toLowerCase() === phone.toLowerCase();
}
