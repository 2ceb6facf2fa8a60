import { readFile, stat } from "node:fs/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { availableParallelism } from "node:os";
import si from "systeminformation";
import type { Clock } from "../clock.ts";

export interface FileMode {
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** What this machine says of itself; what it cannot say is absent. */
export interface HostFacts {
  readonly hostname: string;
  readonly os?: string;
  readonly kernel?: string;
  readonly openssl: string;
  readonly systemOpenssl?: string;
  readonly clockSource?: string;
  /** By name, as text. */
  readonly sysctl: ReadonlyMap<string, string>;
  /** Datagrams lost to full receive buffers while looking. */
  readonly rcvbufErrors?: number;
  readonly loadPerCore?: number;
  /** % over the look. */
  readonly cpu?: number;
  readonly memoryAvailable?: number;
  /** p99 of the event loop's delay over the look, ms. */
  readonly loopDelay: number;
  readonly files: readonly FileMode[];
}

export type ReadHost = (
  options: { readonly files: readonly string[]; readonly clock: Clock },
  signal: AbortSignal,
) => Promise<HostFacts>;

const sysctls = ["net.core.rmem_max", "net.core.wmem_max", "net.ipv4.udp_mem"];

async function readText(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch {
    return undefined;
  }
}

async function readSysctls(): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  for (const name of sysctls) {
    const value = await readText(`/proc/sys/${name.replaceAll(".", "/")}`);
    if (value !== undefined) values.set(name, value.replaceAll(/\s+/g, " "));
  }
  return values;
}

/** The Udp lines of /proc/net/snmp: one of names, one of numbers. */
async function rcvbufErrors(): Promise<number | undefined> {
  const lines =
    (await readText("/proc/net/snmp"))?.split("\n").filter((line) => line.startsWith("Udp: ")) ?? [];
  const place = lines[0]?.split(" ").indexOf("RcvbufErrors") ?? -1;
  const value = Number(lines[1]?.split(" ")[place]);
  return place > 0 && Number.isFinite(value) ? value : undefined;
}

async function fileModes(paths: readonly string[]): Promise<FileMode[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      try {
        const { mode, uid, gid } = await stat(path);
        return { path, mode: mode & 0o7777, uid, gid };
      } catch {
        return undefined;
      }
    }),
  );
  return found.filter((each) => each !== undefined);
}

/** Reads the host over half a second, so that load and losses are of now. */
export const readHost: ReadHost = async ({ files, clock }, signal) => {
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  await si.currentLoad();
  const lostBefore = await rcvbufErrors();
  await clock.sleep(500, signal);
  const [os, load, memory, versions, lostAfter] = await Promise.all([
    si.osInfo(),
    si.currentLoad(),
    si.mem(),
    si.versions("openssl, systemOpenssl"),
    rcvbufErrors(),
  ]);
  loop.disable();
  const clockSource = await readText("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  return {
    hostname: os.hostname,
    openssl: process.versions.openssl,
    sysctl: await readSysctls(),
    // monitorEventLoopDelay counts its own 10 ms resolution as delay.
    loopDelay: Math.max(0, loop.percentile(99) / 1e6 - 10),
    files: await fileModes(files),
    loadPerCore: load.avgLoad / availableParallelism(),
    cpu: load.currentLoad,
    memoryAvailable: memory.available,
    ...(os.distro === "" ? {} : { os: `${os.distro} ${os.release}`.trim() }),
    ...(os.kernel === "" ? {} : { kernel: os.kernel }),
    ...(versions.systemOpenssl ? { systemOpenssl: versions.systemOpenssl } : {}),
    ...(clockSource === undefined ? {} : { clockSource }),
    ...(lostBefore === undefined || lostAfter === undefined
      ? {}
      : { rcvbufErrors: Math.max(0, lostAfter - lostBefore) }),
  };
};
