import { secondsText } from "./call-course.ts";
import type { CaptureStory, DialogueStory, ExplainedStream } from "./capture-story.ts";
import type { CaptureFacts } from "./capture-facts.ts";
import { measuredText } from "../../protocol/measured-text.ts";
import type { OptionsLook } from "./options-looks.ts";
import { printLadder } from "./print-ladder.ts";
import { packetsText, type Remark } from "./remark.ts";

/** Calls whose ladder is drawn without being asked for: those with something wrong come first. */
const mostLadders = 5;
const mostLines = 40;

/** The first line: what there is. */
export function captureSentence({ facts, calls, registrations, looks, streams }: CaptureStory): string {
  const looked = looks.reduce((sum, { sent }) => sum + sent, 0);
  const parts = [
    counted(calls.length, "call"),
    counted(registrations.length, "registration"),
    ...(looked === 0 ? [] : [`${looked} OPTIONS`]),
    counted(streams.length, "RTP stream"),
  ];
  const { packets, octets, firstAt, lastAt } = facts;
  return `${counted(packets, "packet")} in ${secondsText(lastAt - firstAt)}, ${measuredText(octets, "bytes")}: ${parts.join(", ")}.`;
}

const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** What the capture itself lacks, so that nobody blames the network for it. */
export function captureLimits({
  cut,
  fragmented,
  fragmentsLost,
  tls,
  unkept,
  unread,
  packets,
}: CaptureFacts): string[] {
  return [
    ...(packets === 0 ? ["There is not one packet in it."] : []),
    ...(cut === 0
      ? []
      : [
          `${counted(cut, "packet")} were cut short by the capture (tcpdump -s): messages may be incomplete.`,
        ]),
    ...(fragmented === 0
      ? []
      : [`${counted(fragmented, "IP fragment")}; of ${counted(fragmentsLost, "packet")} a part never came.`]),
    ...(tls.size === 0
      ? []
      : [`TLS with ${[...tls].slice(0, 5).join(", ")}: what is in it cannot be read here.`]),
    ...(unkept === 0 ? [] : [`${unkept} SIP messages of further calls were counted and not kept.`]),
    ...(unread * 10 <= packets ? [] : [`${counted(unread, "packet")} are no IP, or damaged.`]),
  ];
}

/** A whole capture for a person: sentences, ladders, then tables. */
export function printStory(story: CaptureStory, width?: number): string[] {
  const troubled = story.calls.filter(({ remarks }) => remarks.some(({ wrong }) => wrong));
  const drawn = [...troubled, ...story.calls.filter((each) => !troubled.includes(each))].slice(
    0,
    mostLadders,
  );
  const ladders = story.calls
    .filter((each) => drawn.includes(each))
    .flatMap((each) => ["", ...printCall(each, story.streams, width)]);
  const rest = story.calls.filter((each) => !drawn.includes(each));
  return [
    ...ladders,
    ...(rest.length === 0 ? [] : ["", ...limited(rest.map(callLine), "call")]),
    ...section(
      "Registrations",
      story.registrations.flatMap((each) => [registrationLine(each), ...remarkLines(each.remarks)]),
    ),
    ...section("OPTIONS", story.looks.map(lookLine)),
    ...section(
      "Other dialogues",
      story.others.flatMap((each) => [otherLine(each), ...remarkLines(each.remarks)]),
    ),
    ...section("RTP streams", story.streams.length === 0 ? [] : streamTable(story.streams)),
  ];
}

