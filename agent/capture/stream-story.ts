import { rateCall, type RatedCodec } from "../../protocol/rtp/e-model.ts";
import type { CaptureFacts } from "./capture-facts.ts";
import { isSteady } from "./flow.ts";
import type { RtpStream } from "./rtp-stream.ts";

/** One RTP stream as people and programs read it. Times in ms. */
export interface StreamStory {
  readonly source: string;
  readonly destination: string;
  /** `0x1a2b3c4d`. */
  readonly ssrc: string;
  readonly codec: string;
  /** Different packets that are in the capture. */
  readonly packets: number;
  readonly lost: number;
  readonly lossPercent: number;
  readonly duplicates: number;
  readonly reordered: number;
  readonly restarts: number;
  /** RFC 3550: mean and largest; null where the clock of the codec is not known. */
  readonly meanJitter: number | null;
  readonly maxJitter: number | null;
  readonly maxDelta: number;
  /** Packet that ended that pause. */
  readonly maxDeltaPacket: number;
  /** Media per packet, ms; null where it cannot be told. */
  readonly packetTime: number | null;
  /** DSCP values, most used first. */
  readonly dscp: readonly number[];
  readonly protection: "none" | "sdes" | "dtls" | "unknown";
  /** Keys pressed (RFC 4733). Which ones stays in the capture. */
  readonly events: number;
  readonly burstRatio: number;
  readonly mos: number | null;
  readonly r: number | null;
  readonly mosBasis: string;
  /** What the receiver itself said, by RTCP. */
  readonly reported?: {
    readonly reports: number;
    readonly worstLossPercent: number;
    readonly lost: number;
    readonly packet: number;
  };
  readonly firstAt: number;
  readonly lastAt: number;
  readonly firstPacket: number;
  readonly lastPacket: number;
  /** The call it belongs to, by its number. */
  readonly call?: number;
}

/** Codecs whose impairment is published for the narrowband scale; phones conceal lost packets of G.711. */
const rated: ReadonlyMap<string, RatedCodec> = new Map([
  ["PCMU", "g711-plc"],
  ["PCMA", "g711-plc"],
  ["G729", "g729"],
]);
/** A capture cannot know the delay from mouth to ear: below this it costs nothing (G.107). */
const assumedDelay = 100;

/** The streams that are streams: announced by SDP, or steady in themselves. */
export function realStreams(facts: CaptureFacts): RtpStream[] {
  return facts.streams.filter(
    (stream) => stream.meter.received > 0 && (stream.announced || isSteady(stream)),
  );
}

export function streamStory(
  stream: RtpStream,
  facts: CaptureFacts,
  call: number | undefined,
  protection: StreamStory["protection"],
): StreamStory {
  const { meter } = stream;
  const reported = facts.rtcp.about(stream.ssrc);
  return {
    source: stream.source,
    destination: stream.destination,
    ssrc: `0x${stream.ssrc.toString(16).padStart(8, "0")}`,
    codec: stream.codec,
    packets: meter.received,
    lost: meter.lost,
    lossPercent: rounded(meter.lossPercent),
    duplicates: meter.duplicates,
    reordered: meter.reordered,
    restarts: meter.restarts,
    meanJitter: meter.clock === 0 ? null : rounded(meter.meanJitter),
    maxJitter: meter.clock === 0 ? null : rounded(meter.maxJitter),
    maxDelta: rounded(meter.maxDelta),
    maxDeltaPacket: stream.pauseNumber,
    packetTime: meter.clock === 0 || stream.step === 0 ? null : rounded(stream.packetTime),
    dscp: dscpOf(stream),
    protection,
    events: stream.events,
    burstRatio: rounded(meter.burstRatio),
    ...rating(stream),
    ...(reported === undefined
      ? {}
      : {
          reported: {
            reports: reported.reports,
            worstLossPercent: rounded(reported.worstLossPercent),
            lost: reported.lost,
            packet: reported.lastNumber,
          },
        }),
    firstAt: meter.firstAt,
    lastAt: meter.lastAt,
    firstPacket: stream.firstNumber,
    lastPacket: stream.lastNumber,
    ...(call === undefined ? {} : { call }),
  };
}

const rounded = (value: number) => Math.round(value * 1000) / 1000;

function dscpOf({ dscp }: RtpStream): number[] {
  return [...dscp.entries()]
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([value]) => value);
}

function rating(stream: RtpStream): Pick<StreamStory, "mos" | "r" | "mosBasis"> {
  const codec = rated.get(stream.codec.toUpperCase());
  if (codec === undefined)
    return { mos: null, r: null, mosBasis: `no impairment is published for ${stream.codec || "this codec"}` };
  const { lossPercent, burstRatio } = stream.meter;
  const { mos, r } = rateCall({ codec, lossPercent, burstRatio, delayMs: assumedDelay });
  const mosBasis = `E-model, ${stream.codec}, loss and its bursts at the place of the capture; a delay of at most ${assumedDelay} ms is assumed`;
  return { mos: Math.round(mos * 100) / 100, r: Math.round(r * 10) / 10, mosBasis };
}
