import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { buildFamily, type FamilyFiles } from "./build-family.ts";
import { JsonReader } from "./json-reader.ts";
import { PhoneModel } from "./phone-model.ts";
import { type ProfileProblem, ProfileProblems } from "./profile-problem.ts";
import type { Family, Profiles } from "./profiles.ts";
import { SettingsMap } from "./settings-map.ts";
import { VendorProfile } from "./vendor-profile.ts";

async function readFamily(reader: JsonReader, folder: string, id: string): Promise<FamilyFiles | undefined> {
  const names = await readdir(join(folder, id, "models")).catch(() => []);
  const files = names.filter((name) => name.endsWith(".json")).toSorted();
  const [vendor, map, ...models] = await Promise.all([
    reader.read(VendorProfile, id, "vendor.json"),
    reader.read(SettingsMap, id, "settings.json"),
    ...files.map(async (file) => ({ file, model: await reader.read(PhoneModel, id, "models", file) })),
  ]);
  if (vendor === undefined || map === undefined) return undefined;
  const read = models.flatMap(({ file, model }) => (model === undefined ? [] : [{ file, model }]));
  return { id, vendor, map, models: read };
}

/** Reads and checks every JSON file of firmware-profiles: what can be used of it, and all that is wrong. */
export async function readProfiles(
  folder: string,
): Promise<{ readonly families: readonly Family[]; readonly problems: readonly ProfileProblem[] }> {
  const reader = new JsonReader(folder);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const ids = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const read = await Promise.all(ids.toSorted().map((id) => readFamily(reader, folder, id)));
  const problems = reader.problems.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
  const families = read.flatMap((files) => (files === undefined ? [] : [buildFamily(files, problems)]));
  if (ids.length === 0)
    problems.push({ file: ".", path: "/", expected: "a folder per family", found: "none" });
  return { families, problems };
}

/**
 * The registry, read once at start.
 * @throws ProfileProblems with all that is wrong, each with file, path, expected, found.
 */
export async function loadProfiles(folder: string): Promise<Profiles> {
  const { families, problems } = await readProfiles(folder);
  if (problems.length > 0) throw new ProfileProblems(problems);
  return { families };
}