function limited(lines: readonly string[], word: string): string[] {
  if (lines.length <= mostLines) return [...lines];
  return [
    ...lines.slice(0, mostLines),
    `… and ${counted(lines.length - mostLines, `${word} line`)} more; --json has all.`,
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", `${title}:`, ...limited(lines, title)];
}

/** One call with its ladder. */
export function printCall(
  story: DialogueStory,
  streams: readonly ExplainedStream[],
  width?: number,
): string[] {
  const own = streams.filter(({ call }) => call === story.dialogue.index);
  return [
    callLine(story),
    ...remarkLines(story.remarks),
    ...own.flatMap((stream) =>
      stream.remarks
        .filter(({ wrong }) => wrong)
        .map((each) =>
          remarkLine({ ...each, sentence: `${stream.source} → ${stream.destination}: ${each.sentence}` }),
        ),
    ),
    ...printLadder(story.dialogue, width),
  ];
}

function callLine({ dialogue, course }: DialogueStory): string {
  const { index, from, to, firstAt } = dialogue;
  return `Call ${index}  ${from} → ${to}  ${clock(firstAt)} UTC  ${course.outcome}.`;
}

function registrationLine({ dialogue }: DialogueStory): string {
  const last = dialogue.exchanges.findLast(({ final }) => final !== undefined);
  const code = last?.final === undefined ? "no answer" : `${last.final.code} ${last.final.reason}`;
  const expires = dialogue.expires === undefined ? "" : `, for ${dialogue.expires} s`;
  const agent = dialogue.userAgent === undefined ? "" : `, ${dialogue.userAgent}`;
  return `  ${clock(dialogue.firstAt)}  ${dialogue.to} at ${dialogue.exchanges[0]?.destination ?? "?"}: ${code}${expires}${agent}`;
}

function otherLine({ dialogue }: DialogueStory): string {
  const last = dialogue.exchanges.findLast(({ final }) => final !== undefined);
  return `  ${clock(dialogue.firstAt)}  ${dialogue.method} ${dialogue.from} → ${dialogue.to}: ${last?.final === undefined ? "no answer" : `${last.final.code} ${last.final.reason}`}`;
}

function lookLine({
  source,
  destination,
  sent,
  answered,
  codes,
  meanRtt,
  maxRtt,
  silent,
}: OptionsLook): string {
  const times =
    meanRtt === null || maxRtt === null
      ? ""
      : `, round trip ${meanRtt.toFixed(1)} ms, at most ${maxRtt.toFixed(1)} ms`;
  const lost = silent.length === 0 ? "" : `; not answered: ${packetsText(silent)}`;
  return `  ${source} → ${destination}: ${answered} of ${sent} answered (${codes.join(", ") || "nothing"})${times}${lost}`;
}

const remarkLines = (remarks: readonly Remark[]) => remarks.map(remarkLine);

function remarkLine({ sentence, packets, wrong }: Remark): string {
  const proof = packets.length === 0 ? "" : `  (${packetsText(packets)})`;
  return `  ${wrong ? "▲" : "·"} ${sentence}${proof}`;
}

/** `14:03:09`. */
export const clock = (at: number) => new Date(at).toISOString().slice(11, 19);

export const streamHeads = [
  "CALL",
  "FROM",
  "TO",
  "CODEC",
  "PACKETS",
  "LOST",
  "DUP",
  "ORDER",
  "JITTER ms",
  "MAX",
  "PAUSE ms",
  "DSCP",
  "MOS",
  "MEDIA",
] as const;

/** One stream as cells under those heads. */
export function streamCells(stream: ExplainedStream): string[] {
  const { meanJitter, maxJitter, mos, call } = stream;
  return [
    call === undefined ? "" : String(call),
    stream.source,
    stream.destination,
    stream.codec,
    String(stream.packets),
    `${stream.lost} (${stream.lossPercent.toFixed(1)} %)`,
    String(stream.duplicates),
    String(stream.reordered),
    meanJitter === null ? "" : meanJitter.toFixed(2),
    maxJitter === null ? "" : maxJitter.toFixed(2),
    stream.maxDelta.toFixed(1),
    stream.dscp.join(" "),
    mos === null ? "" : mos.toFixed(2),
    { none: "clear", sdes: "SRTP", dtls: "DTLS-SRTP", unknown: "" }[stream.protection],
  ];
}

function streamTable(streams: readonly ExplainedStream[]): string[] {
  const shown = streams.slice(0, mostLines);
  const rows = [[...streamHeads], ...shown.map(streamCells)];
  const widths = streamHeads.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const table = rows.map((cells) =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
  );
  const notes = shown.flatMap((stream) =>
    stream.remarks.map((each) =>
      remarkLine({ ...each, sentence: `${stream.source} → ${stream.destination}: ${each.sentence}` }),
    ),
  );
  const [first] = shown.filter(({ mos }) => mos !== null);
  const basis = first === undefined ? [] : [`  MOS: ${first.mosBasis}.`];
  const more =
    streams.length > mostLines ? [`  … and ${streams.length - mostLines} streams more; --json has all.`] : [];
  return [...table, ...more, ...notes.slice(0, mostLines), ...basis];
}
