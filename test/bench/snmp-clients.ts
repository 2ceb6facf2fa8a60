import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import * as netSnmp from "net-snmp";
import { Session as NativeSession } from "snmp-native";
import { placed } from "./cores.ts";
import { freeTcpPort } from "./free-port.ts";
import { roots } from "./row-table.ts";
import { findProgram, startProgram, type RunningProgram } from "./start-program.ts";

// Other ways to read a switch, each as its users do it. All read every row: none of them chooses for a PoE look.

const run = promisify(execFile);

export interface SnmpClient {
  readonly name: string;
  /** Whose processor time it costs: this process, programs that end, or a program that goes on. */
  readonly cost: "own" | "ended" | number;
  /** Reads one switch; how many rows came. */
  read(port: number): Promise<number>;
  /** Switches at a time. */
  readonly atOnce: number;
}

/** net-snmp's own command, a walk per root, 50 repetitions; eight at a time, as a shell script would. */
export function bulkWalkClient(signal: AbortSignal): SnmpClient | undefined {
  const command = findProgram("snmpbulkwalk");
  if (command === undefined) return undefined;
  return {
    name: "net-snmp snmpbulkwalk",
    cost: "ended",
    atOnce: 8,
    async read(port) {
      let rows = 0;
      for (const root of roots) {
        // Without MIB files, which would be read anew at each start.
        const words = ["-v2c", "-c", "public", "-m", "", "-On", "-Cr50", `127.0.0.1:${port}`, `.${root}`];
        const [first, rest] = placed("load", command, words);
        const { stdout } = await run(first, rest, { signal, maxBuffer: 16 << 20 });
        rows += stdout.split("\n").filter((line) => line.startsWith(`.${root}.`)).length;
      }
      return rows;
    },
  };
}

/** snmp-native as it is: one GETNEXT a row. */
export function nativeClient(): SnmpClient {
  return {
    name: "npm snmp-native",
    cost: "own",
    atOnce: Number.POSITIVE_INFINITY,
    async read(port) {
      const session = new NativeSession({
        host: "127.0.0.1",
        port,
        community: "public",
        timeouts: [5000, 5000],
      });
      let rows = 0;
      try {
        for (const root of roots) rows += await subtree(session, root);
      } finally {
        session.close();
      }
      return rows;
    },
  };
}

function subtree(session: NativeSession, root: string): Promise<number> {
  return new Promise((resolve, reject) => {
    session.getSubtree({ oid: root.split(".").map(Number) }, (error, varbinds) => {
      if (error === null || error === undefined) resolve(varbinds.length);
      else reject(error);
    });
  });
}

/** net-snmp of npm, its subtree with 50 repetitions. */
export function netSnmpClient(): SnmpClient {
  return {
    name: "npm net-snmp",
    cost: "own",
    atOnce: Number.POSITIVE_INFINITY,
    async read(port) {
      const options = { port, version: netSnmp.Version2c, timeout: 5000, retries: 1 };
      const session = netSnmp.createSession("127.0.0.1", "public", options);
      let rows = 0;
      try {
        for (const root of roots)
          await new Promise<void>((resolve, reject) => {
            const feed = (varbinds: readonly unknown[]): void => {
              rows += varbinds.length;
            };
            const done = (error: Error | null): void =>
              error === null || error === undefined ? resolve() : reject(error);
            session.subtree(root, 50, feed, done);
          });
      } finally {
        session.close();
      }
      return rows;
    },
  };
}

export interface Exporter extends RunningProgram {
  readonly client: SnmpClient;
}

/** Debian's prometheus-snmp-exporter, asked over HTTP as Prometheus asks it; else why not. */
export async function startExporter(folder: string, signal: AbortSignal): Promise<Exporter | string> {
  const port = await freeTcpPort();
  const file = join(folder, "snmp.yml");
  await writeFile(file, exporterConfig());
  const address = `http://127.0.0.1:${port}`;
  const answers = async () => {
    try {
      return (await fetch(`${address}/metrics`, { signal })).ok;
    } catch {
      return false;
    }
  };
  const started = await startProgram({
    command: "prometheus-snmp-exporter",
    words: [`--config.file=${file}`, `--web.listen-address=127.0.0.1:${port}`],
    place: "load",
    ready: answers,
  });
  if (!started.ok) return started.why;
  const { program } = started;
  return {
    pid: program.pid,
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
    client: {
      name: "snmp_exporter",
      cost: program.pid,
      atOnce: Number.POSITIVE_INFINITY,
      async read(target) {
        const reply = await fetch(`${address}/snmp?module=bench&target=127.0.0.1:${target}`, { signal });
        const text = await reply.text();
        if (!reply.ok) throw new Error(`snmp_exporter says ${reply.status}: ${text.slice(0, 200)}`);
        return Number(/^snmp_scrape_pdus_returned(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1] ?? 0);
      },
    },
  };
}

/** A module that walks all roots, in the form of 0.21, which Debian 12 has. */
function exporterConfig(): string {
  const lines = [
    "bench:",
    "  walk:",
    ...roots.map((root) => `  - ${root}`),
    "  metrics:",
    "  - name: ifOperStatus",
    "    oid: 1.3.6.1.2.1.2.2.1.8",
    "    type: gauge",
    "    indexes:",
    "    - labelname: ifIndex",
    "      type: gauge",
    "  version: 2",
    "  max_repetitions: 50",
    "  auth:",
    "    community: public",
  ];
  return `${lines.join("\n")}\n`;
}
