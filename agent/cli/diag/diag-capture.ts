import { stat, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { explain } from "../../../diagnosis/diagnose.ts";
import { thresholdsFrom } from "../../../diagnosis/thresholds.ts";
import { mismatchSentence, type Mismatch } from "../../../protocol/decoded.ts";
import type { Finding } from "../../../protocol/finding.ts";
import { measuredText } from "../../../protocol/measured-text.ts";
import { CaptureAnalysis, type AnalysisOptions } from "../../capture/capture-analysis.ts";
import { storyOf, type CaptureStory, type DialogueStory } from "../../capture/capture-story.ts";
import { maskSecrets } from "../../capture/mask-secrets.ts";
import { captureLimits, captureSentence, printCall, printStory } from "../../capture/print-story.ts";
import { readCaptureFile } from "../../capture/read-capture.ts";
import { SignedCalls } from "../../capture/signed-calls.ts";
import { storyJson } from "../../capture/story-json.ts";
import { storyPage } from "../../capture/story-page.ts";
import type { CliContext } from "../context.ts";
import { listenTo } from "./diag-capture-live.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { addIdentityOptions, identityCheckFrom, type IdentityFlags } from "./identity-options.ts";
import { printFindings } from "../print/print-findings.ts";
import { printable } from "../print/print-rows.ts";

interface CaptureFlags extends IdentityFlags {
  readonly identity?: true;
  readonly json?: true;
  readonly html?: string;
  readonly call?: string;
  readonly live?: string;
  readonly write?: string;
  readonly filter?: string;
  readonly by?: string;
  readonly seconds?: number;
}

/** `offhook diag capture`: explains a file of tcpdump, Wireshark, sngrep or a phone, or what is on the wire now. */
export function addCaptureVerb(diag: Command, context: CliContext): void {
  const verb = diag
    .command("capture")
    .description(
      "explain a capture (pcap, pcapng): calls as ladders, RTP streams, and what is wrong with them",
    )
    .argument("[file]", "FILE.pcap")
    .option("--json", "one JSON object on stdout: calls, streams, observations and findings")
    .option("--html <file>", "write one page that draws ladders and streams; it fetches nothing")
    .option("--call <id>", "one call alone, by its number or Call-ID, with its messages; secrets are masked")
    .option("--live <interface>", "capture on this interface (any: all), until Ctrl-C")
    .option("-w, --write <file>", "with --live: keep the packets in this file")
    .option("--filter <expression>", "with --live: these packets alone, as tcpdump takes it: host 192.0.2.10")
    .option("--by <way>", "with --live: libpcap or tcpdump (default: libpcap where it is there)")
    .option("--seconds <n>", "with --live: end after so many seconds", Number)
    .option(
      "--identity",
      "fetch the certificates that signed calls name (STIR/SHAKEN), and check their numbers",
    );
  addIdentityOptions(verb)
    .addHelpText(
      "after",
      "\nExamples:\n  offhook diag capture call.pcap --html call.html\n  offhook diag capture --live eth0 -w evidence.pcap --seconds 60\n",
    )
    .action(async (file: string | undefined, flags: CaptureFlags) => {
      await runCapture(file, flags, context);
    });
}

async function runCapture(file: string | undefined, flags: CaptureFlags, context: CliContext): Promise<void> {
  const messages: string[] = [];
  const signed = new SignedCalls();
  const analysis = new CaptureAnalysis(optionsFor(flags.call, messages, signed));
  const check = flags.identity === true ? await identityCheckFrom(flags, context) : undefined;
  const notes =
    flags.live === undefined
      ? await readFrom(file, analysis, context)
      : await listenTo(flags.live, flags, analysis, context);
  const story = storyOf(analysis.facts(), await signed.check(check));
  const findings = findingsOf(story);
  if (flags.html !== undefined)
    await writePage(flags.html, file ?? flags.live ?? "", story, findings, context);
  if (flags.json === true) context.out(JSON.stringify(storyJson(story, findings, notes)));
  else if (flags.call === undefined) printAll(story, findings, notes, context);
  else printOne(flags.call, story, messages, context);
  context.end(endOf(story, findings));
}

function optionsFor(call: string | undefined, messages: string[], signed: SignedCalls): AnalysisOptions {
  return {
    onMessage(index, callId, passage, octets) {
      signed.take(callId, passage, octets);
      if (call !== String(index) && call !== callId) return;
      const { number, source, destination } = passage;
      if (messages.length >= 200) return;
      messages.push(
        `#${number}  ${source} → ${destination}`,
        ...maskSecrets(octets.toString("utf8")).split(/\r?\n/),
        "",
      );
    },
  };
}

/** @returns what should be said of the reading */
async function readFrom(
  file: string | undefined,
  analysis: CaptureAnalysis,
  context: CliContext,
): Promise<string[]> {
  if (file === undefined) throw new CliError(exitCodes.usage, "no file: name one, or --live INTERFACE");
  try {
    const { size } = await stat(file);
    const progress = ({ octets }: { octets: number }) =>
      context.progress(`read ${measuredText(octets, "bytes")} of ${measuredText(size, "bytes")}`);
    return damageNotes(await readCaptureFile(file, analysis, context.signal, progress), analysis);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code !== "ABORT_ERR")
      throw new CliError(exitCodes.usage, `cannot read ${file}: ${error.message}`);
    if (context.signal.aborted) return ["The reading was interrupted: this is about what was read by then."];
    throw error;
  }
}

