import { join } from "node:path";
import type { Disk } from "../io/host/disk.ts";

const mostAside = 50;

/** Keeps bytes for somebody to look at; the first fifty such files. @throws ErrnoException */
export async function setAside(
  where: { readonly folder: string; readonly disk: Disk },
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const folder = join(where.folder, "aside");
  await where.disk.makeFolder(folder);
  if ((await where.disk.list(folder)).length < mostAside) await where.disk.replace(join(folder, name), bytes);
}
