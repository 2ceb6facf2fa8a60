import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { JsonReader } from "./json-reader.ts";
import { ExampleInventory, ExampleRequests } from "./profile-example.ts";
import { type ProfileProblem, ProfileProblems } from "./profile-problem.ts";

/** A case: requests as a phone made them, the inventory, and the folder with the expected files. */
export interface ProfileExample {
  readonly family: string;
  readonly name: string;
  readonly folder: string;
  readonly asked: ExampleRequests;
  readonly inventory: ExampleInventory;
}

async function folders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
}

/** Every example of every family that can be read, and what is wrong with the others. */
export async function readExamples(folder: string): Promise<{
  readonly examples: readonly ProfileExample[];
  readonly problems: readonly ProfileProblem[];
}> {
  const reader = new JsonReader(folder);
  const examples: ProfileExample[] = [];
  for (const family of await folders(folder)) {
    for (const name of await folders(join(folder, family, "examples"))) {
      const asked = await reader.read(ExampleRequests, family, "examples", name, "request.json");
      const inventory = await reader.read(ExampleInventory, family, "examples", name, "device.json");
      if (asked === undefined || inventory === undefined) continue;
      examples.push({ family, name, folder: join(folder, family, "examples", name), asked, inventory });
    }
  }
  return { examples, problems: reader.problems };
}

/**
 * Every example of every family.
 * @throws ProfileProblems with all that is wrong.
 */
export async function loadExamples(folder: string): Promise<readonly ProfileExample[]> {
  const { examples, problems } = await readExamples(folder);
  if (problems.length > 0) throw new ProfileProblems(problems);
  return examples;
}
