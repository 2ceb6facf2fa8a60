import type { CaptureAnalysis } from "../../capture/capture-analysis.ts";
import type { CaptureWay, LiveCapture, LiveEnd, LiveOptions } from "../../capture/live-capture.ts";
import { PacketFile } from "../../capture/packet-file.ts";
import { startCapture } from "../../capture/start-capture.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";

export interface LiveFlags {
  readonly write?: string;
  readonly filter?: string;
  readonly by?: string;
  readonly seconds?: number;
}

/**
 * Captures into the analysis until Ctrl-C, or so many seconds; the packets are kept where that is asked for.
 *
 * @returns what should be said of it
 * @throws CliError when it cannot begin, or ends by itself without a packet
 */
export async function listenTo(
  name: string,
  flags: LiveFlags,
  analysis: CaptureAnalysis,
  context: CliContext,
): Promise<string[]> {
  const file = flags.write === undefined ? undefined : openFile(flags.write);
  try {
    const take: LiveOptions["take"] = (packet) => {
      file?.add(packet);
      analysis.take(packet);
    };
    const { filter } = flags;
    const options = { interface: name, take, ...(filter === undefined ? {} : { filter }) };
    const capture = await startCapture(options, wayOf(flags.by));
    if ("failed" in capture) throw refusal(name, capture.failed);
    const end = await listen(capture, name, flags, analysis, context);
    if (end.failed !== undefined && analysis.facts().packets === 0) throw refusal(name, end.failed);
    analysis.noteLoss(end.dropped);
    return end.failed === undefined ? [] : [`The capture ended by itself: ${end.failed}.`];
  } finally {
    file?.close();
    if (file !== undefined) context.say(`${flags.write} has ${file.count} packets.`);
  }
}

async function listen(
  capture: LiveCapture,
  name: string,
  { seconds }: LiveFlags,
  analysis: CaptureAnalysis,
  context: CliContext,
): Promise<LiveEnd> {
  const until = seconds === undefined ? "Ctrl-C ends it" : `${seconds} s`;
  context.say(`Listening on ${name} by ${capture.way}; ${until}, then it is explained.`);
  const ticker = setInterval(() => {
    const { packets, messages, dialogues } = analysis.facts();
    context.say(`${packets} packets, ${messages} SIP messages, ${dialogues.length} dialogues`);
  }, 1000);
  const stop = () => capture.stop();
  const timer = seconds === undefined ? undefined : setTimeout(stop, seconds * 1000);
  context.signal.addEventListener("abort", stop, { once: true });
  if (context.signal.aborted) stop();
  try {
    return await capture.ended;
  } finally {
    clearInterval(ticker);
    clearTimeout(timer);
    context.signal.removeEventListener("abort", stop);
  }
}

function wayOf(by: string | undefined): CaptureWay | undefined {
  if (by === undefined || by === "libpcap" || by === "tcpdump") return by;
  throw new CliError(exitCodes.usage, `--by takes libpcap or tcpdump, found ${by}`);
}

function openFile(path: string): PacketFile {
  try {
    return new PacketFile(path);
  } catch (error) {
    throw new CliError(exitCodes.usage, `-w: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Why nothing can be captured, and what to do about it. */
export function refusal(name: string, why: string): CliError {
  if (/filter/u.test(why))
    return new CliError(
      exitCodes.usage,
      `--filter: ${why.replace(/^.*?filter[^:]*: /u, "")}`,
      "It takes what tcpdump takes (man pcap-filter), such as `host 192.0.2.10 and udp`.",
    );
  return new CliError(
    exitCodes.refused,
    `cannot capture on ${name}: ${why}`,
    "It needs root or CAP_NET_RAW, and libpcap or tcpdump; `ip link` names the interfaces.",
  );
}
