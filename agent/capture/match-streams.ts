import type { Described, Dialogue } from "./dialogue.ts";
import { endpointOf } from "./seen-message.ts";
import type { RtpStream } from "./rtp-stream.ts";

/** The streams of one call: those to the offerer and those to the answerer. */
export interface CallMedia {
  readonly dialogue: Dialogue;
  /** The last description of each side. */
  readonly offerer: Described | undefined;
  readonly answerer: Described | undefined;
  readonly toOfferer: RtpStream[];
  readonly toAnswerer: RtpStream[];
}

/** A stream that begins this much before its call's first message belongs to the call before. */
const slack = 1000;

/** Finds the call of each stream by what SDP announced; behind a NAT, by the stream that comes back the same way. */
export function matchStreams(dialogues: readonly Dialogue[], streams: readonly RtpStream[]): CallMedia[] {
  const calls = dialogues.filter(({ described }) => described.length > 0).map(emptyMedia);
  const towards = new Map<string, { readonly call: CallMedia; readonly list: RtpStream[] }[]>();
  for (const call of calls) {
    const add = (each: Described | undefined, list: RtpStream[]) => {
      if (each === undefined || each.media.port === 0) return;
      const endpoint = endpointOf(each.media.address, each.media.port);
      towards.set(endpoint, [...(towards.get(endpoint) ?? []), { call, list }]);
    };
    add(call.offerer, call.toOfferer);
    add(call.answerer, call.toAnswerer);
  }
  const matched = new Map<RtpStream, CallMedia>();
  for (const stream of streams) {
    const found = towards
      .get(stream.destination)
      ?.findLast(({ call }) => call.dialogue.firstAt <= stream.meter.firstAt + slack);
    if (found === undefined) continue;
    found.list.push(stream);
    matched.set(stream, found.call);
  }
  matchWaysBack(streams, matched);
  return calls;
}

/** RTP is symmetric (RFC 4961): who receives from an endpoint sends to it. */
function matchWaysBack(streams: readonly RtpStream[], matched: Map<RtpStream, CallMedia>): void {
  const byWay = new Map<string, RtpStream>();
  for (const stream of matched.keys()) byWay.set(`${stream.destination} ${stream.source}`, stream);
  for (const stream of streams) {
    if (matched.has(stream)) continue;
    const there = byWay.get(`${stream.source} ${stream.destination}`);
    const call = there === undefined ? undefined : matched.get(there);
    if (there === undefined || call === undefined) continue;
    (call.toOfferer.includes(there) ? call.toAnswerer : call.toOfferer).push(stream);
    matched.set(stream, call);
  }
}

function emptyMedia(dialogue: Dialogue): CallMedia {
  const answerer = dialogue.described.findLast(({ role }) => role === "answer");
  const offerer = dialogue.described.findLast(({ role }) => role === "offer");
  const [first] = dialogue.described;
  // A later offer may come from the other side: sides are told apart by who sent the first description.
  const swapped =
    offerer !== undefined && first !== undefined && offerer.source !== first.source && first.role === "offer";
  return {
    dialogue,
    offerer: swapped ? answerer : offerer,
    answerer: swapped ? offerer : answerer,
    toOfferer: [],
    toAnswerer: [],
  };
}
