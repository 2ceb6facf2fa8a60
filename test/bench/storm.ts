// `node test/bench/storm.ts`: phones of every family that all boot at once, in this process, against `offhook server run`
// in another: each a new TLS connection, each family's own file order with the files that are not there, some by TFTP.
//   --phones N   how many (5000)
//   --spread S   seconds within which they are switched on (30); 0: all in the same moment
//   --rounds N   how often all of them boot (3): the server's memory must not grow with it
//   --json       one JSON object a line on stdout
// Ends with 1 when a phone has no config or waits over 5 s for an answer.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { seededRandom } from "../fakes/seeded-random.ts";
import { cpuTimeOfTree } from "./cpu-time.ts";
import { LoadMeter } from "./load-meter.ts";
import { type Booted, bootStormPhone, type StormTarget } from "./storm-boot.ts";
import type { StormPhone } from "./storm-phones.ts";
import { prepareStorm, startStormServer } from "./storm-server.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const { values: flags } = parseArgs({
  options: {
    phones: { type: "string", default: "5000" },
    spread: { type: "string", default: "30" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});
const [count, spread, rounds] = [Number(flags.phones), Number(flags.spread) * 1000, Number(flags.rounds)];
const longestWait = 5000;
const seed = 20_261_124;

interface Round {
  readonly phones: number;
  readonly withoutConfig: number;
  readonly again: number;
  readonly answers: number;
  readonly seconds: number;
  /** ms for one answer, or for a connection with its handshake: the longest of each phone. */
  readonly wait: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly serverCpuSeconds: number;
  /** How much of the time this process was busy: at 1 it is what phones wait for, not the server. */
  readonly loadBusy: number;
  readonly serverMiB: number;
}

await using folder = await temporaryFolder("storm");
// 250 phones behind each address, as behind a site's NAT.
const prepared = await prepareStorm(folder.path, count, (at) => `127.3.0.${1 + Math.floor(at / 250)}`);
const { server, target } = await startStormServer(prepared);
await using _ends = server;
const pid = server.child.pid ?? 0;
const say = (what: object) => console.log(flags.json ? JSON.stringify(what) : lineOf(what));
const families = new Set(prepared.phones.map(({ family }) => family)).size;
say({ phones: count, families, spreadSeconds: spread / 1000, node: process.version, seed });
let bad = 0;
for (let round = 1; round <= rounds; round += 1) {
  const booted = await storm(target, prepared.phones, round);
  say({ round, ...booted });
  if (booted.withoutConfig > 0 || booted.wait.max > longestWait) bad += 1;
}
server.child.kill("SIGTERM");
const code = await server.ended();
say({ serverEndedWith: code, missedRounds: bad });
process.exitCode = bad > 0 || code !== 0 ? 1 : 0;

async function storm(to: StormTarget, phones: readonly StormPhone[], round: number): Promise<Round> {
  const random = seededRandom(seed + round);
  const cpu = cpuTimeOfTree(pid) ?? 0;
  const meter = new LoadMeter();
  const started = performance.now();
  const all = await Promise.all(
    phones.map(async (phone) => {
      await sleep(random.next() * spread);
      return bootStormPhone(to, phone);
    }),
  );
  const failed = all.filter(({ problem }) => problem !== undefined);
  for (const { family, mac, problem } of failed.slice(0, 5)) console.error(`${family} ${mac}: ${problem}`);
  return {
    phones: all.length,
    withoutConfig: failed.length,
    again: sum(all, ({ again }) => again),
    answers: sum(all, ({ answers }) => answers),
    seconds: rounded((performance.now() - started) / 1000),
    wait: spreadOf(all.map(({ waited }) => waited)),
    serverCpuSeconds: rounded((cpuTimeOfTree(pid) ?? 0) - cpu),
    loadBusy: rounded(meter.read().loadBusy),
    serverMiB: residentMiB(),
  };
}

function sum(all: readonly Booted[], of: (one: Booted) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

function spreadOf(times: readonly number[]): Round["wait"] {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => Math.round(sorted[Math.floor(part * (sorted.length - 1))] ?? 0);
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** proc(5): the server's resident set. */
function residentMiB(): number {
  const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Math.round(Number(kib ?? 0) / 1024);
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function lineOf(what: object): string {
  return Object.entries(what)
    .map(([name, value]) => `${name} ${typeof value === "object" ? `(${lineOf(value as object)})` : value}`)
    .join(", ");
}
