import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { done, refused, type Verb } from "../inventory/flaw.ts";
import { uuidV7 } from "../uuid-v7.ts";
import { imageFolder } from "./image-files.ts";

/** Octets that lie in the data folder now. */
interface TakenFile {
  readonly sha256: string;
  readonly size: number;
}

/** The combined images of some vendors have 400 MB. */
const largest = 4 * 1024 ** 3;

/**
 * Copies a file into the data folder under its SHA-256. What was not read to its end, or is not the file that was meant, never
 * has a name that is looked for: it is written beside and renamed when it lies on the disk.
 */
export async function takeFile(
  data: string,
  path: string,
  expected: string | undefined,
  onProgress: (octets: number) => void,
): Promise<Verb<TakenFile>> {
  const about = await stat(path).catch(() => undefined);
  if (about?.isFile() !== true || about.size === 0)
    return refused({ place: "file", expected: "a file with something in it that can be read", found: path });
  if (about.size > largest)
    return refused({ place: "file", expected: "at most 4 GiB", found: `${about.size} octets` });
  const folder = imageFolder(data);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const beside = join(folder, `.partial-${uuidV7(Date.now())}`);
  try {
    const taken = await copy(path, beside, onProgress);
    if (expected !== undefined && expected.toLowerCase() !== taken.sha256)
      return refused({
        place: "sha256",
        expected: expected.toLowerCase(),
        found: taken.sha256,
        remedy: "The file is not the one that the vendor published: fetch it again.",
      });
    await rename(beside, join(folder, taken.sha256));
    await syncFolder(folder);
    return done(taken);
  } finally {
    await rm(beside, { force: true });
  }
}

async function copy(from: string, to: string, onProgress: (octets: number) => void): Promise<TakenFile> {
  const hash = createHash("sha256");
  let size = 0;
  await using out = await open(to, "wx", 0o600);
  for await (const chunk of createReadStream(from, { highWaterMark: 1 << 20 })) {
    const bytes = chunk as Buffer;
    hash.update(bytes);
    await out.writeFile(bytes);
    size += bytes.length;
    onProgress(size);
  }
  await out.sync();
  return { sha256: hash.digest("hex"), size };
}

/** So that the new name is on the disk, too. */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}

/** The name phones ask for: as the vendor gave it. */
export function nameOfImage(path: string, name: string | undefined): Verb<string> {
  const wanted = name ?? basename(path);
  if (/^[A-Za-z0-9][A-Za-z0-9 ._()+,@-]{0,149}$/.test(wanted)) return done(wanted);
  return refused({
    place: "name",
    expected: "a file name of letters, digits and ._()+,@- of at most 150 characters",
    found: wanted.slice(0, 200),
  });
}
