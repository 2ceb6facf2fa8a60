import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import { readTextFile } from "../../io/host/text-file.ts";
import { accountsOf, capabilitiesOf, familyOf, groupsOf } from "./read-accounts.ts";

/** Groups whose members may read a SIP server's files, or become root. */
const sipGroups = ["asterisk", "kamailio", "freeswitch"];
const adminGroups = ["sudo", "wheel", "admin"];

/** The family of the distribution, who this program runs as, and what that user lacks to look into a SIP service. */
export async function observeRights(observe: Observe): Promise<Observation[]> {
  const [release, status, passwd, group] = await Promise.all(
    ["/etc/os-release", "/proc/self/status", "/etc/passwd", "/etc/group"].map(async (path) => {
      const file = await readTextFile(path);
      return file.ok ? file.text : undefined;
    }),
  );
  const family = release === undefined ? undefined : familyOf(release);
  const known = family === undefined ? [] : [observe("host.os.family", family)];
  if (status === undefined || group === undefined) return known;
  const uid = process.geteuid?.() ?? 0;
  const names = groupsOf(group, status);
  const user = accountsOf(passwd ?? "").find((each) => each.uid === uid)?.name ?? String(uid);
  const isAdmin = uid === 0 || names.some((name) => adminGroups.includes(name));
  const there = sipGroups.filter((name) => new RegExp(`^${name}:`, "m").test(group));
  const missing = isAdmin ? [] : there.filter((name) => !names.includes(name));
  return [
    ...known,
    observe("host.user", user),
    observe("host.groups", names.slice(0, 100)),
    observe("host.capabilities", capabilitiesOf(status)),
    observe(
      "host.rights.missing",
      missing.map((name) => `member of ${name}`),
    ),
  ];
}
