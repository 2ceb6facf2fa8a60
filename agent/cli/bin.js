#!/usr/bin/env node
// Plain JavaScript that every Node can read: it looks at the version before anything else is loaded, and goes on
// with the Node this package brings along (the `node` dependency) where the machine's own is too old.
import { existsSync } from "node:fs";
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const [major, minor] = process.versions.node.split(".").map(Number);
const recent = major > 22 || (major === 22 && minor >= 19);
const pinned = fileURLToPath(new URL("../../node_modules/node/bin/node", import.meta.url));

if (recent) {
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
