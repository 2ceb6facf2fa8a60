import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { buildFamily, type FamilyFiles } from "./build-family.ts";
import { JsonReader } from "./json-reader.ts";
import { PhoneModel } from "./phone-model.ts";
import { ProfileProblems } from "./profile-problem.ts";
import type { Profiles } from "./profiles.ts";
import { SettingsMap } from "./settings-map.ts";
import { VendorProfile } from "./vendor-profile.ts";

async function readFamily(reader: JsonReader, folder: string, id: string): Promise<FamilyFiles | undefined> {
  const vendor = await reader.read(VendorProfile, id, "vendor.json");
  const map = await reader.read(SettingsMap, id, "settings.json");
  const names = await readdir(join(folder, id, "models")).catch(() => []);
  const models: { file: string; model: PhoneModel }[] = [];
  for (const file of names.filter((name) => name.endsWith(".json")).toSorted()) {
    const model = await reader.read(PhoneModel, id, "models", file);
    if (model !== undefined) models.push({ file, model });
  }
  return vendor === undefined || map === undefined ? undefined : { id, vendor, map, models };
}

/**
 * Reads and checks every JSON file of firmware-profiles: once, at start.
 * @throws ProfileProblems with all that is wrong, each with file, path, expected, found.
 */
export async function loadProfiles(folder: string): Promise<Profiles> {
  const reader = new JsonReader(folder);
  const entries = await readdir(folder, { withFileTypes: true });
  const ids = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const families = [];
  for (const id of ids.toSorted()) {
    const files = await readFamily(reader, folder, id);
    if (files !== undefined) families.push(buildFamily(files, reader.problems));
  }
  if (ids.length === 0)
    reader.problems.push({ file: ".", path: "/", expected: "a folder per family", found: "none" });
  if (reader.problems.length > 0) throw new ProfileProblems(reader.problems);
  return { families };
}
