import { readExamples } from "../profiles/load-examples.ts";
import { readProfiles } from "../profiles/load-profiles.ts";
import type { ProfileProblem } from "../profiles/profile-problem.ts";
import { doubledClaims } from "./check-claims.ts";
import { deadEntries, doubledKeys, uncovered } from "./check-entries.ts";
import { exampleProblems } from "./check-examples.ts";

/** What `offhook profile check` looked at, and all that is wrong, by file. */
export interface ProfileCheck {
  readonly families: number;
  readonly models: number;
  readonly examples: number;
  readonly problems: readonly ProfileProblem[];
}

/**
 * Checks a folder of profiles as a whole: what the server checks when it starts, and what only an author needs to know:
 * examples, claims of several families on one request, keys used twice, entries that no phone gets, settings forgotten.
 */
export async function checkProfiles(folder: string): Promise<ProfileCheck> {
  const [{ families, problems }, { examples, problems: inExamples }] = await Promise.all([
    readProfiles(folder),
    readExamples(folder),
  ]);
  const profiles = { families };
  const deeper = families.flatMap((family) => [
    ...doubledKeys(family),
    ...deadEntries(family),
    ...uncovered(family),
    ...doubledClaims(family, profiles),
  ]);
  const all = [...problems, ...inExamples, ...deeper, ...exampleProblems(profiles, examples)];
  return {
    families: families.length,
    models: families.reduce((sum, family) => sum + new Set(family.models.values()).size, 0),
    examples: examples.length,
    problems: all.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0)),
  };
}
