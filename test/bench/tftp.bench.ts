import { join } from "node:path";
import { mkdir } from "node:fs/promises";
import type { Bench, BenchContext } from "./bench.ts";
import { compare, type Side } from "./compare.ts";
import { cpuTimeOfTree } from "./cpu-time.ts";
import { freeUdpPort } from "./free-port.ts";
import { startProvisioning } from "./provisioning-process.ts";
import { startProgram, type Started } from "./start-program.ts";
import { answersTftp, type TftpLoad, TftpPhones, type TftpServer } from "./tftp-load.ts";

interface Server extends TftpServer {
  readonly name: string;
  readonly pid: number;
  /** A process that forks for each transfer and does not wait for the children leaves no trace of their time. */
  readonly cpuKnown: boolean;
}

const phonesAtOnce = 200;
const imagesAtOnce = 8;

export const bench: Bench = {
  name: "tftp",
  about: "the TFTP door (answer, render, record) beside servers that send the same bytes from disk",
  async run(context) {
    await using scope = new AsyncDisposableStack();
    const served = join(context.folder, "served");
    await mkdir(served);
    const ours = scope.use(await startProvisioning(join(context.folder, "data"), served));
    const { phones, image, tftpPort: port } = ours.says;
    const probe = phones[0]?.config.path ?? "";
    const self: Server = { name: "offhook", address: "127.0.0.1", port, pid: ours.pid, cpuKnown: true };
    const servers = [self];
    for (const peer of [await tftpdHpa(served, probe), await dnsmasq(served, probe)]) {
      if (!peer.started.ok) context.skip(peer.name, peer.started.why);
      else servers.push({ ...peer, pid: scope.use(peer.started.program).pid });
    }
    const clients = scope.use(await TftpPhones.open(phonesAtOnce * 3));
    const configs = phones.map((phone) => phone.config);
    const blockSizes = context.effort.brief ? [1468] : [512, 1468];
    for (const blockSize of blockSizes) {
      const load = { files: configs, atOnce: phonesAtOnce, blockSize };
      await measure(context, clients, servers, `${kilo(configs[0]?.size)} config`, load, "transfers");
    }
    for (const blockSize of blockSizes) {
      const load = { files: [image], atOnce: imagesAtOnce, blockSize };
      await measure(context, clients, servers, `${kilo(image.size)} image`, load, "MB");
    }
  },
};

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
  const work = `${what}, blksize ${load.blockSize}, ${load.atOnce} at once`;
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
