#!/usr/bin/env node
// Plain JavaScript that every Node can read: it looks at the version before anything else is loaded, and goes on
// with the Node this package brings along (the `node` dependency) where the machine's own is too old.
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import nodeModule from "node:module";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const [major, minor] = process.versions.node.split(".").map(Number);
const recent = major > 22 || (major === 22 && minor >= 19);
const pinned = fileURLToPath(new URL("../../node_modules/node/bin/node", import.meta.url));

if (recent) {
  keepCompiled();
  await import("./main.ts");
} else if (existsSync(pinned) && process.execPath !== pinned) {
  const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  // A terminal's Ctrl-C reaches the child by itself; a signal sent to this pid alone is passed on.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGKILL" ? 137 : 143);
  });
} else {
  process.stderr.write(
    `offhook needs Node 22.19 or newer and this is ${process.versions.node}. ` +
      "Run `npm ci` in the offhook folder (it brings Node 24 along), or install Node 24.\n",
  );
  process.exitCode = 1;
}

/**
 * What was compiled once is kept for the next run, which then takes half the time to its first line. In a folder of this
 * user, not in the one for temporary files: code that others could have put there must not run. Where none can be made,
 * it goes without.
 */
function keepCompiled() {
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = join(caches, "offhook");
  if (!isAbsolute(folder)) return;
  try {
    // One by one: Node makes folders on the way for ever where the kernel refuses them with "no such file", as in /proc.
    for (const each of [caches, folder]) if (!existsSync(each)) mkdirSync(each, { mode: 0o700 });
    nodeModule.enableCompileCache(folder);
  } catch {
    // No home, or one that is not to be written.
  }
}
