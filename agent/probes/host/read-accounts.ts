export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Lines of passwd(5). */
export function accountsOf(passwd: string): Account[] {
  return passwd.split("\n").flatMap((line) => {
    const [name = "", , uid = "", gid = ""] = line.split(":");
    return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** Lines of group(5). */
export function groupLines(group: string): Group[] {
  return group.split("\n").flatMap((line) => {
    const [name = "", , gid = "", members = ""] = line.split(":");
    if (!/^\d+$/.test(gid)) return [];
    return [{ name, gid: Number(gid), members: members.split(",").filter((member) => member !== "") }];
  });
}

/** Names of the groups that a process has, by its status (proc(5)); a number where group(5) knows none. */
export function groupsOf(group: string, status: string): string[] {
  const own = /^Gid:\s*\d+\s+(\d+)/m.exec(status)?.[1] ?? "";
  const more = /^Groups:[ \t]*(.*)$/m.exec(status)?.[1] ?? "";
  const names = new Map(groupLines(group).map(({ gid, name }) => [String(gid), name]));
  const ids = new Set([own, ...more.trim().split(/\s+/)].filter((id) => id !== ""));
  return [...ids].map((id) => names.get(id) ?? id);
}

/** linux/capability.h: those that a look at voice needs, by bit. */
const capabilityNames: readonly (readonly [bigint, string])[] = [
  [10n, "net_bind_service"],
  [12n, "net_admin"],
  [13n, "net_raw"],
];

/** Of the effective set. */
export function capabilitiesOf(status: string): string[] {
  const bits = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"}`);
  return capabilityNames.filter(([bit]) => ((bits >> bit) & 1n) === 1n).map(([, name]) => name);
}

/** debian, rhel, or the system's own ID, by os-release(5). */
export function familyOf(release: string): string | undefined {
  const valueOf = (name: string) =>
    new RegExp(`^${name}=["']?([^"'\\n]*)`, "m").exec(release)?.[1]?.toLowerCase();
  const id = valueOf("ID");
  if (id === undefined) return undefined;
  const names = [id, ...(valueOf("ID_LIKE") ?? "").split(/\s+/)];
  if (names.includes("debian") || names.includes("ubuntu")) return "debian";
  if (["rhel", "fedora", "centos"].some((each) => names.includes(each))) return "rhel";
  return id;
}
