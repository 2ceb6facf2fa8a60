import { type ChildProcess, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { decoded, mismatchSentence, type Decoded } from "../../protocol/decoded.ts";
import { legacyAnswer } from "../answer/legacy-answer.ts";
import { readCertificateFiles } from "../doors/certificate-files.ts";
import type { Certificates } from "../doors/certificates.ts";
import type { DoorOptions } from "../doors/door.ts";
import { buildHttpDoor, forwardedAddress } from "../doors/http-door.ts";
import type { LegacyCertificate } from "../doors/legacy-door.ts";
import type { LegacyOrder, LegacyRenewal, LegacyWord } from "../doors/legacy-process.ts";
import type { StoreDirectory } from "../inventory/directory.ts";
import { lookAgain } from "./look-again.ts";
import type { ServerParts } from "./parts.ts";
import { serverCertificates } from "./server-certificates.ts";
import { shutOutForwarded } from "./shut-out.ts";

const program = fileURLToPath(new URL("../doors/legacy-process.ts", import.meta.url));

/** Opens the door of old TLS where the settings want it, as a process of its own; its port. */
export async function openLegacy(
  parts: ServerParts,
  door: DoorOptions,
  directory: Promise<StoreDirectory>,
  own: Certificates,
): Promise<number | undefined> {
  const { config, guard, closing } = parts;
  const { enabled, host, port, vendors } = config.phones.legacy;
  if (!enabled) return undefined;
  const certificate = await readCertificate(parts, own);
  if (!certificate.ok) throw new Error(mismatchSentence(certificate.why));
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
  shutOutForwarded(inner, guard);
  closing.push(() => inner.close());
  const path = join(folder, "inner");
  await inner.listen({ path });
  const process = new LegacyProcess(parts, { host, ...certificate.value, inner: path });
  const opened = await process.start(port);
  watchCertificate(parts, process, certificate.value);
  return opened;
}

/** The pair of the settings, else the server's own RSA: phones that old know no other keys. */
async function readCertificate(
  { config }: ServerParts,
  { rsa: { cert, key } }: Certificates,
): Promise<Decoded<LegacyCertificate>> {
  const { certificate: files } = config.phones.legacy;
  if (files === undefined) return decoded({ cert, key });
  const read = await readCertificateFiles(files, Date.now());
  return read.ok ? decoded({ cert: read.value.cert, key: read.value.key }) : read;
}

/** What is new on disk goes to connections to come. A bad file keeps the old pair and is told once. */
function watchCertificate(parts: ServerParts, process: LegacyProcess, first: LegacyCertificate): void {
  const { log } = parts;
  let { cert } = first;
  let told = "";
  lookAgain(parts, async () => {
    const read = await readCertificate(parts, await serverCertificates(parts));
    const problem = read.ok ? "" : mismatchSentence(read.why);
    if (problem !== "" && problem !== told)
      log.error({ event: "certificate", door: "legacy", problem }, "the old certificate stays");
    told = problem;
    if (!read.ok || read.value.cert === cert) return;
    cert = read.value.cert;
    process.renew(read.value);
    log.info({ event: "certificate", door: "legacy" }, "a new certificate");
  });
}

/** The process of the door: begun again when it died, on the port that phones know. */
class LegacyProcess {
  readonly #parts: ServerParts;
  #order: Omit<LegacyOrder, "port">;
  #running: ChildProcess | undefined;
  #ended = false;

  constructor(parts: ServerParts, order: Omit<LegacyOrder, "port">) {
    this.#parts = parts;
    this.#order = order;
    parts.closing.push(async () => {
      this.#ended = true;
      this.#running?.kill();
    });
  }

  async start(wanted: number): Promise<number> {
    const port = await this.#begin(wanted);
    this.#parts.closing.every(2000, async () => {
      if (!this.#ended && this.#running?.exitCode !== null) await this.#begin(port).catch(() => {});
    });
    return port;
  }

  renew(certificate: LegacyCertificate): void {
    this.#order = { ...this.#order, ...certificate };
    const renewal: LegacyRenewal = { renew: certificate };
    if (this.#running?.connected === true) this.#running.send(renewal);
  }

  #begin(port: number): Promise<number> {
    const { log, recorder } = this.#parts;
    const child = fork(program, [], { stdio: ["ignore", "inherit", "inherit", "ipc"], execArgv: [] });
    this.#running = child;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    child.on("message", (word: LegacyWord) => {
      if (word.kind === "listening") resolve(word.port);
      else if (word.kind === "failed") reject(Object.assign(new Error(word.message), { code: word.code }));
      else recorder.tlsError(word.failure.at, "legacy", word.failure.address, word.failure.reason);
    });
    child.once("exit", (code) => {
      reject(new Error(`the process of the legacy door ended with ${String(code)}`));
      if (!this.#ended) log.error({ event: "legacy-door", code }, "the process of the legacy door ended");
    });
    child.send({ ...this.#order, port });
    return promise;
  }
}
