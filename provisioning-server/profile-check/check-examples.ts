import type { ProfileExample } from "../profiles/load-examples.ts";
import type { ProfileProblem } from "../profiles/profile-problem.ts";
import { findModel, type Profiles } from "../profiles/profiles.ts";

const fileOf = (model: string): string => `${model.toLowerCase().replaceAll(" ", "-")}.json`;

/** Golden models without an example, examples of models that are not golden or not there, families without a golden one. */
export function exampleProblems(profiles: Profiles, examples: readonly ProfileExample[]): ProfileProblem[] {
  const problems: ProfileProblem[] = [];
  const shown = new Set<unknown>();
  for (const { family, name, inventory } of examples) {
    const { vendor, model } = inventory.device;
    const profile = findModel(profiles, vendor, model);
    const file = `${family}/examples/${name}/device.json`;
    if (profile === undefined || profile.family.id !== family)
      problems.push({
        file,
        path: "/device/model",
        expected: `a model of ${family}`,
        found: `${vendor} ${model}`,
      });
    else if (profile.about.mark !== "golden")
      problems.push({
        file: `${family}/models/${fileOf(profile.about.model)}`,
        path: "/mark",
        expected: `golden, for the example ${name} shows it`,
        found: profile.about.mark,
      });
    shown.add(profile);
  }
  for (const family of profiles.families) {
    const golden = [...new Set(family.models.values())].filter(({ about }) => about.mark === "golden");
    if (golden.length === 0)
      problems.push({
        file: family.id,
        path: "/examples",
        expected: "an example, and its model golden",
        found: "none",
      });
    for (const profile of golden)
      if (!shown.has(profile))
        problems.push({
          file: `${family.id}/models/${fileOf(profile.about.model)}`,
          path: "/mark",
          expected: "an example that shows it, or listed",
          found: "golden, and no example",
        });
  }
  return problems;
}
