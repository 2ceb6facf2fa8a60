import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { AgentIo } from "../../agent/io/io.ts";
import { systemIo } from "../../agent/io/system-io.ts";
import { poePorts } from "../../agent/probes/poe-ports.ts";
import type { Bench } from "./bench.ts";
import { compare, type Side } from "./compare.ts";
import { placed } from "./cores.ts";
import { cpuTime } from "./cpu-time.ts";
import { findProgram } from "./start-program.ts";
import { startSwitchProcess } from "./switch-process.ts";

const portCount = 48;
const run = promisify(execFile);

export const bench: Bench = {
  name: "snmp",
  about: "one full look at a simulated switch, beside net-snmp's snmpbulkwalk reading the same columns",
  async run(context) {
    await using fake = await startSwitchProcess(portCount);
    const { address, port } = fake.says;
    const target = `${address}:${port}`;
    const columns = await columnsRead(target, context.signal);
    const ours = counted("offhook", "own", async () => {
      const observations = await look(systemIo(), target, context.signal);
      if (observations.length < portCount) throw new Error(`only ${observations.length} observations`);
    });
    const command = findProgram("snmpbulkwalk");
    if (command === undefined) context.skip("snmpbulkwalk", "snmpbulkwalk is not installed");
    const walkAll = (roots: readonly string[]) => async () => {
      for (const root of roots) await bulkWalk(command ?? "", target, root, context.signal);
    };
    const entries = [...new Set(columns.map((column) => column.slice(0, column.lastIndexOf("."))))];
    const peers =
      command === undefined
        ? []
        : [
            counted("bulkwalk, by table", "ended", walkAll(entries)),
            ...(context.effort.brief ? [] : [counted("bulkwalk, by column", "ended", walkAll(columns))]),
          ];
    const work = `${portCount} ports with a phone each: ${columns.length} columns of ${entries.length} tables`;
    await compare(context, work, ours, peers);
  },
};

/** What the same look costs the client: of this process, or of the programs that it ran. */
function counted(name: string, whose: "own" | "ended", once: () => Promise<void>): Side {
  return {
    name,
    async run(ms) {
      const cpu = cpuTime(process.pid)?.[whose] ?? 0;
      const from = performance.now();
      let looks = 0;
      for (; looks === 0 || performance.now() - from < ms; looks += 1) await once();
      const seconds = (performance.now() - from) / 1000;
      const used = (cpuTime(process.pid)?.[whose] ?? 0) - cpu;
      return { rates: { "looks/s": looks / seconds, ...(used > 0 ? { "looks/CPU-s": looks / used } : {}) } };
    },
  };
}

function look(io: AgentIo, target: string, signal: AbortSignal) {
  const settings = { version: "2c", timeout: 2, retries: 1 } as const;
  return poePorts.run(target, settings, io, signal);
}

/** The columns that our look reads and this switch has; what it asks for in vain is not asked of the peer. */
async function columnsRead(target: string, signal: AbortSignal): Promise<string[]> {
  const io = systemIo();
  const found = new Set<string>();
  const openSnmp: AgentIo["openSnmp"] = () => {
    const pool = io.openSnmp();
    return {
      dropped: pool.dropped,
      get: (...asked) => pool.get(...asked),
      set: (...asked) => pool.set(...asked),
      async walkColumns(...asked) {
        const walk = await pool.walkColumns(...asked);
        for (const [column, { rows }] of walk.columns) if (rows.size > 0) found.add(column);
        return walk;
      },
      [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
    };
  };
  await look({ ...io, openSnmp }, target, signal);
  return [...found].toSorted();
}

async function bulkWalk(command: string, target: string, root: string, signal: AbortSignal): Promise<void> {
  // Without MIB files, which would be read anew at each start.
  const words = ["-v2c", "-c", "public", "-m", "", "-On", "-Cr50", target, `.${root}`];
  const [first, rest] = placed("load", command, words);
  const { stdout } = await run(first, rest, { signal, maxBuffer: 16 << 20, timeout: 10_000 });
  if (!stdout.includes(`.${root}.`)) throw new Error(`snmpbulkwalk read nothing of ${root}`);
}