function damageNotes(damage: Mismatch | undefined, analysis: CaptureAnalysis): string[] {
  if (damage === undefined) return [];
  if (analysis.facts().packets === 0)
    throw new CliError(exitCodes.failed, `this is no capture: ${mismatchSentence(damage)}`);
  return [`The file ends early or is damaged (${mismatchSentence(damage)}); what comes before is explained.`];
}

/** A capture tells of its own time: nothing in it is too old. */
function findingsOf({ observations, facts }: CaptureStory): Finding[] {
  const { thresholds } = thresholdsFrom({});
  const spans = { ...thresholds, "observation.maxAge": Number.POSITIVE_INFINITY };
  return explain(observations, spans, facts.lastAt).findings;
}

async function writePage(
  path: string,
  title: string,
  story: CaptureStory,
  findings: readonly Finding[],
  context: CliContext,
): Promise<void> {
  try {
    await writeFile(path, storyPage(title, story, findings), { mode: 0o640 });
  } catch (error) {
    throw new CliError(exitCodes.usage, `--html: ${error instanceof Error ? error.message : String(error)}`);
  }
  context.say(`${path} is written.`);
}

function printAll(
  story: CaptureStory,
  findings: readonly Finding[],
  notes: readonly string[],
  context: CliContext,
): void {
  const { style } = context;
  context.out(style.strong(captureSentence(story)));
  for (const note of [...notes, ...captureLimits(story.facts)]) context.out(style.warn(`▲ ${note}`));
  if (findings.length > 0) context.out("");
  for (const [index, finding] of findings.entries()) {
    const lines = printFindings(style, [finding]);
    const proof = [...new Set(finding.because.flatMap(({ evidence }) => evidence ?? []))];
    for (const line of lines.slice(0, -1))
      context.out(line.replace(/(?<=^\S* ?[■▲○] )1\./u, `${index + 1}.`));
    if (proof.length > 0)
      context.out(`   ${style.faint("Packets".padEnd(10))}${proof.join("; ").slice(0, 300)}`);
    context.out("");
  }
  for (const line of printStory(story, columns()))
    context.out(line.includes("▲") ? style.warn(printable(line)) : printable(line));
}

function printOne(call: string, story: CaptureStory, messages: readonly string[], context: CliContext): void {
  const found = allDialogues(story).find(
    ({ dialogue }) => String(dialogue.index) === call || dialogue.callId === call,
  );
  if (found === undefined)
    throw new CliError(
      exitCodes.usage,
      `no call ${call} in this capture`,
      "Calls have numbers; look without --call.",
    );
  for (const line of [...printCall(found, story.streams, columns()), "", ...messages])
    context.out(printable(line));
}

/** Of the terminal; undefined where stdout is none. */
const columns = (): number | undefined => (process.stdout.isTTY ? process.stdout.columns : undefined);

const allDialogues = ({ calls, registrations, others }: CaptureStory): DialogueStory[] => [
  ...calls,
  ...registrations,
  ...others,
];

function endOf(story: CaptureStory, findings: readonly Finding[]) {
  const wrong = [...allDialogues(story), ...story.streams].some(({ remarks }) =>
    remarks.some((each) => each.wrong),
  );
  if (wrong || findings.some(({ severity }) => severity !== "info")) return exitCodes.problemFound;
  return story.facts.packets === 0 ? exitCodes.unreachable : exitCodes.done;
}
