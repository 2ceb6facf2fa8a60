import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { systemClock } from "../../agent/io/clock.ts";
import { openSipChannel, type SipChannel } from "../../agent/io/sip-channel.ts";
import { runSipTransaction } from "../../agent/io/sip-transaction.ts";
import { openStream } from "../../agent/io/stream.ts";
import { openUdp } from "../../agent/io/udp.ts";
import { newBranch, newCallId, newTag, optionsRequest } from "../../protocol/sip/request.ts";
import { rfcTimers } from "../../protocol/sip/transaction-timers.ts";
import { startFakePbx } from "../fakes/pbx.ts";
import type { Bench } from "./bench.ts";
import { compare, type Run, type Side } from "./compare.ts";
import { placed } from "./cores.ts";
import { cpuTime } from "./cpu-time.ts";
import { freeUdpPort } from "./free-port.ts";
import { LoadMeter } from "./load-meter.ts";
import { optionsClient, optionsServer } from "./sipp-scenarios.ts";
import { findProgram, startProgram } from "./start-program.ts";

interface Server {
  readonly address: string;
  readonly port: number;
}

const atOnce = 50;
const address = "127.0.0.1";
const run = promisify(execFile);

export const bench: Bench = {
  name: "sip",
  about: "OPTIONS transactions of our client beside sipp's, both against the same server",
  async run(context) {
    await using scope = new AsyncDisposableStack();
    const sipp = findProgram("sipp");
    if (sipp === undefined) {
      context.skip("sipp", "sipp is not installed; the server is our fake PBX");
      const pbx = scope.use(await startFakePbx({ accounts: [] }));
      await compare(context, work, ours(pbx, context.signal));
      return;
    }
    const server = { address, port: await freeUdpPort() };
    const scenario = join(context.folder, "server.xml");
    await writeFile(scenario, optionsServer);
    const words = ["-sf", scenario, "-i", address, "-p", String(server.port), "-nostdin"];
    const ready = () => answers(server, context.signal);
    const started = await startProgram({ command: "sipp", words, place: "server", ready });
    if (!started.ok) return context.skip("sipp", started.why);
    scope.use(started.program);
    const peer = await sippClient(sipp, context.folder, server, context.signal);
    await compare(context, work, ours(server, context.signal), [peer]);
  },
};

const work = `OPTIONS over UDP, ${atOnce} at once`;

function openChannel(server: Server, signal: AbortSignal): Promise<SipChannel> {
  const target = { transport: "udp", ...server, serverName: server.address, timeout: 1000 } as const;
  return openSipChannel({ openUdp, openStream, clock: systemClock }, target, signal);
}

async function askOnce(channel: SipChannel, server: Server, signal: AbortSignal, timers = rfcTimers) {
  const uri = `sip:${server.address}:${server.port}`;
  const request = optionsRequest({
    uri,
    transport: "udp",
    local: channel.local,
    from: `sip:offhook@${server.address}`,
    to: uri,
    callId: newCallId(randomBytes),
    fromTag: newTag(randomBytes),
    cseq: 1,
    branch: newBranch(randomBytes),
    userAgent: "Offhook bench",
  });
  const { end, sentAt } = await runSipTransaction(channel, request, { timers, clock: systemClock }, signal);
  // One that had to be sent again is none of a clean rate.
  return end.kind === "final" && end.response.code === 200 && sentAt.length === 1;
}

async function answers(server: Server, signal: AbortSignal): Promise<boolean> {
  await using channel = await openChannel(server, signal);
  return await askOnce(channel, server, signal, { ...rfcTimers, giveUp: 300 });
}

/** Each of the channels has a socket of its own and asks again as soon as it is answered. */
function ours(server: Server, signal: AbortSignal): Side {
  return {
    name: "offhook",
    async run(ms): Promise<Run> {
      await using scope = new AsyncDisposableStack();
      const channels = await Promise.all(Array.from({ length: atOnce }, () => openChannel(server, signal)));
      for (const channel of channels) scope.use(channel);
      const came = { done: 0, failed: 0 };
      const cpu = cpuTime(process.pid)?.own ?? 0;
      const meter = new LoadMeter();
      const until = performance.now() + ms;
      await Promise.all(
        channels.map(async (channel) => {
          while (performance.now() < until)
            came[(await askOnce(channel, server, signal)) ? "done" : "failed"] += 1;
        }),
      );
      const { seconds, loadBusy } = meter.read();
      const used = (cpuTime(process.pid)?.own ?? 0) - cpu;
      return { ...runOf(came.done, seconds, used), failed: came.failed, loadBusy };
    },
  };
}

function runOf(done: number, seconds: number, cpu: number): Run {
  const perCpu = cpu > 0 ? { "transactions/CPU-s": done / cpu } : {};
  return { rates: { "transactions/s": done / seconds, ...perCpu } };
}

/** As fast as 50 at once go: the rate asked for is out of reach. */
async function sippClient(sipp: string, folder: string, server: Server, signal: AbortSignal): Promise<Side> {
  const scenario = join(folder, "client.xml");
  await writeFile(scenario, optionsClient);
  let rate = 3000;
  return {
    name: "sipp",
    async run(ms) {
      // sipp counts calls, not time: as many as it did in that time before.
      const calls = Math.max(100, Math.round((rate * ms) / 1000));
      const words = ["-sf", scenario, "-i", address, "-p", String(await freeUdpPort()), "-nostdin"];
      words.push("-m", String(calls), "-r", "1000000", "-l", String(atOnce), "-timeout", "20");
      const [command, all] = placed("load", sipp, [...words, `${server.address}:${server.port}`]);
      const cpu = cpuTime(process.pid)?.ended ?? 0;
      const { stdout } = await run(command, all, { signal, timeout: 25_000, maxBuffer: 16 << 20 });
      const used = (cpuTime(process.pid)?.ended ?? 0) - cpu;
      rate = Number(/Call Rate .*?([\d.]+) cps *$/m.exec(stdout)?.[1]);
      const done = Number(/Successful call .*?(\d+) *$/m.exec(stdout)?.[1]);
      if (!(rate > 0) || !(done > 0)) throw new Error("sipp's last screen does not tell what it did");
      return { ...runOf(done, done / rate, used), failed: calls - done, loadBusy: used / (done / rate) };
    },
  };
}
