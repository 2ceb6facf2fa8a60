import type { RatedCodec } from "./e-model.ts";
import { encodeG711, g711PayloadType, toneSamples, type G711Law } from "./g711.ts";

/** The formats that our streams can be made of. */
export const mediaCodecNames = ["pcmu", "pcma", "g722", "g729", "opus"] as const;
export type MediaCodecName = (typeof mediaCodecNames)[number];

export interface MediaCodec {
  /** As `a=rtpmap` writes it, without the payload type. */
  readonly rtpmap: string;
  /** Static, or the dynamic one that we offer. */
  readonly payloadType: number;
  /** Ticks of the RTP timestamp per second: 8000 for G.722 too (RFC 3551 4.5.2), 48000 for Opus (RFC 7587). */
  readonly clock: number;
  /** Parameters of `a=fmtp`, if it wants any. */
  readonly fmtp?: string;
  /** A packet's time in ms is a multiple of this. */
  readonly frame: number;
  /** Octets at the payload's start that say what it is, and must stay as they are. */
  readonly head: number;
  readonly rated: RatedCodec;
  /** A payload framed as the codec frames it; what one would hear in it does not matter to the network. */
  readonly payload: (packetTime: number) => Uint8Array;
}

export const mediaCodecs: Readonly<Record<MediaCodecName, MediaCodec>> = {
  pcmu: g711("pcmu"),
  pcma: g711("pcma"),
  g722: {
    rtpmap: "G722/8000",
    payloadType: 9,
    clock: 8000,
    frame: 10,
    head: 0,
    rated: "g722",
    // 64 kbit/s: an octet for two samples of 16 kHz.
    payload: (packetTime) => new Uint8Array(packetTime * 8).fill(0xfa),
  },
  g729: {
    rtpmap: "G729/8000",
    payloadType: 18,
    clock: 8000,
    // The silence of annex B would look like loss.
    fmtp: "annexb=no",
    frame: 10,
    head: 0,
    rated: "g729",
    // Frames of ten octets.
    payload: (packetTime) => new Uint8Array(packetTime).fill(0x52),
  },
  opus: {
    rtpmap: "opus/48000/2",
    payloadType: 96,
    clock: 48_000,
    frame: 20,
    head: 2,
    rated: "opus",
    payload: opusPayload,
  },
};

function g711(law: G711Law): MediaCodec {
  return {
    rtpmap: `${law.toUpperCase()}/8000`,
    payloadType: g711PayloadType[law],
    clock: 8000,
    frame: 10,
    head: 0,
    rated: "g711-plc",
    // 400 Hz has whole periods in 10 ms, so that one payload serves all packets.
    payload: (packetTime) => encodeG711(law, toneSamples(400, 0, packetTime * 8)),
  };
}

/**
 * RFC 6716 3.1 and 3.2.5: an octet that says what follows, a count of frames, then the frames, all of one size.
 * Configuration 9 is wideband SILK of 20 ms, code 3 any number of frames; 24 kbit/s make 60 octets for each 20 ms.
 */
function opusPayload(packetTime: number): Uint8Array {
  const frames = packetTime / 20;
  const bytes = new Uint8Array(2 + 59 * frames);
  bytes.set([(9 << 3) | 3, frames]);
  return bytes;
}
