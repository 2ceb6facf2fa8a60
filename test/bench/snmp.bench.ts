import type { AgentIo } from "../../agent/io/io.ts";
import { systemIo } from "../../agent/io/system-io.ts";
import { loadMibs } from "../../agent/mibs/load-mibs.ts";
import { createPoePorts } from "../../agent/probes/poe-ports.ts";
import { createPoePulse } from "../../agent/probes/poe-pulse.ts";
import { KnownSwitches } from "../../agent/probes/poe-pulse/known-switches.ts";
import type { Bench, BenchContext } from "./bench.ts";
import { compare, type Run, type Side } from "./compare.ts";
import { cpuTime, cpuTimeOfTree } from "./cpu-time.ts";
import {
  bulkWalkClient,
  nativeClient,
  netSnmpClient,
  startExporter,
  type SnmpClient,
} from "./snmp-clients.ts";
import { startSwitches, type Manner } from "./switches-process.ts";

const allRows = 5021;
const portCount = 48;
const settings = { version: "2c", timeout: 2, retries: 1 } as const;

export const bench: Bench = {
  name: "snmp",
  about: "a full look at simulated switches of 48 ports and 5,021 rows, beside clients that read every row",
  longest: 240_000,
  async run(context) {
    const exporter = await startExporter(context.folder, context.signal);
    if (typeof exporter === "string") context.skip("snmp_exporter", exporter);
    const bulkWalk = bulkWalkClient(context.signal);
    if (bulkWalk === undefined) context.skip("snmpbulkwalk", "snmpbulkwalk is not installed");
    try {
      const clients: Clients = {
        ...(bulkWalk === undefined ? {} : { bulkWalk }),
        ...(typeof exporter === "string" ? {} : { exporter: exporter.client }),
      };
      // A short run has no time for peers that take ten seconds for a hundred switches.
      const many = context.effort.brief ? 20 : 100;
      await measure(context, "fast", 1, clients);
      await measure(context, "fast", many, clients);
      await measure(context, "slow", 1, clients);
      if (context.effort.brief) context.skip(`${many} slow switches`, "only in the long run");
      else await measure(context, "slow", many, clients);
    } finally {
      if (typeof exporter !== "string") await exporter[Symbol.asyncDispose]();
    }
  },
};

interface Clients {
  readonly bulkWalk?: SnmpClient;
  readonly exporter?: SnmpClient;
}

async function measure(
  context: BenchContext,
  manner: Manner,
  count: number,
  { bulkWalk, exporter }: Clients,
): Promise<void> {
  await using switches = await startSwitches(count, manner);
  const { ports } = switches.says;
  const { brief } = context.effort;
  const takesLong = manner === "slow" || count > 1;
  const native = nativeOf(ports, manner, brief);
  if (typeof native === "string") context.skip(`npm snmp-native, ${count} ${manner}`, native);
  const quick = [
    sideOf(netSnmpClient(), ports),
    ...(exporter === undefined ? [] : [sideOf(exporter, ports)]),
    ...(bulkWalk === undefined || takesLong ? [] : [sideOf(bulkWalk, ports)]),
    ...(typeof native === "string" || takesLong ? [] : [native]),
  ];
  const long = [
    ...(bulkWalk !== undefined && takesLong ? [once(sideOf(bulkWalk, ports))] : []),
    ...(typeof native !== "string" && takesLong ? [once(native)] : []),
  ];
  const work = `${count} ${manner} switch${count === 1 ? "" : "es, all at once"}`;
  const ours = looks(ports, context.signal);
  await compare(context, work, ours, quick);
  // By themselves: what takes twenty seconds leaves no time for rounds.
  if (long.length > 0) await compare(context, `${work}, beside what takes long`, ours, long);
  if (manner === "fast" && count > 1)
    await compare(context, `${count} ${manner} switches, the pulse`, pulses(ports, context.signal));
}

/** One row a round trip: with 5 ms each, a hundred switches take as long as one, and one takes half a minute. */
function nativeOf(ports: readonly number[], manner: Manner, brief: boolean): Side | string {
  if (manner === "slow" && ports.length > 1) return "half a minute for each round, as with one";
  if (brief && (manner === "slow" || ports.length > 1)) return "takes too long for a short run";
  return sideOf(nativeClient(), ports);
}

/** Runs once and says the same each time: for what takes so long that rounds would have no end. */
function once(side: Side): Side {
  let run: Promise<Run> | undefined;
  return { name: `${side.name} (one run)`, run: (ms) => (run ??= side.run(ms)) };
}

/** All switches again and again for the given time; at least once. */
function counted(name: string, count: number, cost: SnmpClient["cost"], round: () => Promise<void>): Side {
  const spent = () => {
    if (typeof cost === "number") return cpuTimeOfTree(cost) ?? 0;
    return cpuTime(process.pid)?.[cost] ?? 0;
  };
  return {
    name,
    async run(ms) {
      const cpu = spent();
      const from = performance.now();
      let rounds = 0;
      for (; rounds === 0 || performance.now() - from < ms; rounds += 1) await round();
      const seconds = (performance.now() - from) / 1000;
      const used = spent() - cpu;
      const switches = rounds * count;
      return {
        rates: {
          "switches/s": switches / seconds,
          ...(used > 0 ? { "switches/CPU-s": switches / used } : {}),
        },
      };
    },
  };
}

/** @throws when a row is missing: fast is worth nothing then. */
function sideOf(client: SnmpClient, ports: readonly number[]): Side {
  return counted(client.name, ports.length, client.cost, async () => {
    const waiting = [...ports];
    const work = async () => {
      for (let port = waiting.pop(); port !== undefined; port = waiting.pop()) {
        const rows = await client.read(port);
        if (rows < allRows) throw new Error(`${client.name} read ${rows} of ${allRows} rows`);
      }
    };
    await Promise.all(Array.from({ length: Math.min(client.atOnce, ports.length) }, work));
  });
}

/** The agent's own look: columns to observations. */
function looks(ports: readonly number[], signal: AbortSignal): Side {
  const probe = createPoePorts(() => loadMibs("agent/mibs"));
  const io = systemIo();
  return counted("offhook", ports.length, "own", async () => {
    await Promise.all(ports.map((port) => look(probe, port, io, signal)));
  });
}

async function look(
  probe: ReturnType<typeof createPoePorts>,
  port: number,
  io: AgentIo,
  signal: AbortSignal,
): Promise<void> {
  const observations = await probe.run(`127.0.0.1:${port}`, { ...settings, id: `sw${port}` }, io, signal);
  const having = (key: string) =>
    observations.filter((each) => each.key === key && each.value !== null).length;
  for (const key of ["poe.state", "poe.watts", "port.phone", "port.phone.model"])
    if (having(key) !== portCount) throw new Error(`${having(key)} of ${portCount} ports have ${key}`);
}

/** The small look; the full one before it is not counted. */
function pulses(ports: readonly number[], signal: AbortSignal): Side {
  const known = new KnownSwitches();
  const full = createPoePorts(() => loadMibs("agent/mibs"), known);
  const pulse = createPoePulse(known, full);
  const io = systemIo();
  const ask = (port: number) => pulse.run(`127.0.0.1:${port}`, { ...settings, id: `sw${port}` }, io, signal);
  const side = counted("offhook", ports.length, "own", async () => {
    const all = await Promise.all(ports.map(ask));
    for (const observations of all)
      if (observations.filter(({ key }) => key === "poe.state").length !== portCount)
        throw new Error("a pulse lost a port");
  });
  return side;
}
