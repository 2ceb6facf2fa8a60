import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { deviceToken } from "../../provisioning-server/answer/device-token.ts";
import { checkServerConfig, startServer, type RunningServer } from "../../provisioning-server/main.ts";
import { offhook } from "./network.ts";

type Inventory = RunningServer["inventory"];
type Verb<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly flaws: readonly unknown[] };
type TraceEntry = Extract<
  Awaited<ReturnType<Inventory["trace"]>>,
  { ok: true }
>["value"]["steps"][number]["entry"];

/** A whole server on loopback, with a store of its own that goes with it. */
export interface ServerUnderTest extends AsyncDisposable {
  readonly inventory: Inventory;
  readonly data: string;
  /** The CA as a file. */
  readonly caFile: string;
  readonly tftpPort: number;
  readonly httpPort: number | undefined;
  readonly legacyPort: number | undefined;
  /** `https://localhost:PORT/` */
  readonly https: string;
  /** `https://localhost:PORT/TOKEN/`, where this phone finds its files. */
  folderOf(mac: string): Promise<string>;
  /** The first row of a phone's trace that fits; waits for it. @throws when the signal comes first. */
  traced(mac: string, fits: (entry: TraceEntry) => boolean, signal: AbortSignal): Promise<TraceEntry>;
}

/** Starts a server that answers TFTP to loopback as well; `phones` are settings of `[phones]`. Nothing is in its inventory. */
export async function serverUnderTest(phones: object = {}): Promise<ServerUnderTest> {
  const data = await mkdtemp(join(tmpdir(), "offhook-server-"));
  const door = { host: "127.0.0.1", port: 0 };
  const config = checkServerConfig({
    data,
    names: ["localhost", "127.0.0.1"],
    phones: { ...door, ...phones },
    staff: door,
    metrics: door,
    tftp: { ...door, networks: ["127.0.0.0/8"] },
    logLevel: "silent",
  });
  const server = await startServer(config);
  const { inventory, phonesUrl, tftpPort = 0 } = server;
  return {
    inventory,
    data,
    caFile: join(data, "certificates", "ca.pem"),
    tftpPort,
    httpPort: server.httpPort,
    legacyPort: server.legacyPort,
    https: `${phonesUrl}/`,
    async folderOf(mac) {
      const { serverKey } = await inventory.renderContext();
      const { device } = need(await inventory.showPhone(mac));
      return `${phonesUrl}/${deviceToken(serverKey, device.mac, device.tokenGeneration)}/`;
    },
    async traced(mac, fits, signal) {
      for (;;) {
        const { steps } = need(await inventory.trace(mac));
        const found = steps.map(({ entry }) => entry).find(fits);
        if (found !== undefined) return found;
        // The server writes after it has answered: look again until it has, or the test's time is over.
        await wait(20, undefined, { signal });
      }
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await rm(data, { recursive: true });
    },
  };
}

/** What a verb of the inventory gave. @throws when it refused. */
export function need<T>(verb: Verb<T>): T {
  if (verb.ok) return verb.value;
  throw new Error(`refused: ${JSON.stringify(verb.flaws)}`);
}

/** `offhook …` as a process of its own. */
export function runOffhook(...words: readonly string[]): Promise<{ code: number; stdout: string }> {
  const [node, bin] = offhook;
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number; stdout: string }>();
  execFile(node, [bin, ...words], { timeout: 60_000 }, (error, stdout, stderr) => {
    if (error === null) resolve({ code: 0, stdout });
    else if (typeof error.code === "number") resolve({ code: error.code, stdout });
    else reject(new Error(`offhook ${words.join(" ")}: ${error.message}: ${stderr}`));
  });
  return promise;
}
