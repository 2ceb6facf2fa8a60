import { once } from "node:events";
import type { Command } from "commander";
import { mismatchSentence } from "../../../protocol/decoded.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { decodeQualityReport } from "../../../protocol/quality-report/decode-quality-report.ts";
import { thresholdsFrom } from "../../../diagnosis/thresholds.ts";
import { silentLog } from "../../io/log.ts";
import { callLine } from "../../quality/call-line.ts";
import { callObservations } from "../../quality/call-observations.ts";
import { phoneOfReport } from "../../quality/phone-of-report.ts";
import { QualityWatch } from "../../quality/quality-watch.ts";
import type { ReceivedReport } from "../../quality/quality-collector.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { exitCodeOf, ioFor, judge } from "../look.ts";
import { printFindings, printObservation } from "../print/print-findings.ts";
import { readText } from "../read-text.ts";

interface QualityFlags {
  readonly listen?: string | true;
  readonly from?: readonly string[];
  readonly json?: boolean;
}

/** `offhook diag quality`: calls as phones report them, from a file or as they end. */
export function addQuality(diagCommand: Command, context: CliContext): void {
  diagCommand
    .command("quality")
    .description("calls as phones themselves report them (RFC 6035): one from a file, or live as they end")
    .argument("[file]", "a report or the SIP message with it; `-` is stdin")
    .option("--listen [address:port]", "take reports as phones send them; default 0.0.0.0:5060")
    .option("--from <network...>", "who may send; default: private addresses")
    .option("--json", "one JSON object on stdout; with --listen one a line, as calls end")
    .addHelpText(
      "after",
      "\nExamples:\n  offhook diag quality --listen 0.0.0.0:5080\n  offhook diag quality report.txt\n",
    )
    .action(async (file: string | undefined, flags: QualityFlags) => {
      if (flags.listen !== undefined) await listen(flags, context);
      else await explainFile(file ?? "-", flags, context);
    });
}

async function explainFile(file: string, flags: QualityFlags, context: CliContext): Promise<void> {
  const text = await readText(file, context);
  const raw = text.slice(Math.max(0, text.search(/^VQ\w+Report/m)));
  const report = decodeQualityReport(Buffer.from(raw));
  if (!report.ok) throw new CliError(exitCodes.usage, `no quality report: ${mismatchSentence(report.why)}`);
  const at = Date.now();
  const userAgent = /^User-Agent:\s*(.+)$/im.exec(text)?.[1];
  const received: ReceivedReport = {
    report: report.value,
    from: { address: "unknown", port: 0 },
    at,
    raw,
    ...(userAgent === undefined ? {} : { userAgent }),
  };
  const observations = callObservations(received, phoneOfReport(received, new Map()));
  print(observations, flags, context, observations.map(printObservation));
}

/** The findings after what was seen, and the exit code. */
function print(
  observations: readonly Observation[],
  { json }: QualityFlags,
  context: CliContext,
  lines: readonly string[],
): void {
  const { findings } = judge(observations);
  if (json === true) context.out(JSON.stringify({ observations, findings }));
  else {
    for (const line of lines) context.out(line);
    if (findings.length > 0) context.out("");
    for (const line of printFindings(context.style, findings)) context.out(line);
  }
  context.end(exitCodeOf(findings, observations));
}

/** `host:port`, `[v6]:port`, or a port alone. */
function placeOf(listenAt: string | true): { address: string; port: number } {
  const text = listenAt === true ? "" : listenAt;
  const match = /^(?:\[?([0-9a-fA-F.:]*?)\]?:)?(\d{1,5})$/.exec(text === "" ? "5060" : text);
  const port = Number(match?.[2]);
  if (match !== null && port <= 65_535) return { address: match[1] || "0.0.0.0", port };
  throw new CliError(exitCodes.usage, `--listen takes ADDRESS:PORT, found ${text}`);
}

async function listen(flags: QualityFlags, context: CliContext): Promise<void> {
  const { address, port } = placeOf(flags.listen ?? true);
  const last = new Map<string, Observation>();
  const watch = new QualityWatch({
    io: ioFor(context),
    log: {
      ...silentLog,
      warn: ({ from, why }) => context.say(`refused from ${String(from)}: ${String(why)}`),
    },
    poorBelow: thresholdsFrom({}).thresholds["call.mos"],
    onObservations: (observations, received) => {
      for (const each of observations) last.set(`${each.subject}\n${each.key}`, each);
      if (received === undefined) return;
      if (flags.json === true) context.out(JSON.stringify({ observations }));
      else context.out(callLine(received, observations[0]?.subject ?? ""));
    },
  });
  await watch
    .start({ address, port, ...(flags.from === undefined ? {} : { from: [...flags.from] }) })
    .catch((error: NodeJS.ErrnoException) => {
      throw new CliError(
        exitCodes.failed,
        `cannot listen on ${address}:${port}: ${error.code ?? error.message}`,
        "Another program has this port: take a free one with --listen ADDRESS:PORT, and send phones there.",
      );
    });
  context.say(`listening on ${address}:${watch.status?.port ?? port} (UDP, TCP); Ctrl-C ends and sums up`);
  if (!context.signal.aborted) await once(context.signal, "abort");
  await watch.stop();
  const { reports = 0, foreign = 0, refused = 0 } = watch.status ?? {};
  context.say(`${reports} reports taken, ${refused} refused, ${foreign} from elsewhere`);
  if (flags.json !== true) print([...last.values()], flags, context, []);
}
