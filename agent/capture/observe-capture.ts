import { compareRtpMaps } from "../../protocol/sdp/compare-maps.ts";
import { observerOf, type Observe } from "../../protocol/observe.ts";
import type { Observation } from "../../protocol/observation.ts";
import type { CaptureFacts } from "./capture-facts.ts";
import type { Dialogue, Exchange } from "./dialogue.ts";
import type { CallMedia } from "./match-streams.ts";
import { observeCall } from "./observe-call.ts";
import { observeLegs } from "./observe-legs.ts";
import { observeLogins } from "./observe-logins.ts";
import { observeMarks } from "./observe-marks.ts";
import { oneWay } from "./media-remarks.ts";
import { packetsText } from "./remark.ts";
import { endpointOf } from "./seen-message.ts";
import type { StreamStory } from "./stream-story.ts";

const captureProbe = "capture";

/** What a capture shows, in the words of the dictionary, each with its packets as evidence. */
export function observeCapture(
  facts: CaptureFacts,
  media: readonly CallMedia[],
  streams: readonly StreamStory[],
): Observation[] {
  return [
    observerOf(captureProbe, "host:capture", facts.lastAt)("cap.loss", facts.dropped),
    ...facts.dialogues.flatMap((dialogue) => observeDialogue(dialogue, facts)),
    ...observeLogins(facts.dialogues, facts.lastAt),
    ...media.flatMap((call) => observeMedia(call, streams)),
    ...observeMarks(streams),
  ];
}

/** Each dialogue is a subject of its own at the server that was asked: one far end, many calls. */
function subjectOf(dialogue: Dialogue, exchange: Exchange): string {
  return `sip:${exchange.destination}/${exchange.carrier}/${dialogue.method.toLowerCase()}/${dialogue.index}`;
}

function observeDialogue(dialogue: Dialogue, { dialogues, lastAt }: CaptureFacts): Observation[] {
  const [first] = dialogue.exchanges;
  const main = dialogue.exchanges.filter(({ method }) => method === dialogue.method);
  const last = main.findLast(({ final }) => final !== undefined) ?? main.at(-1);
  if (first === undefined || last === undefined) return [];
  const observe = observerOf(captureProbe, subjectOf(dialogue, first), last.final?.at ?? last.at);
  const numbers = dialogue.exchanges.flatMap(({ again }) => again);
  return [
    observe("sip.transport", first.carrier),
    observe("sip.method", dialogue.method),
    observe("sip.retrans", numbers.length, { evidence: evidence([last.number, ...numbers]) }),
    ...observeFinal(observe, last, main),
    ...observeLeaks(observe, dialogue),
    ...observeDeafness(observe, dialogue),
    ...observeTwoWays(observe, dialogue),
    ...(dialogue.method === "INVITE"
      ? [...observeCall(observe, dialogue, lastAt), ...observeLegs(observe, dialogue, dialogues)]
      : []),
  ];
}

const evidence = (packets: readonly number[]) => packetsText([...new Set(packets)].slice(0, 20));

function observeFinal(observe: Observe, last: Exchange, main: readonly Exchange[]): Observation[] {
  const { final } = last;
  if (final === undefined)
    return [
      observe("sip.code", null, { outcome: "timeout", evidence: evidence([last.number, ...last.again]) }),
    ];
  const proof = { evidence: evidence([last.number, final.number]) };
  return [
    observe("sip.code", final.code, proof),
    observe("sip.reason", final.reason, proof),
    observe("sip.rtt", Math.round((final.at - last.at) * 100) / 100, proof),
    observe("sip.auth.stage", stageOf(last, main), proof),
    ...(last.server === undefined ? [] : [observe("sip.server", last.server, proof)]),
    ...(last.warning === undefined ? [] : [observe("sip.warning", last.warning, proof)]),
    ...(last.retryAfter === undefined ? [] : [observe("sip.retryAfter", last.retryAfter, proof)]),
  ];
}

function stageOf(last: Exchange, main: readonly Exchange[]): string {
  const code = last.final?.code ?? 0;
  const challenge = code === 401 || code === 407;
  if (!last.withCredentials) return challenge ? "challenged" : "none";
  if (challenge) return last.stale === true ? "stale" : "refused";
  return code < 300 && main.length > 0 ? "ok" : "sent";
}

/** Requests that came again although an answer to them had gone by: it does not reach who asked. */
function observeDeafness(observe: Observe, { exchanges }: Dialogue): Observation[] {
  const deaf = exchanges.filter(({ againAnswered }) => againAnswered.length > 0);
  if (deaf.length === 0) return [];
  const packets = deaf.flatMap(({ number, againAnswered }) => [number, ...againAnswered]);
  const count = deaf.reduce((sum, { againAnswered }) => sum + againAnswered.length, 0);
  return [observe("sip.retrans.answered", count, { evidence: evidence(packets) })];
}

function observeTwoWays(observe: Observe, { twoWays }: Dialogue): Observation[] {
  if (twoWays.length === 0) return [];
  const proof = { evidence: evidence(twoWays.flatMap(({ numbers }) => numbers)) };
  const ttls = [...new Set(twoWays.map((each) => each.ttls))].slice(0, 5);
  return [observe("sip.twice", twoWays.length, proof), observe("sip.twice.ttl", ttls.join("; "), proof)];
}

