import { readdir } from "node:fs/promises";
import { readTextFile } from "../../io/host/text-file.ts";

const services = ["asterisk", "kamailio"];
/** Of /proc's times: USER_HZ is 100 wherever Linux runs Node. */
const ticksPerSecond = 100;

/** When the SIP services of this machine started, ms since 1970; those that do not run are absent. */
export async function serviceStarts(): Promise<ReadonlyMap<string, number>> {
  const stat = await readTextFile("/proc/stat");
  const bootedAt = stat.ok ? Number(/^btime (\d+)/m.exec(stat.text)?.[1]) * 1000 : Number.NaN;
  const found = new Map<string, number>();
  if (!Number.isFinite(bootedAt)) return found;
  const processes = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const process of processes) {
    const line = await readTextFile(`/proc/${process}/stat`);
    const match = line.ok ? /^\d+ \(([^)]*)\) (.*)/s.exec(line.text) : null;
    const name = match?.[1] ?? "";
    if (!services.includes(name)) continue;
    // Field 22 of proc(5); the first two are taken off.
    const ticks = Number((match?.[2] ?? "").split(" ")[19]);
    const startedAt = bootedAt + (ticks / ticksPerSecond) * 1000;
    found.set(name, Math.min(found.get(name) ?? Infinity, startedAt));
  }
  return found;
}
