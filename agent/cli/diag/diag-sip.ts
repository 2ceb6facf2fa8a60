import type { Command } from "commander";
import type { Observation } from "../../../protocol/observation.ts";
import { percentile } from "../../../protocol/rtp/percentile.ts";
import { sipOptions } from "../../probes/sip-options.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { exitCodeOf, ioFor, judge } from "../look.ts";
import { printFindings } from "../print/print-findings.ts";
import { settingsFrom } from "../settings-options.ts";

interface WatchFlags extends Record<string, unknown> {
  readonly watch?: boolean;
  readonly seconds?: number;
  readonly json?: boolean;
  readonly rate?: number;
  readonly for?: number;
  readonly transport?: string;
}

type RunOnce = (target: string, options: Record<string, unknown>) => Promise<void>;

/**
 * What `offhook diag sip` has beyond its probe: a watch that asks once a second and ends with percentiles, and a load, which
 * is a probe of its own that no schedule knows.
 */
export function extendSipVerb(
  diag: Command,
  context: CliContext,
  { runOnce, runLoad }: { readonly runOnce: RunOnce; readonly runLoad: RunOnce },
): void {
  const verb = diag.commands.find((command) => command.name() === sipOptions.verb);
  if (verb === undefined) throw new Error(`no verb ${sipOptions.verb}`);
  verb
    .option("--watch", "go on until Ctrl-C: one OPTIONS and one line a second, percentiles at the end")
    .option("--seconds <n>", "end the watch after so many seconds", Number)
    .option(
      "--rate <n>",
      "only at your own server: so many OPTIONS a second (2000 at most), to see what it, or the way, loses under load",
      Number,
    )
    .option("--for <seconds>", "with --rate: how long, 10 unless told, 30 at most", Number)
    .action(async (target: string, flags: WatchFlags) => {
      if (flags.rate !== undefined) await runLoad(target, loadFlags(flags));
      else if (flags.for !== undefined) throw new CliError(exitCodes.usage, "--for needs --rate");
      else if (flags.watch === true) await watch(target, flags, context);
      else await runOnce(target, flags);
    });
}

/** @throws CliError of what does not go with a load. */
function loadFlags(flags: WatchFlags): WatchFlags {
  if (flags.watch === true) throw new CliError(exitCodes.usage, "--rate and --watch are two things");
  if (flags.transport === "udp" || flags.transport === undefined) return flags;
  throw new CliError(exitCodes.usage, "--rate asks over UDP alone, which loses what it cannot take");
}

/** One asking: its round trip, or why there is none. */
interface Ping {
  readonly rtt: number | undefined;
  readonly repeats: number;
  readonly said: string;
  readonly observations: readonly Observation[];
}

async function watch(target: string, flags: WatchFlags, context: CliContext): Promise<void> {
  const { seconds = Infinity } = flags;
  if (!(seconds >= 1)) throw new CliError(exitCodes.usage, "--seconds takes a number from 1 on");
  const settings = { ...settingsFrom(sipOptions.settings, flags), tries: 1 };
  const io = { ...ioFor(context), say: () => undefined };
  const pings: Ping[] = [];
  const start = io.clock.mono();
  for (let count = 0; count < seconds && !context.signal.aborted; count += 1) {
    try {
      // The next second, or at once after one that took longer: never two in one.
      await io.clock.sleep(Math.max(0, start + count * 1000 - io.clock.mono()), context.signal);
      // Checked against this very schema by settingsFrom.
      const run = await sipOptions.run(
        target,
        settings as Parameters<typeof sipOptions.run>[1],
        io,
        context.signal,
      );
      const ping = pingOf(run);
      pings.push(ping);
      context.say(`${new Date(io.clock.now()).toISOString().slice(11, 19)}  ${ping.said}`);
    } catch (error) {
      if (!context.signal.aborted) throw error;
    }
  }
  const summary = summarise(pings);
  const observations = lastWord(pings);
  const { findings } = judge(observations);
  if (flags.json === true) context.out(JSON.stringify({ target, ...summary, findings }));
  else {
    const told = printFindings(context.style, findings, context.width);
    for (const line of [...summaryLines(summary, pings), ...told]) context.out(line);
  }
  const code = exitCodeOf(findings, observations);
  const partly = code === exitCodes.done && summary.answered < summary.asked;
  context.end(pings.length === 0 ? exitCodes.unreachable : partly ? exitCodes.partly : code);
}

/** What the watch is judged by: its last answer, or its last silence where nothing ever answered. */
function lastWord(pings: readonly Ping[]): readonly Observation[] {
  return (pings.findLast(({ rtt }) => rtt !== undefined) ?? pings.at(-1))?.observations ?? [];
}

function pingOf(observations: readonly Observation[]): Ping {
  const find = (key: string) => observations.find((each) => each.key === key);
  const [code, rtt, retrans] = [find("sip.code"), find("sip.rtt"), find("sip.retrans")];
  const repeats = Number(retrans?.value ?? 0);
  if (code?.outcome !== "ok" || typeof rtt?.value !== "number") {
    const said = `${code?.outcome ?? "no result"}: ${code?.evidence ?? ""}`;
    return { rtt: undefined, repeats, said, observations };
  }
  const how = repeats === 0 ? `${rtt.value} ms` : `${rtt.value} ms at most, sent ${repeats + 1} times`;
  return {
    rtt: rtt.value,
    repeats,
    said: `${String(code.value)} ${String(find("sip.reason")?.value ?? "")}  ${how}`,
    observations,
  };
}

/** Times of the answers that needed no repeat alone: of the others nobody knows which sending was answered. */
function summarise(pings: readonly Ping[]) {
  const clean = pings.flatMap(({ rtt, repeats }) => (rtt === undefined || repeats > 0 ? [] : [rtt]));
  const sorted = clean.toSorted((a, b) => a - b);
  const at = (p: number) => percentile(sorted, p) ?? null;
  return {
    asked: pings.length,
    answered: pings.filter(({ rtt }) => rtt !== undefined).length,
    repeated: pings.filter(({ repeats }) => repeats > 0).length,
    rtt: { min: at(0), p50: at(50), p95: at(95), p99: at(99), max: at(100) },
  };
}

function summaryLines(
  { asked, answered, repeated, rtt }: ReturnType<typeof summarise>,
  pings: readonly Ping[],
): string[] {
  const share = asked === 0 ? 0 : (100 * (asked - answered)) / asked;
  const times = `round trip ms: min ${rtt.min}, p50 ${rtt.p50}, p95 ${rtt.p95}, p99 ${rtt.p99}, max ${rtt.max}`;
  return [
    chart(pings.slice(-100)),
    `${asked} asked, ${answered} answered, ${share.toFixed(1)} % without an answer, ${repeated} sent again`,
    ...(rtt.p50 === null ? [] : [times]),
  ];
}

const bars = "▁▂▃▄▅▆▇█";

/** One character a second; × is no answer. */
function chart(pings: readonly Ping[]): string {
  const most = Math.max(...pings.map(({ rtt }) => rtt ?? 0), 1);
  return pings
    .map(({ rtt }) => (rtt === undefined ? "×" : (bars[Math.min(7, Math.floor((8 * rtt) / most))] ?? "█")))
    .join("");
}
