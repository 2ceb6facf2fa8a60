import { open, readdir, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

export type TextFile =
  | {
      readonly path: string;
      readonly ok: true;
      readonly text: string;
      readonly mode: number;
      readonly changedAt: number;
    }
  | { readonly path: string; readonly ok: false; readonly code: string };

const mostBytes = 4_000_000;

/** A file's text (its first 4 MB), mode bits and time of change, ms; or the system's code for why not. */
export async function readTextFile(path: string): Promise<TextFile> {
  try {
    await using file = await open(path, "r");
    const { mode, mtimeMs } = await file.stat();
    return { path, ok: true, text: await textOf(file), mode: mode & 0o7777, changedAt: mtimeMs };
  } catch (error) {
    return { path, ok: false, code: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

/** To its end: files of /proc say that they are empty, and are not. */
async function textOf(file: FileHandle): Promise<string> {
  const chunks: Buffer[] = [];
  for (let done = 0; done < mostBytes;) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536));
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    done += bytesRead;
  }
  return Buffer.concat(chunks).subarray(0, mostBytes).toString("utf8");
}

/** The files of a folder whose names end so, in the order of their names; none where there is no such folder. */
export async function filesIn(folder: string, ...endings: readonly string[]): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .toSorted()
    .slice(0, 500)
    .map((name) => join(folder, name));
}

/** Whether something is there, whatever it is. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
