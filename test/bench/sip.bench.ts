import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Bench, BenchContext } from "./bench.ts";
import { compare, type Run, type Side } from "./compare.ts";
import { placed } from "./cores.ts";
import { freeUdpPort } from "./free-port.ts";
import { startOwnProcess } from "./own-process.ts";
import { RateLadder } from "./rate-ladder.ts";
import { isClean, loadAt, type Server } from "./sip-load.ts";
import { optionsClient, optionsServer } from "./sipp-scenarios.ts";
import { findProgram, startProgram } from "./start-program.ts";

const run = promisify(execFile);
const address = "127.0.0.1";
/** The same for sipp as for ours, which asks for as much. */
const sameBuffers = ["-buff_size", String(4 << 20)];
const unit = "clean OPTIONS/s";

export const bench: Bench = {
  name: "sip",
  about:
    "the highest rate of OPTIONS at which none is lost nor sent again: our client and sipp's, our mirror and sipp",
  async run(outer) {
    const context = { ...outer, effort: { ...outer.effort, rounds: 3, runMs: 300, workMs: 10_000 } };
    const sipp = findProgram("sipp");
    if (sipp === undefined) context.skip("sipp", "sipp is not installed");
    await asking(context, sipp);
    await answering(context, sipp);
    await asTheyCome(context, sipp);
  },
};

async function asking(context: BenchContext, sipp: string | undefined): Promise<void> {
  await using responder = await startOwnProcess<Server>(
    join(import.meta.dirname, "sip-responder-process.ts"),
    [],
  );
  const server = responder.says;
  const peers = sipp === undefined ? [] : [await sippAsking(context, sipp, server, sameBuffers)];
  await compare(
    context,
    "asking, at a given rate, a responder that is faster than both",
    oursAsking(context, server),
    peers,
  );
}

/** Our client puts the load on both, so that neither is held up by the other's. */
async function answering(context: BenchContext, sipp: string | undefined): Promise<void> {
  await using scope = new AsyncDisposableStack();
  const mirror = scope.use(
    await startOwnProcess<Server>(join(import.meta.dirname, "sip-mirror-process.ts"), []),
  );
  const peers: Side[] = [];
  const server = sipp === undefined ? undefined : await startSippServer(context, scope, sameBuffers);
  if (server !== undefined) peers.push({ ...oursAsking(context, server), name: "sipp" });
  await compare(
    context,
    "answering, asked by our client at a given rate",
    oursAsking(context, mirror.says),
    peers,
  );
}

/** Nothing set for either: sipp keeps the buffers that the system gives to who asks for none. */
async function asTheyCome(context: BenchContext, sipp: string | undefined): Promise<void> {
  await using scope = new AsyncDisposableStack();
  const mirror = scope.use(
    await startOwnProcess<Server>(join(import.meta.dirname, "sip-mirror-process.ts"), []),
  );
  const peers: Side[] = [];
  const server = sipp === undefined ? undefined : await startSippServer(context, scope, []);
  if (sipp !== undefined && server !== undefined) peers.push(await sippAsking(context, sipp, server, []));
  await compare(
    context,
    "asking its own kind, as installed: our client our mirror, sipp sipp",
    oursAsking(context, mirror.says),
    peers,
  );
}

/** A sipp that answers OPTIONS with 200, ready; undefined, and said, when it does not start. */
async function startSippServer(
  context: BenchContext,
  scope: AsyncDisposableStack,
  more: readonly string[],
): Promise<Server | undefined> {
  const server = { address, port: await freeUdpPort() };
  const scenario = join(context.folder, "server.xml");
  await writeFile(scenario, optionsServer);
  const words = ["-sf", scenario, "-i", address, "-p", String(server.port), "-nostdin", ...more];
  const ready = async () => isClean(await loadAt(server, 100, 50, context.signal), 0);
  const started = await startProgram({ command: "sipp", words, place: "server", ready });
  if (started.ok) {
    scope.use(started.program);
    return server;
  }
  context.skip("sipp answering", started.why);
  return undefined;
}

function oursAsking({ signal }: BenchContext, server: Server): Side {
  let ms = 0;
  const ladder = new RateLadder(async (rate) => isClean(await loadAt(server, rate, ms, signal), rate));
  return {
    name: "offhook",
    async run(time): Promise<Run> {
      ms = time;
      return { rates: { [unit]: await ladder.climb() } };
    },
  };
}

async function sippAsking(
  { folder, signal }: BenchContext,
  sipp: string,
  server: Server,
  more: readonly string[],
): Promise<Side> {
  const scenario = join(folder, "client.xml");
  await writeFile(scenario, optionsClient);
  const port = String(await freeUdpPort());
  const words = ["-sf", scenario, "-i", address, "-p", port, "-nostdin", "-timeout", "2", ...more];
  const isCleanAt = async (rate: number, ms: number) => {
    const calls = Math.round((rate * ms) / 1000);
    const how = ["-m", String(calls), "-r", String(rate), "-l", String(calls)];
    const [command, all] = placed("load", sipp, [...words, ...how, `${server.address}:${server.port}`]);
    try {
      const { stdout } = await run(command, all, { signal, timeout: 5000, maxBuffer: 16 << 20 });
      return sippWasClean(stdout, calls, rate);
    } catch (error) {
      // It ends with a code when calls failed.
      if (signal.aborted) throw error;
      return false;
    }
  };
  let ms = 0;
  const ladder = new RateLadder((rate) => isCleanAt(rate, ms));
  return {
    name: "sipp",
    async run(time) {
      ms = time;
      return { rates: { [unit]: await ladder.climb() } };
    },
  };
}

/** By sipp's last screen. Its rate counts the start and the end of the program, so it may be a little lower. */
function sippWasClean(screen: string, calls: number, wanted: number): boolean {
  const rate = Number(/Call Rate .*?([\d.]+) cps *$/m.exec(screen)?.[1]);
  const done = Number(/Successful call .*?(\d+) *$/m.exec(screen)?.[1]);
  const [, sent, again] = /OPTIONS -+> +(\d+) +(\d+)/.exec(screen) ?? [];
  if (sent === undefined || !(rate > 0)) throw new Error("sipp's last screen does not tell what it did");
  return done === calls && Number(again) === 0 && rate >= 0.75 * wanted;
}
