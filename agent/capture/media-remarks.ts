import { courseOf } from "./call-course.ts";
import type { CallMedia } from "./match-streams.ts";
import { remark, type Remark } from "./remark.ts";
import { endpointOf } from "./seen-message.ts";
import type { RtpStream } from "./rtp-stream.ts";
import type { StreamStory } from "./stream-story.ts";

/** Packets that a side must have sent before the silence of the other means anything: half a second. */
const enough = 25;

/** The side of a call to which nothing came back, and what went the other way; undefined where both, or none, were heard. */
export function oneWay(
  media: CallMedia,
): { readonly silent: string; readonly heard: readonly RtpStream[] } | undefined {
  const { dialogue, offerer, answerer, toOfferer, toAnswerer } = media;
  const both = offerer?.media.direction === "sendrecv" && answerer?.media.direction === "sendrecv";
  if (!both || courseOf(dialogue).answeredAt === undefined) return undefined;
  const count = (streams: readonly RtpStream[]) =>
    streams.reduce((sum, { meter }) => sum + meter.received, 0);
  const [there, back] = [count(toAnswerer), count(toOfferer)];
  const endpoint = (side: typeof offerer) => endpointOf(side?.media.address ?? "", side?.media.port ?? 0);
  if (there >= enough && back === 0) return { silent: endpoint(answerer), heard: toAnswerer };
  if (back >= enough && there === 0) return { silent: endpoint(offerer), heard: toOfferer };
  return undefined;
}

/** What is worth saying of a call's media. */
export function callMediaRemarks(media: CallMedia): Remark[] {
  const found = oneWay(media);
  if (found !== undefined) {
    const [stream] = found.heard;
    return [
      remark(
        true,
        `One-way audio: ${stream?.meter.received} packets went to ${found.silent}, and none came from there.`,
        [stream?.firstNumber ?? 0, stream?.lastNumber ?? 0],
      ),
    ];
  }
  const answered = courseOf(media.dialogue).answeredAt !== undefined;
  if (answered && media.toOfferer.length + media.toAnswerer.length === 0)
    return [
      remark(
        false,
        "No RTP of this call is in the capture: it went another way, or the capture filter left it out.",
        [],
      ),
    ];
  return [];
}

/** What is worth saying of one stream by itself. */
export function streamRemarks(stream: StreamStory): Remark[] {
  const ends = [stream.firstPacket, stream.lastPacket];
  const remarks: Remark[] = [];
  if (stream.lossPercent >= 0.1)
    remarks.push(
      remark(
        stream.lossPercent > 1,
        `${stream.lost} of ${stream.packets + stream.lost} packets are missing (${stream.lossPercent.toFixed(2)} %), ${stream.burstRatio > 1.5 ? "in bursts" : "at random"}.`,
        ends,
      ),
    );
  if (stream.maxDelta > 200)
    remarks.push(remark(false, `A pause of ${Math.round(stream.maxDelta)} ms.`, [stream.maxDeltaPacket]));
  if ((stream.maxJitter ?? 0) > 30)
    remarks.push(remark(true, `Jitter up to ${stream.maxJitter?.toFixed(1)} ms.`, ends));
  if (stream.duplicates > 0) remarks.push(remark(false, `${stream.duplicates} packets came twice.`, ends));
  if (stream.reordered > 0)
    remarks.push(
      remark(stream.reordered * 100 > stream.packets, `${stream.reordered} packets came out of order.`, ends),
    );
  if (stream.restarts > 0)
    remarks.push(remark(false, `The sender began its numbers anew ${stream.restarts} times.`, ends));
  const [dscp] = stream.dscp;
  if (dscp !== undefined && dscp !== 46)
    remarks.push(
      remark(false, `Marked DSCP ${stream.dscp.join(", ")} where voice wants 46 (EF).`, [stream.firstPacket]),
    );
  if (stream.packetTime !== null && stream.packetTime !== 20)
    remarks.push(remark(false, `${stream.packetTime} ms of sound in each packet, where 20 is usual.`, ends));
  const { reported } = stream;
  if (reported !== undefined && reported.worstLossPercent > 1)
    remarks.push(
      remark(
        true,
        `Its receiver reports ${reported.worstLossPercent.toFixed(1)} % lost in its worst interval, ${reported.lost} packets in all.`,
        [reported.packet],
      ),
    );
  if (stream.events > 0)
    remarks.push(remark(false, `${stream.events} keys pressed (telephone-event).`, ends));
  return remarks;
}
