// What `offhook profile` needs: the registry alone, so that it starts without store, doors and page.
import { fileURLToPath } from "node:url";
import { loadProfiles } from "./profiles/load-profiles.ts";
import type { Profiles } from "./profiles/profiles.ts";

export { identifyAsked, identifyLine } from "./answer/identify-line.ts";
export { checkProfiles, type ProfileCheck } from "./profile-check/check-profiles.ts";
export { captureExample } from "./profile-capture/capture-example.ts";
export { maskConfig } from "./profile-read/mask-config.ts";
export { readConfig, type ReadConfig } from "./profile-read/read-config.ts";
export { settingRows } from "./profile-read/setting-rows.ts";
export { describeModel, type DescribedModel } from "./profiles/describe-model.ts";
export { listModels, type ListedModel } from "./profiles/list-models.ts";

export { notifyForm } from "./resync/notify-form.ts";

/** The package's own firmware-profiles. */
export const ownProfiles = fileURLToPath(new URL("../firmware-profiles", import.meta.url));

/** @throws ProfileProblems with all that is wrong. */
export function openProfiles(folder: string = ownProfiles): Promise<Profiles> {
  return loadProfiles(folder);
}
