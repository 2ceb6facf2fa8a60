import { decoded, mismatch, type Decoded } from "../decoded.ts";

/** One line of a file's access list, as getfacl(1) prints it. */
export interface AclEntry {
  readonly of: "owner" | "user" | "owning-group" | "group" | "mask" | "other";
  /** uid or gid of `user` and `group`. */
  readonly id: number;
  /** r 4, w 2, x 1. */
  readonly rights: number;
}

/** linux/posix_acl.h */
const kinds: ReadonlyMap<number, AclEntry["of"]> = new Map([
  [0x01, "owner"],
  [0x02, "user"],
  [0x04, "owning-group"],
  [0x08, "group"],
  [0x10, "mask"],
  [0x20, "other"],
]);

/**
 * The extended attribute `system.posix_acl_access` (linux/posix_acl_xattr.h), little endian:
 *
 *     4 version, 2 · then for each entry: 2 kind, 2 rights, 4 uid or gid
 */
export function decodePosixAcl(bytes: Uint8Array): Decoded<readonly AclEntry[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint32(0, true) !== 2)
    return mismatch("ACL", "version 2", bytes.length < 4 ? "too few bytes" : `${view.getUint32(0, true)}`);
  if (bytes.length % 8 !== 4) return mismatch("ACL", "entries of 8 bytes", `${bytes.length} bytes`);
  const entries: AclEntry[] = [];
  for (let at = 4; at < bytes.length; at += 8) {
    const kind = kinds.get(view.getUint16(at, true));
    if (kind === undefined) return mismatch("ACL", "a known kind", `${view.getUint16(at, true)}`);
    entries.push({ of: kind, rights: view.getUint16(at + 2, true) & 7, id: view.getUint32(at + 4, true) });
  }
  return decoded(entries);
}
