import { readFile } from "node:fs/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";

/** How busy this program was over a run: what its own figures are to be trusted by. */
export interface OwnLoad {
  /** Event loop delay, ms. */
  readonly loopDelayP50: number;
  readonly loopDelayP99: number;
  /** % of one core, all threads of this program. */
  readonly cpu: number;
  /** Datagrams that the kernel dropped because our sockets' buffers were full; undefined where it does not say. */
  readonly bufferDrops: number | undefined;
}

/** Starts to watch; the function returned ends it. */
export function watchOwnLoad(ports: readonly number[]): () => Promise<OwnLoad> {
  const resolution = 10;
  const loop = monitorEventLoopDelay({ resolution });
  const [cpuBefore, from] = [process.cpuUsage(), performance.now()];
  loop.enable();
  return async () => {
    loop.disable();
    const { user, system } = process.cpuUsage(cpuBefore);
    // The histogram counts its own resolution as delay.
    const delay = (p: number) => Math.max(0, loop.percentile(p) / 1e6 - resolution);
    return {
      loopDelayP50: delay(50),
      loopDelayP99: delay(99),
      cpu: (user + system) / 10 / Math.max(1, performance.now() - from),
      bufferDrops: await dropsOf(new Set(ports)),
    };
  };
}

/** /proc/net/udp: local address and port in the second column, drops since the socket was opened in the last. */
async function dropsOf(ports: ReadonlySet<number>): Promise<number | undefined> {
  try {
    const tables = await Promise.all(["udp", "udp6"].map((name) => readFile(`/proc/net/${name}`, "utf8")));
    const rows = tables.flatMap((table) => table.split("\n").slice(1));
    return rows
      .map((row) => row.trim().split(/\s+/u))
      .filter((cells) => ports.has(Number.parseInt(cells[1]?.split(":")[1] ?? "", 16)))
      .reduce((sum, cells) => sum + Number(cells.at(-1)), 0);
  } catch {
    return undefined;
  }
}
