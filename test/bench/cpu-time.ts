import { readFileSync } from "node:fs";

/** USER_HZ: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

interface CpuTime {
  /** Seconds this process took itself. */
  readonly own: number;
  /** Seconds of its children that have ended and were waited for. */
  readonly ended: number;
}

/** Of one process (proc(5): `/proc/PID/stat`, fields 14 to 17); undefined where there is no such thing. */
export function cpuTime(pid: number): CpuTime | undefined {
  const fields = readOr(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, "")
    .split(" ");
  if (fields === undefined) return undefined;
  // The first one left is field 3, the state: the name before it may hold spaces.
  const seconds = (from: number) => (Number(fields[from - 3]) + Number(fields[from - 2])) / ticksPerSecond;
  return { own: seconds(14), ended: seconds(16) };
}

/** Of a process, its children, and theirs, seconds. */
export function cpuTimeOfTree(pid: number): number | undefined {
  const time = cpuTime(pid);
  if (time === undefined) return undefined;
  const children = (readOr(`/proc/${pid}/task/${pid}/children`) ?? "").split(" ").filter(Boolean);
  return children.reduce((sum, child) => sum + (cpuTimeOfTree(Number(child)) ?? 0), time.own + time.ended);
}

function readOr(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
