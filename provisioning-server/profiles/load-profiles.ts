import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { Static, TSchema } from "typebox";
import { Check, Errors } from "typebox/value";
import { buildFamily, type FamilyFiles } from "./build-family.ts";
import { PhoneModel } from "./phone-model.ts";
import { type ProfileProblem, ProfileProblems } from "./profile-problem.ts";
import type { Profiles } from "./profiles.ts";
import { SettingsMap } from "./settings-map.ts";
import { VendorProfile } from "./vendor-profile.ts";

/** Reads one JSON file against its schema; what is wrong goes into `problems`, and the answer is undefined. */
class Reader {
  readonly #folder: string;
  readonly problems: ProfileProblem[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read<T extends TSchema>(schema: T, ...path: string[]): Promise<Static<T> | undefined> {
    const file = relative(this.#folder, join(this.#folder, ...path));
    const json = await this.#json(file);
    if (json === undefined) return undefined;
    const value: unknown = json.value;
    if (Check(schema, value)) return value;
    for (const error of Errors(schema, value)) {
      this.problems.push({
        file,
        path: error.instancePath || "/",
        expected: error.message,
        found: excerpt(value, error.instancePath),
      });
    }
    return undefined;
  }

  async #json(file: string): Promise<{ value: unknown } | undefined> {
    try {
      return { value: JSON.parse(await readFile(join(this.#folder, file), "utf8")) };
    } catch (error) {
      const found = error instanceof SyntaxError ? error.message : "a file that cannot be read";
      this.problems.push({ file, path: "/", expected: "JSON", found });
      return undefined;
    }
  }
}

/** What stands at a JSON pointer, in short. */
function excerpt(value: unknown, pointer: string): string {
  let here = value;
  for (const step of pointer.split("/").slice(1)) {
    if (typeof here !== "object" || here === null) break;
    here = new Map(Object.entries(here)).get(step);
  }
  return (JSON.stringify(here) ?? "nothing").slice(0, 80);
}

async function readFamily(reader: Reader, folder: string, id: string): Promise<FamilyFiles | undefined> {
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
  const reader = new Reader(folder);
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
