import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";

const watchdog = new URL("../../../provisioning-server/start/watchdog.ts", import.meta.url).href;

async function run(after: string): Promise<{ signal: string | null; code: number | null; said: string }> {
  const script = `import { startWatchdog } from "${watchdog}"; const stop = startWatchdog(500); ${after}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => (said += bytes.toString()));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code, signal, said };
}

test("a process whose main loop is stuck is ended, and says so", async () => {
  const { signal, said } = await run("setTimeout(() => { for (;;); }, 100);");
  assert.equal(signal, "SIGKILL");
  assert.match(said, /^\{"level":"fatal","time":"[^"]+","event":"stuck"/);
});

test("a process that turns is left alone, and ended by nothing of the watchdog's", async () => {
  const { code, signal, said } = await run("setTimeout(() => stop(), 1500);");
  assert.deepEqual({ code, signal, said }, { code: 0, signal: null, said: "" });
});
