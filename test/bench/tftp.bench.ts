import { join } from "node:path";
import { mkdir, writeFile } from "node:fs/promises";
import type { Bench, BenchContext } from "./bench.ts";
import { compare, type Side } from "./compare.ts";
import { cpuTimeOfTree } from "./cpu-time.ts";
import { freeUdpPort } from "./free-port.ts";
import { startProvisioning } from "./provisioning-process.ts";
import { startProgram, type Started } from "./start-program.ts";
import { startTftp } from "./tftp-process.ts";
import { seededRandom } from "../fakes/seeded-random.ts";
import { answersTftp, type TftpLoad, TftpPhones, type TftpServer } from "./tftp-load.ts";

interface Server extends TftpServer {
  readonly name: string;
  readonly pid: number;
  /** A process that forks for each transfer and does not wait for the children leaves no trace of their time. */
  readonly cpuKnown: boolean;
}

const phonesAtOnce = 200;
const stormAtOnce = 1000;
const imagesAtOnce = 50;
const configSize = 12_000;
const imageSize = 20_000_000;
/** As many as there are phones in a storm. */
const configCount = 250;

export const bench: Bench = {
  name: "tftp",
  about:
    "the TFTP door, with answers out of memory and as the server has it, beside servers that send files from disk",
  longest: 420_000,
  async run(context) {
    const clients = await TftpPhones.open(stormAtOnce * 2);
    try {
      await benchDoor(context, clients);
      await benchServer(context, clients);
    } finally {
      await clients[Symbol.asyncDispose]();
    }
  },
};

/** The door alone: files as the reference's figures have them. */
async function benchDoor(context: BenchContext, clients: TftpPhones): Promise<void> {
  await using scope = new AsyncDisposableStack();
  const served = join(context.folder, "door");
  await mkdir(served);
  const random = seededRandom(1);
  const configs = Array.from({ length: configCount }, (_, at) => ({ path: `c${at}.cfg`, size: configSize }));
  const image = { path: "image.rom", size: imageSize };
  for (const { path, size } of [...configs, image]) await writeFile(join(served, path), random.bytes(size));
  const ours = scope.use(await startTftp(served));
  const self = { name: "offhook", address: "127.0.0.1", port: ours.says.port, pid: ours.pid, cpuKnown: true };
  const servers = [self, ...(await startPeers(context, scope, served, "c0.cfg"))];
  const run = (what: string, load: TftpLoad, unit: "transfers" | "MB") =>
    measure(context, clients, servers, `door alone, ${what}`, load, unit);
  for (const atOnce of context.effort.brief ? [phonesAtOnce] : [phonesAtOnce, stormAtOnce])
    for (const blockSize of [512, 1468])
      await run("12 kB config", { files: configs, atOnce, blockSize }, "transfers");
  for (const windowSize of context.effort.brief ? [16] : [8, 16])
    await run("20 MB image", { files: [image], atOnce: imagesAtOnce, blockSize: 1468, windowSize }, "MB");
  const loss = { files: configs, atOnce: phonesAtOnce, blockSize: 512, loss: 0.01 };
  if (!context.effort.brief) await run("12 kB config, 1 % lost each way", loss, "transfers");
}

/** The server's door: identity, claim, rendering and record for every transfer. */
async function benchServer(context: BenchContext, clients: TftpPhones): Promise<void> {
  await using scope = new AsyncDisposableStack();
  const served = join(context.folder, "served");
  await mkdir(served);
  const ours = scope.use(await startProvisioning(join(context.folder, "data"), served));
  const { phones, image, tftpPort: port } = ours.says;
  const self: Server = { name: "offhook", address: "127.0.0.1", port, pid: ours.pid, cpuKnown: true };
  const servers = [self, ...(await startPeers(context, scope, served, phones[0]?.config.path ?? ""))];
  const configs = phones.map((phone) => phone.config);
  for (const blockSize of context.effort.brief ? [1468] : [512, 1468]) {
    const load = { files: configs, atOnce: phonesAtOnce, blockSize };
    await measure(context, clients, servers, `${kilo(configs[0]?.size)} config`, load, "transfers");
  }
  const load = { files: [image], atOnce: 8, blockSize: 1468 };
  await measure(context, clients, servers, `${kilo(image.size)} image`, load, "MB");
}

async function startPeers(
  context: BenchContext,
  scope: AsyncDisposableStack,
  served: string,
  probe: string,
): Promise<readonly Server[]> {
  const servers: Server[] = [];
  for (const peer of [await tftpdHpa(served, probe), await dnsmasq(served, probe)]) {
    if (!peer.started.ok) context.skip(peer.name, peer.started.why);
    else servers.push({ ...peer, pid: scope.use(peer.started.program).pid });
  }
  return servers;
}

const kilo = (size = 0) => `${Math.round(size / 1000)} kB`;

async function measure(
  context: BenchContext,
  clients: TftpPhones,
  servers: readonly Server[],
  what: string,
  load: TftpLoad,
  unit: "transfers" | "MB",
): Promise<void> {
  const sides = servers.map((server): Side => ({
    name: server.name,
    async run(ms) {
      const cpu = cpuTimeOfTree(server.pid) ?? 0;
      const came = await clients.load(server, load, ms, context.signal);
      const used = (cpuTimeOfTree(server.pid) ?? 0) - cpu;
      const done = unit === "transfers" ? came.transfers : came.bytes / 1e6;
      const perCpu = server.cpuKnown && used > 0 ? { [`${unit}/CPU-s`]: done / used } : {};
      return {
        rates: { [`${unit}/s`]: done / came.seconds, ...perCpu },
        loadBusy: came.loadBusy,
        failed: came.failed,
      };
    },
  }));
  const [ours, ...peers] = sides;
  const window = load.windowSize === undefined ? "" : `, window ${load.windowSize}`;
  const work = `${what}, blksize ${load.blockSize}${window}, ${load.atOnce} at once`;
  if (ours !== undefined) await compare(context, work, ours, peers);
}

interface Peer extends Omit<Server, "pid"> {
  readonly started: Started;
}

/** In the foreground, from a folder that it changes its root to; so it needs root. */
async function tftpdHpa(served: string, probe: string): Promise<Peer> {
  const server = { address: "127.0.0.68", port: await freeUdpPort() };
  const words = ["-L", "-4", "-a", `${server.address}:${server.port}`, "-s", served];
  const ready = () => answersTftp(server, probe);
  const started = await startProgram({ command: "in.tftpd", words, place: "server", ready });
  return { name: "tftpd-hpa", ...server, cpuKnown: false, started };
}

/** Its TFTP port is 69 and nothing else, so it gets an address of its own on loopback. */
async function dnsmasq(served: string, probe: string): Promise<Peer> {
  const server = { address: "127.0.0.69", port: 69 };
  const words = [
    "--no-daemon",
    "--conf-file=/dev/null",
    "--pid-file=",
    "--port=0",
    "--enable-tftp",
    `--tftp-root=${served}`,
    // Its own limit is 50 transfers at a time.
    "--tftp-max=2000",
    "--bind-interfaces",
    `--listen-address=${server.address}`,
  ];
  const ready = () => answersTftp(server, probe);
  const started = await startProgram({ command: "dnsmasq", words, place: "server", ready });
  return { name: "dnsmasq", ...server, cpuKnown: true, started };
}
