import type { Command } from "commander";
import type * as desk from "../../../provisioning-server/profiles-for-cli.ts";
import { CliError, exitCodes } from "../exit-codes.ts";

export type Desk = typeof desk;
export type Profiles = Awaited<ReturnType<Desk["openProfiles"]>>;

export interface ProfileOptions {
  readonly profiles?: string;
  readonly json?: boolean;
  readonly plain?: boolean;
}

/** The option that every verb of the profiles has. */
export function profileFolder(command: Command): Command {
  return command.option("--profiles <folder>", "another folder of profiles than the package's own");
}

/** What the verbs stand on; loaded when a verb runs, so that `--help` waits for nothing. */
export function profileDesk(): Promise<Desk> {
  return import("../../../provisioning-server/profiles-for-cli.ts");
}

/** The registry, or the end of the verb with all that is wrong in it. */
export async function openProfiles(options: ProfileOptions): Promise<{ desk: Desk; profiles: Profiles }> {
  const desk = await profileDesk();
  try {
    return { desk, profiles: await desk.openProfiles(options.profiles) };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ProfileProblems") throw error;
    throw new CliError(exitCodes.badConfig, error.message, "`offhook profile check` tells more.");
  }
}
