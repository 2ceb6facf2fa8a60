import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** A folder that cannot be made or written to; the message is a sentence. */
export class FolderUnusable extends Error {}

const words: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  ENOENT: "no folder can be made there",
  ENOTDIR: "a part of the path is a file",
};

/**
 * Makes a folder, one step at a time: where a folder refuses all names (/proc), `mkdir` with `recursive` tries again for
 * ever.
 *
 * @throws FolderUnusable
 */
export function makeFolder(folder: string): void {
  const path = resolve(folder);
  try {
    makeSteps(path);
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new FolderUnusable(
      `the folder ${path} cannot be used: ${words[String(error.code)] ?? error.message}`,
    );
  }
}

function makeSteps(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isDirectory())
    throw new FolderUnusable(`${path} is a file and no folder`);
  if (found !== undefined) return;
  if (dirname(path) !== path) makeSteps(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it a moment ago.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}
