import { mkdir, open, readdir, readFile, rename, rm, statfs } from "node:fs/promises";
import { dirname } from "node:path";

/** Files that have to survive a power cut. Every write is on the disk when it resolves. @throws ErrnoException */
export interface Disk {
  makeFolder(path: string): Promise<void>;
  /** Names in a folder, sorted; none when the folder is not there. */
  list(folder: string): Promise<string[]>;
  /** Undefined when there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>;
  readAt(path: string, offset: number, length: number): Promise<Uint8Array>;
  /** Writes at this offset and leaves the bytes before it alone; makes the file (mode 0600) if needed. */
  writeAt(path: string, offset: number, bytes: Uint8Array): Promise<void>;
  truncate(path: string, length: number): Promise<void>;
  /** The file has all of the bytes or is as it was. Mode 0600. */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  /** A file that is not there is fine. */
  remove(path: string): Promise<void>;
  /** Bytes free for us where the folder is. */
  free(folder: string): Promise<number>;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeAt(path: string, offset: number, bytes: Uint8Array): Promise<void> {
  let made = false;
  const file = await open(path, "r+").catch(async (error: unknown) => {
    if (!isMissing(error)) throw error;
    made = true;
    return open(path, "wx", 0o600);
  });
  try {
    for (let done = 0; done < bytes.length;)
      done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
    await file.datasync();
  } finally {
    await file.close();
  }
  if (made) await syncFolder(dirname(path));
}

async function replace(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.new`;
  await rm(beside, { force: true });
  await writeAt(beside, 0, bytes);
  await rename(beside, path);
  await syncFolder(dirname(path));
}

async function readAt(path: string, offset: number, length: number): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function truncate(path: string, length: number): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.truncate(length);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function orElse<T>(value: Promise<T>, missing: T): Promise<T> {
  try {
    return await value;
  } catch (error) {
    if (isMissing(error)) return missing;
    throw error;
  }
}

/** The machine's own file system. */
export const systemDisk: Disk = {
  async makeFolder(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  async list(folder) {
    return (await orElse(readdir(folder), [])).toSorted();
  },
  read: (path) => orElse<Uint8Array | undefined>(readFile(path), undefined),
  readAt,
  writeAt,
  truncate,
  replace,
  async remove(path) {
    await rm(path, { force: true });
  },
  async free(folder) {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};
