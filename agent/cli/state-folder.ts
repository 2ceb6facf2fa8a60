import { homedir } from "node:os";
import { join } from "node:path";

/** Where programs of this user keep what they remember: `OFFHOOK_STATE`, a service's folder for root, else the user's own. */
export function stateFolder(environment: NodeJS.ProcessEnv): string {
  const given = environment.OFFHOOK_STATE ?? "";
  if (given !== "") return given;
  if (process.getuid?.() === 0) return "/var/lib/offhook";
  const home = environment.HOME ?? homedir();
  return join(environment.XDG_STATE_HOME ?? join(home, ".local", "state"), "offhook");
}
