import type { Role } from "../../../provisioning-server/main.ts";
import { CliError, exitCodes } from "../exit-codes.ts";

/** @throws CliError (usage) when there is no such role */
export async function roleOf(word: string): Promise<Role> {
  const { roles } = await import("../../../provisioning-server/main.ts");
  const role = roles.find((each) => each === word);
  if (role !== undefined) return role;
  throw new CliError(exitCodes.usage, `--role: expected one of ${roles.join(", ")}, found ${word}`);
}
