import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { legacyAnswer } from "../answer/legacy-answer.ts";
import type { Certificates } from "../doors/certificates.ts";
import type { DoorOptions } from "../doors/door.ts";
import { buildHttpDoor, forwardedAddress } from "../doors/http-door.ts";
import type { LegacyOrder, LegacyWord } from "../doors/legacy-process.ts";
import type { StoreDirectory } from "../inventory/directory.ts";
import type { ServerParts } from "./parts.ts";

const program = fileURLToPath(new URL("../doors/legacy-process.ts", import.meta.url));

/** Opens the door of old TLS where the settings want it, as a process of its own; its port. */
export async function openLegacy(
  parts: ServerParts,
  door: DoorOptions,
  directory: Promise<StoreDirectory>,
  { rsa }: Certificates,
): Promise<number | undefined> {
  const { config, closing } = parts;
  const { enabled, host, port, vendors } = config.phones.legacy;
  if (!enabled) return undefined;
  // A unix socket, in a folder that nobody else may enter: who it says a request is from is believed.
  const folder = await mkdtemp(join(tmpdir(), "offhook-legacy-"));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const inner = buildHttpDoor({
    ...door,
    answer: async (request) => legacyAnswer(await door.answer(request), request, await directory, vendors),
    via: "legacy",
    open: new Map(),
    addressOf: forwardedAddress,
    connectionsPerAddress: 10_000,
  });
  closing.push(() => inner.close());
  const path = join(folder, "inner");
  await inner.listen({ path });
  return startProcess(parts, { host, port, cert: rsa.cert, key: rsa.key, inner: path });
}

async function startProcess(parts: ServerParts, order: LegacyOrder): Promise<number> {
  const { closing, log, recorder } = parts;
  let ended = false;
  let running: ChildProcess | undefined;
  closing.push(async () => {
    ended = true;
    running?.kill();
  });
  const begin = (port: number): Promise<number> => {
    const child = fork(program, [], { stdio: ["ignore", "inherit", "inherit", "ipc"], execArgv: [] });
    running = child;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    child.on("message", (word: LegacyWord) => {
      if (word.kind === "listening") resolve(word.port);
      else if (word.kind === "failed") reject(Object.assign(new Error(word.message), { code: word.code }));
      else recorder.tlsError(word.failure.at, "legacy", word.failure.address, word.failure.reason);
    });
    child.once("exit", (code) => {
      reject(new Error(`the process of the legacy door ended with ${String(code)}`));
      if (!ended) log.error({ event: "legacy-door", code }, "the process of the legacy door ended");
    });
    child.send({ ...order, port });
    return promise;
  };
  const port = await begin(order.port);
  keepRunning(
    parts,
    () => !ended && running?.exitCode !== null,
    () => begin(port),
  );
  return port;
}

/** A process that died is begun again, on the port that phones know. */
function keepRunning(parts: ServerParts, isDown: () => boolean, begin: () => Promise<number>): void {
  parts.closing.every(2000, async () => {
    if (isDown()) await begin().catch(() => {});
  });
}