function observeLeaks(observe: Observe, { leaks }: Dialogue): Observation[] {
  const wrong = leaks.filter(({ kind }) => kind === "private");
  if (wrong.length === 0) return [];
  const value = wrong.map(
    ({ field, address, packetSource }) => `${field} ${address} (packet from ${packetSource})`,
  );
  return [observe("sip.leak", value, { evidence: evidence(wrong.map(({ number }) => number)) })];
}

/** Forward is towards the answerer, or towards the silent side where one is. */
function observeMedia(call: CallMedia, streams: readonly StreamStory[]): Observation[] {
  const silent = oneWay(call)?.silent;
  const endpoint = (side: CallMedia["offerer"]) =>
    side === undefined ? undefined : endpointOf(side.media.address, side.media.port);
  const far = silent ?? endpoint(call.answerer);
  if (far === undefined) return [];
  const toFar = far === endpoint(call.offerer) ? call.toOfferer : call.toAnswerer;
  const back = toFar === call.toOfferer ? call.toAnswerer : call.toOfferer;
  const storiesOf = (list: CallMedia["toOfferer"]) =>
    streams.filter((story) =>
      list.some(
        (stream) => stream.firstNumber === story.firstPacket && stream.destination === story.destination,
      ),
    );
  const [there, here] = [storiesOf(toFar), storiesOf(back)];
  if (there.length + here.length === 0)
    // Signalling alone: what it says of the media can still be wrong.
    return observeMaps(observerOf(captureProbe, `rtp:${far}`, call.dialogue.lastAt), call);
  const at = Math.max(...[...there, ...here].map(({ lastAt }) => lastAt));
  const observe = observerOf(captureProbe, `rtp:${far}`, at);
  return [
    ...observeWay(observe, "fwd", there),
    ...observeWay(observe, "rev", here),
    ...observeQuality(observe, [...there, ...here]),
    ...observePacketTime(observe, there, here),
    ...observeMaps(observe, call),
  ];
}

/** Both ways, or it says nothing: 30 ms each way is a choice. */
function observePacketTime(
  observe: Observe,
  [there]: readonly StreamStory[],
  [here]: readonly StreamStory[],
): Observation[] {
  if (typeof there?.packetTime !== "number" || typeof here?.packetTime !== "number") return [];
  const proof = streamPackets([there, here]);
  return [observe("rtp.ptime.sent", there.packetTime, proof), observe("rtp.ptime", here.packetTime, proof)];
}

function observeMaps(observe: Observe, { offerer, answerer }: CallMedia): Observation[] {
  if (offerer === undefined || answerer === undefined) return [];
  const differ = compareRtpMaps(offerer.media.maps, answerer.media.maps);
  return [observe("rtp.maps.differ", differ, { evidence: evidence([offerer.number, answerer.number]) })];
}

const sum = (stories: readonly StreamStory[], count: (story: StreamStory) => number) =>
  stories.reduce((total, story) => total + count(story), 0);
const streamPackets = (stories: readonly StreamStory[]) => ({
  evidence:
    stories.length === 0
      ? "no packet in the capture"
      : `packets ${stories.map(({ firstPacket, lastPacket }) => `${firstPacket} to ${lastPacket}`).join(", ")}`,
});

function observeWay(observe: Observe, way: "fwd" | "rev", stories: readonly StreamStory[]): Observation[] {
  const proof = streamPackets(stories);
  const received = sum(stories, ({ packets }) => packets);
  const expected = received + sum(stories, ({ lost }) => lost);
  const jitters = stories.flatMap(({ meanJitter }) => meanJitter ?? []);
  return [
    observe(`rtp.${way}.sent`, expected, proof),
    observe(`rtp.${way}.recv`, received, proof),
    ...(expected === 0
      ? []
      : [observe(`rtp.${way}.loss`, Math.round(((expected - received) / expected) * 10_000) / 100, proof)]),
    ...(jitters.length === 0 ? [] : [observe(`rtp.jitter.${way}`, Math.max(...jitters), proof)]),
  ];
}

function observeQuality(observe: Observe, stories: readonly StreamStory[]): Observation[] {
  const proof = streamPackets(stories);
  const worst = stories.filter(({ mos }) => mos !== null).toSorted((a, b) => (a.mos ?? 0) - (b.mos ?? 0))[0];
  return [
    observe("rtp.codec", [...new Set(stories.map(({ codec }) => codec))].join(", "), proof),
    observe(
      "rtp.reorder",
      sum(stories, ({ reordered }) => reordered),
      proof,
    ),
    observe(
      "rtp.dup",
      sum(stories, ({ duplicates }) => duplicates),
      proof,
    ),
    observe("rtp.burst", Math.max(...stories.map(({ burstRatio }) => burstRatio)), proof),
    ...(worst === undefined
      ? []
      : [
          observe("rtp.mos", worst.mos, proof),
          observe("rtp.r", worst.r, proof),
          observe("rtp.mos.basis", worst.mosBasis, proof),
        ]),
  ];
}
