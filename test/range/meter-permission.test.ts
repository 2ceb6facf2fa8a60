import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { openPty } from "../fakes/pty.ts";

const root = process.getuid?.() === 0;
const group = /^dialout:[^:]*:(\d+):/m.exec(readFileSync("/etc/group", "utf8"))?.[1];
const nobody = 65_534;

test(
  "a port that this user may not open: the group to join is named",
  {
    skip: !root
      ? "needs root, to become another user"
      : group === undefined
        ? "no group dialout here"
        : false,
  },
  async (t) => {
    const pty = openPty();
    t.after(() => pty.close());
    chownSync(pty.path, 0, Number(group));
    chmodSync(pty.path, 0o660);
    const serial = new URL("../../agent/io/serial/serial.ts", import.meta.url).href;
    const program = `import { openSerial } from ${JSON.stringify(serial)};
      process.setgroups([]); process.setgid(${nobody}); process.setuid(${nobody});
      await openSerial({ path: ${JSON.stringify(pty.path)}, baudRate: 9600 }).then(
        () => console.log("opened"),
        (error) => console.log(JSON.stringify({ code: error.code, advice: error.advice })),
      );
      process.exit(0);`;
    // The sources are read as root; only then does the process become nobody.
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => child.kill());
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await once(child, "close");
    const error = JSON.parse(said) as { code: string; advice: string };
    assert.equal(error.code, "port-permission");
    assert.match(error.advice, /group `dialout`.*usermod -aG dialout/);
  },
);
