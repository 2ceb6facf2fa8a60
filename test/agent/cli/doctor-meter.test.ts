import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { startUt61e, ut61eFrame } from "../../fakes/meter.ts";

const bin = fileURLToPath(new URL("../../../agent/cli/bin.js", import.meta.url));

function doctor(t: TestContext, words: readonly string[]) {
  const state = mkdtempSync(join(tmpdir(), "offhook-doctor-"));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  return new Promise<{ readonly seen: ReadonlyMap<string, unknown>; readonly said: string }>(
    (resolve, reject) => {
      const child = spawn(process.execPath, [bin, "doctor", "--json", ...words], {
        env: { ...process.env, OFFHOOK_STATE: state, NO_COLOR: "1" },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let [out, said] = ["", ""];
      child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
      child.on("error", reject);
      child.on("close", () => {
        const { observations } = JSON.parse(out) as {
          observations: readonly { readonly key: string; readonly value: unknown }[];
        };
        resolve({ seen: new Map(observations.map(({ key, value }) => [key, value])), said });
      });
    },
  );
}

describe("offhook doctor --meter", () => {
  it("listens which meter is on the port that is named, and judges it", async (t) => {
    const meter = startUt61e(39.2, { every: 100 });
    t.after(() => meter.stop());
    const { seen } = await doctor(t, ["--meter", meter.path]);
    assert.equal(seen.get("dmm.volts"), 39.2);
    assert.equal(seen.get("dmm.verdict"), "low");
    assert.deepEqual([...meter.heard()], [], "nothing is written to it");
  });

  it("reads a meter behind a terminal server", async (t) => {
    const clients = new Set<Socket>();
    const server = createServer((client) => {
      clients.add(client);
      client.on("error", () => {}).on("close", () => clients.delete(client));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const timer = setInterval(() => {
      for (const client of clients) client.write(ut61eFrame(53));
    }, 100);
    t.after(() => {
      clearInterval(timer);
      for (const client of clients) client.destroy();
      server.close();
    });
    const { seen } = await doctor(t, [
      "--meter",
      `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ]);
    assert.equal(seen.get("dmm.volts"), 53);
  });

  it("auto takes the port that is there, or says that none is and looks at the rest", async (t) => {
    const { seen, said } = await doctor(t, ["--meter", "auto"]);
    assert.ok(seen.has("host.kernel"));
    if (seen.get("dmm.volts") === null) assert.match(said, /^meter: .*(serial port|no serial port)/m);
  });
});
