import { createRequire } from "node:module";
import { decodePosixAcl, type AclEntry } from "../../../protocol/pbx-config/posix-acl.ts";

type GetAttribute = (path: string, name: string, bytes: Uint8Array, size: number) => number;

let loaded: GetAttribute | undefined | "not tried" = "not tried";

function load(): GetAttribute | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const koffi = createRequire(import.meta.url)("koffi") as {
      load(name: null): { func(prototype: string): unknown };
    };
    const prototype = "int64_t getxattr(const char *, const char *, _Out_ uint8_t *, uint64_t)";
    return koffi.load(null).func(prototype) as GetAttribute;
  } catch {
    return undefined;
  }
}

/** A file's access list beyond its mode; none where it has none, or this system does not let us see it. */
export function readFileAcl(path: string): readonly AclEntry[] {
  if (loaded === "not tried") loaded = load();
  const bytes = new Uint8Array(4096);
  const size = Number(loaded?.(path, "system.posix_acl_access", bytes, bytes.length) ?? -1);
  if (size <= 0) return [];
  const read = decodePosixAcl(bytes.subarray(0, size));
  return read.ok ? read.value : [];
}
