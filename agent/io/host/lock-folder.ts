import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "./make-folder.ts";

/** Another process has the folder. */
export class FolderLocked extends Error {}

function bootOfMachine(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Whether the process that wrote this lock may still be there; ours is not, if we are only now about to lock. */
function stands(lock: string): boolean {
  const [pid = "", boot = ""] = lock.trim().split(" ");
  return boot === bootOfMachine() && Number(pid) !== process.pid && isAlive(Number(pid));
}

/** Takes a state folder for this process; the returned function gives it back. @throws FolderLocked · FolderUnusable */
export function lockFolder(folder: string): () => void {
  makeFolder(folder);
  const path = join(folder, "lock");
  for (let attempt = 1; ; attempt += 1) {
    try {
      writeFileSync(path, `${process.pid} ${bootOfMachine()}\n`, { flag: "wx", mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      const lock = readFileSync(path, "utf8");
      if (stands(lock) || attempt === 3)
        throw new FolderLocked(`${folder} is in use by process ${lock.split(" ")[0]}`);
      rmSync(path, { force: true });
    }
  }
}
