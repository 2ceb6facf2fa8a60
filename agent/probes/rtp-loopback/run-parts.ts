import { mediaCodecs, type MediaCodecName } from "../../../protocol/rtp/media-codec.ts";
import type { DigestAccount } from "../../../protocol/sip/digest.ts";
import type { SipTransport } from "../../../protocol/sip/request.ts";
import type { WantedLoopback } from "./offer.ts";

export interface RunParts {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly transport: SipTransport;
  readonly extension: string;
  readonly account: DigestAccount | undefined;
  readonly codec: MediaCodecName;
  /** Media are offered under SRTP alone. */
  readonly srtp: boolean;
  readonly loopback: WantedLoopback;
  /** Of our RTP, 0–63. */
  readonly dscp: number;
  /** A local RTP port for each stream; absent: any. */
  readonly ports?: readonly number[] | undefined;
  readonly seconds: number;
  /** ms. */
  readonly packetTime: number;
  /** Calls at once; undefined: as many as the far end is made for. */
  readonly streams: number | undefined;
  /** Keys to press, or none. */
  readonly keys: string;
  /** How long a call may ring, ms. */
  readonly patience: number;
}

/** How evenly packets leave, and how many. */
export function paceOf({ seconds, packetTime, codec, dscp }: RunParts) {
  const samplesPerPacket = (packetTime * mediaCodecs[codec].clock) / 1000;
  return { packetTime, count: Math.round((seconds * 1000) / packetTime), samplesPerPacket, tos: dscp << 2 };
}
