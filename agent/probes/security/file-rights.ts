import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { AclEntry } from "../../../protocol/pbx-config/posix-acl.ts";
import { readFileAcl } from "../../io/host/file-acl.ts";
import { readTextFile } from "../../io/host/text-file.ts";
import { accountsOf, groupLines, type Account, type Group } from "../host/read-accounts.ts";

/** Who a service runs as, with all its groups. */
export interface ServiceUser {
  readonly name: string;
  readonly uid: number;
  readonly gids: readonly number[];
}

export interface RightsOf {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly acl: readonly AclEntry[];
}

export interface FileRights {
  /** `owner:group file`: neither root's nor the service's. */
  readonly owner: string[];
  /** `user bob rw- file`: let in by an access list. */
  readonly acl: string[];
  /** `asterisk file`: the service cannot read its own file. */
  readonly unreadable: string[];
  /** Folders in which anybody may put another file in its place. */
  readonly open: string[];
}

interface ServiceFiles {
  readonly service: string;
  readonly files: readonly string[];
}

/** Whose a service's config files are, and who may read them, beyond the mode. */
export async function readFileRights(all: readonly ServiceFiles[]): Promise<FileRights> {
  const [passwd, group] = await Promise.all(["/etc/passwd", "/etc/group"].map(readTextFile));
  const accounts = passwd?.ok === true ? accountsOf(passwd.text) : [];
  const groups = group?.ok === true ? groupLines(group.text) : [];
  const rights: FileRights = { owner: [], acl: [], unreadable: [], open: [] };
  for (const { service, files } of all) {
    const user = userOf(service, accounts, groups);
    for (const path of files) await readOne(path, user, { accounts, groups }, rights);
    for (const folder of new Set(files.map(dirname))) {
      const found = await rightsOf(folder);
      // Sticky: others may add files, and replace none.
      if (found !== undefined && (found.mode & 0o002) !== 0 && (found.mode & 0o1000) === 0)
        rights.open.push(folder);
    }
  }
  return rights;
}

function userOf(
  service: string,
  accounts: readonly Account[],
  groups: readonly Group[],
): ServiceUser | undefined {
  const account = accounts.find(({ name }) => name === service);
  if (account === undefined) return undefined;
  const member = groups.filter(({ members }) => members.includes(service)).map(({ gid }) => gid);
  return { name: service, uid: account.uid, gids: [account.gid, ...member] };
}

interface Names {
  readonly accounts: readonly Account[];
  readonly groups: readonly Group[];
}

async function readOne(
  path: string,
  user: ServiceUser | undefined,
  { accounts, groups }: Names,
  into: FileRights,
): Promise<void> {
  const found = await rightsOf(path);
  if (found === undefined) return;
  const userName = (uid: number) => accounts.find((each) => each.uid === uid)?.name ?? String(uid);
  const groupName = (gid: number) => groups.find((each) => each.gid === gid)?.name ?? String(gid);
  const owners = [0, ...(user === undefined ? [] : [user.uid])];
  const owning = [0, ...(user?.gids ?? [])];
  if (!owners.includes(found.uid) || !owning.includes(found.gid))
    into.owner.push(`${userName(found.uid)}:${groupName(found.gid)} ${path}`);
  const mask = found.acl.find(({ of }) => of === "mask")?.rights ?? 7;
  for (const { of, id, rights } of found.acl) {
    if (rights & mask & 6 && of === "user" && !owners.includes(id))
      into.acl.push(`user ${userName(id)} ${rightsText(rights & mask)} ${path}`);
    if (rights & mask & 6 && of === "group" && !owning.includes(id))
      into.acl.push(`group ${groupName(id)} ${rightsText(rights & mask)} ${path}`);
  }
  if (user !== undefined && !(await reaches(user, path, found))) into.unreadable.push(`${user.name} ${path}`);
}

const rightsText = (rights: number) =>
  `${rights & 4 ? "r" : "-"}${rights & 2 ? "w" : "-"}${rights & 1 ? "x" : "-"}`;

async function rightsOf(path: string): Promise<RightsOf | undefined> {
  try {
    const { mode, uid, gid } = await stat(path);
    return { mode, uid, gid, acl: readFileAcl(path) };
  } catch {
    return undefined;
  }
}

async function reaches(user: ServiceUser, path: string, file: RightsOf): Promise<boolean> {
  if (!may(user, file, 4)) return false;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const found = await rightsOf(folder);
    if (found !== undefined && !may(user, found, 1)) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** Whether a user has a right (r 4, x 1), as acl(5) decides it: the first entry that fits counts. */
export function may(user: ServiceUser, { mode, uid, gid, acl }: RightsOf, right: number): boolean {
  const has = (rights: number) => (rights & right) === right;
  if (user.uid === 0) return true;
  if (user.uid === uid) return has(mode >> 6);
  const mask = acl.find(({ of }) => of === "mask")?.rights ?? 7;
  const named = acl.find(({ of, id }) => of === "user" && id === user.uid);
  if (named !== undefined) return has(named.rights & mask);
  // With an access list the mode's middle digit is the mask.
  const owning = acl.find(({ of }) => of === "owning-group")?.rights ?? mode >> 3;
  const groups = [
    ...(user.gids.includes(gid) ? [owning] : []),
    ...acl.filter(({ of, id }) => of === "group" && user.gids.includes(id)).map(({ rights }) => rights),
  ];
  if (groups.length > 0) return groups.some((rights) => has(rights & mask));
  return has(mode);
}
