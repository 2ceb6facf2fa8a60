import type { Family, ModelProfile, Profiles } from "../profiles/profiles.ts";

/** What the name of an image's file tells. */
export interface ImageGuess {
  readonly vendor?: string;
  readonly version?: string;
  /** As the profiles spell them. */
  readonly models: readonly string[];
}

/**
 * What a file's name tells, by the families' own lines of firmware (`firmwareLine` in models/*.json): the first number of a
 * Yealink version, the front of a Snom or Cisco name, the whole name of a Grandstream or Mitel image.
 */
export function guessImage(name: string, profiles: Profiles, vendor?: string): ImageGuess {
  const families = profiles.families.filter(
    (family) => vendor === undefined || family.vendor.vendor === vendor,
  );
  const fits = families.flatMap((family) => modelsOf(family, name).map((fit) => ({ ...fit, family })));
  const longest = Math.max(0, ...fits.map(({ told }) => told));
  const best = fits.filter(({ told }) => told === longest);
  const vendors = new Set(best.map(({ family }) => family.vendor.vendor));
  const [only] = vendors;
  if (vendors.size !== 1 || only === undefined) return { models: [], ...versionIn(name, "") };
  const models = [...new Set(best.map(({ model }) => model.about.model))].toSorted();
  return { vendor: only, models, ...versionIn(name, best[0]?.line ?? "") };
}

interface Fit {
  readonly model: ModelProfile;
  /** The line of firmware, where the name begins with it; else empty. */
  readonly line: string;
  /** How much of the name it explains. */
  readonly told: number;
}

function modelsOf(family: Family, name: string): Fit[] {
  if (!isImageName(family, name)) return [];
  const lower = name.toLowerCase();
  const { skip } = family.vendor.firmware;
  const version = versionIn(name, "").version;
  const hardware = (version?.match(/\d+/g) ?? []).slice(0, skip).join(".");
  const fits: Fit[] = [];
  for (const model of new Set(family.models.values())) {
    const line = model.about.firmwareLine?.split(" ")[0]?.toLowerCase();
    if (line === undefined) continue;
    if (skip > 0) {
      if (line === hardware) fits.push({ model, line: "", told: 1 });
    } else if (beginsWith(lower, line)) fits.push({ model, line, told: line.length });
  }
  return fits;
}

/** Whether the family asks for files of such a name as images at all. */
function isImageName(family: Family, name: string): boolean {
  const lower = name.toLowerCase();
  return family.files
    .filter(({ file }) => file.kind === "firmware")
    .some(({ shapes }) => shapes.some((shape) => lower.endsWith(shape.tail) && shape.tail !== ""));
}

/** `x5u` begins `x5u-6924…` and not `x5u2…`. */
function beginsWith(name: string, line: string): boolean {
  return name.startsWith(line) && !/^[a-z0-9]/.test(name.slice(line.length));
}

/** The last run of at least two numbers behind the line: `spa50x-30x-7-5-5.bin` is 7-5-5. */
function versionIn(name: string, line: string): { version?: string } {
  const rest = name.slice(line.length).replace(/\.[a-z][a-z0-9.]*$/i, "");
  const runs = rest.match(/\d+[a-z]?(?:[._-]\d+[A-Za-z0-9]*)+/g) ?? [];
  const version = runs.at(-1);
  return version === undefined ? {} : { version };
}
