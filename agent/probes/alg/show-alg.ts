import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { showLines } from "../way/show-lines.ts";

/** One line where nothing is altered; else what is, and which ways escape. */
export function showAlg(observations: readonly Observation[]): string[] {
  const find = (key: ObservationKey) => observations.find((each) => each.key === key);
  const some = (key: ObservationKey) => listOf(find(key)).length > 0;
  const touched = some("alg.fields") || some("alg.inbound") || find("alg.reverse")?.value === true;
  const isAltered = touched || some("alg.touched");
  return showLines(
    observations.filter(isTold),
    [
      ["alg.fields", "altered"],
      ["alg.inbound", "altered inward"],
      ["alg.reverse", "answers turned back"],
      ["alg.left", "left private"],
      ["alg.blocked", "does not arrive"],
      ["alg.touched", "altered on the way"],
      ["alg.escapes", "not altered"],
    ],
    [
      [
        "alg.by",
        () => `${isAltered ? "SIP is altered on the way" : unaltered(some)}${basis(find("alg.by"))}`,
      ],
    ],
  );
}

function unaltered(some: (key: ObservationKey) => boolean): string {
  return some("alg.blocked") ? "nothing is altered, and not all arrives" : "nothing is altered on the way";
}

/** Without a mirror only what the server repeats in its answer can be compared. */
function basis(by: Observation | undefined): string {
  return by?.value === "mirror"
    ? ", as the mirror shows field by field"
    : ", as far as the server's answers show it";
}

/** What was looked for and is not there is no row of its own. */
function isTold({ key, value }: Observation): boolean {
  return !(Array.isArray(value) && value.length === 0) && !(key === "alg.reverse" && value === false);
}

function listOf(observation: Observation | undefined): readonly string[] {
  return Array.isArray(observation?.value) ? observation.value : [];
}
