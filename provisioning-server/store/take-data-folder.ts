import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { StoreError } from "./store-error.ts";

/**
 * Makes the data folder when it is missing, one step at a time: where a folder refuses all names (/proc), `mkdir` with
 * `recursive` tries again for ever.
 *
 * @throws {StoreError} with a sentence, when it cannot be made or written to.
 */
export function takeDataFolder(folder: string): void {
  const path = resolve(folder);
  try {
    makeSteps(path);
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw refused(path, error);
  }
}

function makeSteps(path: string): void {
  if (isFolder(path)) return;
  if (dirname(path) !== path) makeSteps(dirname(path));
  makeOne(path);
}

function isFolder(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isDirectory())
    throw new StoreError(
      "cannot-open",
      `${path} is a file and no folder; name another data folder (\`--data\`, or \`data\` in the settings)`,
    );
  return found !== undefined;
}

function makeOne(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it a moment ago.
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}

const words: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  ENOENT: "no folder can be made there",
  ENOTDIR: "a part of the path is a file",
};

function refused(path: string, error: unknown): unknown {
  if (error instanceof StoreError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "") return error;
  const why = words[code] ?? (error instanceof Error ? error.message : code);
  return new StoreError(
    "cannot-open",
    `the data folder ${path} cannot be used: ${why}; name another (\`--data\`, or \`data\` in the settings), or give it to the user of this service`,
    { cause: error },
  );
}
